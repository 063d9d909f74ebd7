"""A question to ask a model in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from streams.backends.openai.model import Answer, LanguageModel
from streams.backends.openai.question import Faults
from streams.prompts import Prompt

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
