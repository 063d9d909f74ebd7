"""Whether the language model points at the right lines: it sits the exam of pointing."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.cli.check.diagnosis import SECONDS, Diagnosis
from streams.definitions.prompt_files import load_prompt
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings


async def look_at_pointing(here: Settings) -> list[Diagnosis]:
    """Return how the model does in the exam, where it is to point."""
    if here.llm == "embedded" or here.drafts == "embedded":
        return [Diagnosis("ok", "no model drafts: lines are chosen by score")]
    if here.drafts == "written":
        return [Diagnosis("ok", "the model writes prose, and sits no exam")]
    try:
        prompt = load_prompt("pointing", here.pointing_prompt_file)
    except ConfigurationError:
        return [Diagnosis("skipped", "its prompt is not valid")]
    from streams.backends.openai.exam import examine  # only here: slow to import
    from streams.backends.openai.model import LanguageModel
    from streams.backends.openai.pointing import Pointer

    model = LanguageModel(here.model_copy(update={"stage_seconds": 0.8 * SECONDS}))
    try:
        result = await examine(Pointer(model, prompt, lambda: datetime.now(UTC)))
    except Unavailable as error:
        return [Diagnosis("skipped", f"the exam could not be held: {error.detail}")]
    finally:
        await model.close()
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
