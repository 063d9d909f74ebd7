"""How a result came about: per stage backend, seconds, calls, cost; what was found on the way."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from schemas.base import Event, Word


class StageReport(Event):
    """What one stage used. Tokens and cost are 0 where no language model was called."""

    backend: Annotated[str, Field(description="e.g. `embedded`, `openai`")]
    version: Annotated[
        str | None, Field(description="of the taxonomy, voice or policy that it worked by")
    ] = None
    prompt: Annotated[
        str | None, Field(description="version of the prompt, where a language model was asked")
    ] = None
    model: str | None = None
    seconds: Annotated[float, Field(ge=0, description="in the stage, without waiting")] = 0.0
    calls: Annotated[int, Field(ge=0, description="to a language model")] = 0
    tokens_in: Annotated[int, Field(ge=0)] = 0
    tokens_out: Annotated[int, Field(ge=0)] = 0
    tokens_cached: Annotated[
        int, Field(ge=0, description="of tokens_in, those that the model's server had in its cache")
    ] = 0
    cost_usd: Annotated[float, Field(ge=0)] = 0.0


class Finding(Event):
    """
    Something that a reader of the draft should know, as a fixed `type` and a sentence.

    The sentence never contains customer text.
    """

    type: Word
    message: str
    part: Annotated[
        Word | None, Field(description="of the draft: greeting, body, closing, ...")
    ] = None
    start: Annotated[int | None, Field(ge=0, description="in the part, in characters")] = None
    end: Annotated[int | None, Field(ge=0)] = None
    quote: Annotated[str | None, Field(description="the draft's own words, no customer's")] = None


class Meta(Event):
    """How a result came about. Grows by one report a stage."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": "0.2.0",
                    "stages": {"triage": {"backend": "embedded", "seconds": 0.001}},
                    "degraded": [],
                    "findings": [{"type": "no_evidence", "message": "Nothing relevant found."}],
                }
            ]
        }
    )

    version: Annotated[str | None, Field(description="of ticketstream")] = None
    stages: dict[str, StageReport] = {}
    degraded: Annotated[
        tuple[str, ...], Field(description="stages that fell back to the embedded backend")
    ] = ()
    findings: tuple[Finding, ...] = ()

    def reported(
        self, stage: str, report: StageReport, *findings: Finding, degraded: bool = False
    ) -> Meta:
        """
        Return this with *stage*'s *report*, and *findings* after those there are.

        Args:
            degraded: whether the stage fell back to its embedded backend.
        """
        fell_back = dict.fromkeys((*self.degraded, *([stage] if degraded else [])))
        return self.model_copy(
            update={
                "stages": {**self.stages, stage: report},
                "degraded": tuple(fell_back),
                "findings": (*self.findings, *findings),
            }
        )
