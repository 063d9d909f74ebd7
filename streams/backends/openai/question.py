"""A question to a model, and how its answer is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Generic, Literal, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from streams.backends.openai.json_answer import is_array, objects_in, said_last
from streams.backends.openai.reply import Reply
from streams.backends.spending_limit import Payer
from streams.errors import each_field_at_fault
from streams.prompts import Prompt

Mode = Literal["json_schema", "json_object", "text"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
"""Ways to ask for structured output, richest first."""
MOST_SHOWN = 8_000
"""Characters of a bad answer that the model is shown when it has to repair it."""

MOST_OBJECTED, LONGEST_OBJECTION = 800, 300
"""Characters of all objections to an answer, and of one."""
_NO_OBJECT = "there is no whole JSON object in it"
_IS_ARRAY = "it is an array, where one JSON object belongs"

Shape = TypeVar("Shape", bound=BaseModel)
Data = Mapping[str, Any] | str
"""What a model is asked about: fields, which are sent as JSON, or a text as it is."""
Faults = str | Sequence[str] | None
"""What is wrong with an answer that fits its schema, in words for the model; None if nothing is."""


def objections(faults: str | Sequence[str]) -> str:
    """
    Return *faults* as one line that a model can work by: each once, whole or marked as cut.

    Those that have no room are counted.
    """
    if isinstance(faults, str):
        return _cut(faults, MOST_OBJECTED)
    lines = [_cut(one, LONGEST_OBJECTION) for one in dict.fromkeys(faults) if one.strip()]
    ends = accumulate(len(line) + len("; ") for line in lines)
    fit = sum(end <= MOST_OBJECTED - len("and 9999 more") for end in ends)
    more = [f"and {len(lines) - fit} more"] if fit < len(lines) else []
    return "; ".join(lines[:fit] + more)


def _cut(fault: str, longest: int) -> str:
    line = " ".join(fault.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


class Question(Generic[Shape]):
    """A question to a model, and how its answer is read."""

    def __init__(
        self,
        stage: str,
        prompt: Prompt,
        data: Data,
        shape: type[Shape],
        faults: Callable[[Shape], Faults],
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

    def ask_anew(self, data: Data) -> None:
        """Forget what was said, and ask about *data*."""
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        self._said = [{"role": "user", "content": text}]

    def show(self, answer: str, fault: str) -> None:
        """Let the next question show *answer*, without its thoughts, and what is wrong with it."""
        again = f"That does not fit: {fault}. Answer again, with the whole JSON object alone."
        shown = said_last(answer)[-MOST_SHOWN:]
        self._said += [
            {"role": "assistant", "content": shown or "(nothing)"},
            {"role": "user", "content": again},
        ]

    def messages(self, mode: Mode, *, has_system: bool = True) -> list[dict[str, str]]:
        """
        Return the messages to send; without json_schema, the schema stands in the prompt.

        Where there is no system role, instructions stand before the data, which is JSON all the
        same: nothing in it can look like an instruction.
        """
        told = self._prompt.text
        if mode != "json_schema":
            told += (
                "\n\nAnswer with one JSON object and nothing else, by this JSON schema:\n"
                f"<schema>\n{json.dumps(self._schema, ensure_ascii=False)}\n</schema>"
            )
        if has_system:
            return [{"role": "system", "content": told}, *self._said]
        data, *others = self._said
        return [{"role": "user", "content": f"{told}\n\n{data['content']}"}, *others]

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
        found = objects_in(reply.text)
        if not found:
            return None, _IS_ARRAY if is_array(reply.text) else _NO_OBJECT
        value, fault = self._fitting(found)
        if value is not None:
            fault = objections(self._faults(value) or ())
        return (None, fault) if fault else (value, "")

    def _fitting(self, found: Sequence[str]) -> tuple[Shape | None, str]:
        """
        Return the first that fits the schema, or what is wrong with the likeliest.

        One without a field of the schema counts only if all are such: it may fit by having
        nothing, as `{}` and a note fit where each field may be left out.
        """
        faults: list[str] = []
        for one in [one for one in found if self._has_fields(one)] or found:
            try:
                return self._shape.model_validate_json(one), ""
            except ValidationError as error:
                faults.append(objections(each_field_at_fault(error)))
        return None, faults[0]

    def _has_fields(self, written: str) -> bool:
        """Return whether the object *written* says something in a field of the schema."""
        try:
            value = json.loads(written, strict=False)
        except (ValueError, RecursionError):
            return False
        return isinstance(value, dict) and any(
            value.get(name) is not None for name in self._shape.model_fields
        )
