"""Whether the language model points at the right lines: it sits the exam of pointing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streams.cli.check.diagnosis import SECONDS, Diagnosis
from streams.definitions.prompt_files import load_prompt
from streams.errors import ConfigurationError, Unavailable
from streams.prompts import Prompt
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.backends.openai.exam import ExamResult


class CheckedExam:
    """The exam of the model that settings name. It is held once, whoever wants to know."""

    def __init__(self, here: Settings) -> None:
        self._here = here
        self._held: asyncio.Task[ExamResult] | None = None

    async def result(self) -> ExamResult:
        """
        Return how the model does.

        Raises:
            Unavailable: It does not answer, or refuses us.

            ConfigurationError: Its prompt is not valid.
        """
        if self._held is None:
            self._held = asyncio.create_task(_hold(self._here))
        return await asyncio.shield(self._held)

    async def close(self) -> None:
        """Break it off, if it is under way."""
        if self._held:
            self._held.cancel()
            await asyncio.gather(self._held, return_exceptions=True)


async def _hold(here: Settings) -> ExamResult:
    prompt: Prompt = load_prompt("pointing", here.pointing_prompt_file)
    from streams.backends.openai.exam import examine  # only here: slow to import
    from streams.backends.openai.model import LanguageModel
    from streams.backends.openai.pointing import Pointer

    model = LanguageModel(here.model_copy(update={"stage_seconds": 0.8 * SECONDS}))
    try:
        return await examine(Pointer(model, prompt, lambda: datetime.now(UTC)))
    finally:
        await model.close()


async def look_at_pointing(here: Settings, exam: CheckedExam) -> list[Diagnosis]:
    """Return how the model does in *exam*, where it is to point."""
    if here.llm == "embedded" or here.drafts == "embedded":
        return [Diagnosis("ok", "no model drafts: lines are chosen by score")]
    if here.drafts == "written":
        return [Diagnosis("ok", "the model writes prose, and sits no exam")]
    try:
        result = await exam.result()
    except ConfigurationError:
        return [Diagnosis("skipped", "its prompt is not valid")]
    except Unavailable as error:
        return [Diagnosis("skipped", f"the exam could not be held: {error.detail}")]
    if result.passed:
        return [Diagnosis("ok", f"{here.openai_model} passed the exam: {result}")]
    then = (
        "the embedded selection drafts in its place"
        if here.drafts == "auto"
        else "it drafts all the same, because TICKETSTREAM_DRAFTS is pointed"
    )
    return [
        Diagnosis(
            "warning",
            f"{here.openai_model} failed the exam: {result}; {then}",
            "choose another TICKETSTREAM_OPENAI_MODEL, or set TICKETSTREAM_DRAFTS",
        )
    ]
