"""What tests ask a model: a question, and drafts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from streams.backends.embedded.writer import EmbeddedWriter
from streams.backends.openai.model import Answer, LanguageModel
from streams.backends.openai.question import Faults
from streams.backends.openai.writer import OpenAIWriter, Way
from streams.prompts import Prompt, prompt_of

PROMPT = Prompt("test-7", "Say what the ticket is about.")
DATA: dict[str, Any] = {"ticket": {"subject": None, "text": "I was charged twice. " * 20}}


class Shape(BaseModel):
    """What a model is asked for here."""

    model_config = ConfigDict(extra="forbid")

    kind_of_problem: Literal["Billing > Duplicate Charge", "Other > General"]
    queries: list[str]


async def asked(
    model: LanguageModel,
    faults: Callable[[Shape], Faults] = lambda _: None,
    shorter: Mapping[str, Any] = {"ticket": {"text": "short"}},
) -> Answer[Shape]:
    """Ask *model* for a Shape."""
    return await model.ask("triage", PROMPT, DATA, Shape, shorter=lambda: shorter, faults=faults)


def a_writer(model: LanguageModel, way: Way) -> OpenAIWriter:
    """Return a writer that asks *model*, by the included prompts, to draft this *way*."""
    return OpenAIWriter(
        model,
        EmbeddedWriter(),
        pointing=prompt_of("pointing"),
        drafting=prompt_of("drafting"),
        way=way,
    )
