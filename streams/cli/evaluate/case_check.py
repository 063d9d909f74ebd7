"""
The verdict of the policy stage on a given draft.

The policy stage is the route's own; `drafted_case.py` makes what it reads.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from schemas import ProcessedTicket
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli.evaluate.draft_case import DraftCase
from streams.cli.evaluate.drafted_case import CaseDrafting
from streams.definitions.taxonomy import load_taxonomy
from streams.settings import Settings


@dataclass(frozen=True)
class CaseVerdict:
    """What became of a case, why, and whether that is right; None if the case does not say."""

    case: DraftCase
    verdict: str
    reasons: tuple[str, ...]
    is_right: bool | None


class CaseCheck:
    """Judges drafts by the operator's policy and taxonomy, in an `async with` block."""

    def __init__(self, settings: Settings) -> None:
        """
        Raises:
            ConfigurationError: Taxonomy or policy are not valid.
        """
        own = settings.model_copy(update={"llm": "embedded", "knowledge": "embedded"})
        self._assembly = Assembly(own, EmbeddedKnowledge())
        self._drafting = CaseDrafting(load_taxonomy(settings.taxonomy_file))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Return it when models and patterns are loaded."""
        await self._stack.enter_async_context(self._assembly)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def verdict(self, case: DraftCase) -> CaseVerdict:
        """Return what the policy stage says of *case*."""
        drafted = await self._drafting.drafted(case)
        made: ProcessedTicket = await self._assembly.route.stages[-1].does(drafted)
        reasons = made.policy_check.issues or ()
        verdict = made.policy_check.compliance
        return CaseVerdict(case, verdict, reasons, case.is_met_by(verdict))
