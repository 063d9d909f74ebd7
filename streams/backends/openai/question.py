"""A question to a model, and how its answer is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from streams.backends.openai.reply import Reply
from streams.backends.spending_limit import Payer
from streams.errors import fields_at_fault
from streams.prompts import Prompt

Mode = Literal["json_schema", "json_object", "text"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
"""Ways to ask for structured output, richest first."""
MOST_SHOWN = 8_000
"""Characters of a bad answer that the model is shown when it has to repair it."""

Shape = TypeVar("Shape", bound=BaseModel)


class Question(Generic[Shape]):
    """A question to a model, and how its answer is read."""

    def __init__(
        self,
        stage: str,
        prompt: Prompt,
        data: Mapping[str, Any],
        shape: type[Shape],
        faults: Callable[[Shape], str | None],
        payer: Payer | None = None,
    ) -> None:
        self.stage = stage
        self.payer = payer
        self._prompt = prompt
        self._shape = shape
        self._schema = shape.model_json_schema()
        self._faults = faults
        self._said: list[dict[str, str]] = []
        self.ask_anew(data)

    def ask_anew(self, data: Mapping[str, Any]) -> None:
        """Forget what was said, and ask about *data*."""
        self._said = [{"role": "user", "content": json.dumps(data, ensure_ascii=False)}]

    def show(self, answer: str, fault: str) -> None:
        """Let the next question show *answer* and what is wrong with it."""
        again = f"That does not fit: {fault}. Answer again, with the whole JSON object alone."
        self._said += [
            {"role": "assistant", "content": answer[:MOST_SHOWN] or "(nothing)"},
            {"role": "user", "content": again},
        ]

    def messages(self, mode: Mode) -> list[dict[str, str]]:
        """Return the messages to send; without json_schema, the schema stands in the prompt."""
        told = self._prompt.text
        if mode != "json_schema":
            told += (
                "\n\nAnswer with one JSON object and nothing else, by this JSON schema:\n"
                f"<schema>\n{json.dumps(self._schema, ensure_ascii=False)}\n</schema>"
            )
        return [{"role": "system", "content": told}, *self._said]

    def response_format(self, mode: Mode) -> Any:
        """Return what tells the server in which form to answer."""
        if mode == "json_schema":
            described = {"name": self.stage, "strict": True, "schema": self._schema}
            return {"type": mode, "json_schema": described}
        return {"type": mode} if mode == "json_object" else openai.omit

    def read(self, reply: Reply) -> tuple[Shape | None, str]:
        """Return the answer in *reply*, or None and what is wrong with it."""
        if reply.fault:
            return None, reply.fault
        try:
            value = self._shape.model_validate_json(_object_in(reply.text))
        except ValidationError as error:
            return None, fields_at_fault(error)
        except (ValueError, RecursionError):
            return None, "it cannot be read as JSON"
        fault = self._faults(value)
        return (None, fault) if fault else (value, "")


def _object_in(text: str) -> str:
    """Return the JSON object in *text*, which models like to put into a fence or after prose."""
    begin, end = text.find("{"), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text
