"""
Drafts by a language model: which way it drafts, and when the embedded selection does in its place.

    auto      it points at lines, if it has passed the exam of pointing
    pointed   it points at lines, examined or not
    written   it writes prose, whose sentences are snapped to lines

A customer whose language none of the passages has gets prose, too: there are no lines to point at
that could be read. Where nothing is asked, and without passages, the embedded selection is as good
and costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from schemas import Finding, GroundedTicket, StageReport
from streams import metrics
from streams.backends.openai.admission import Admission
from streams.backends.openai.exam import examine
from streams.backends.openai.model import LanguageModel
from streams.backends.openai.pointing import Pointer
from streams.backends.openai.prose import ProseWriter
from streams.evidence.lines import language_of
from streams.evidence.rendering import tone_for
from streams.off_loop import off_loop
from streams.ports import Draft, Writer
from streams.prompts import Prompt
from streams.text.language import primary_language

Way = Literal["auto", "pointed", "written"]
CANNOT_POINT = Finding(
    type="model_cannot_point",
    message="The language model failed the exam of pointing: the lines were chosen by score.",
)
DECOY_CHOSEN = Finding(
    type="decoy_chosen",
    message="The language model chose a line that has nothing to do with any ticket: its answer was"
    " thrown away, and the lines were chosen by score.",
)


class OpenAIWriter:
    """A `Writer` that asks a language model."""

    name = LanguageModel.name

    def __init__(
        self,
        model: LanguageModel,
        embedded: Writer,
        *,
        pointing: Prompt,
        drafting: Prompt,
        way: Way = "auto",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        Args:
            embedded: writes where the model has nothing to do, or cannot do it.
            pointing: the prompt of a model that points.
            drafting: the prompt of one that writes.
            now: says which day it is, for the model to read.
        """
        pointer = Pointer(model, pointing, now)
        self._pointer = pointer
        self._prose = ProseWriter(model, drafting, now)
        self._embedded = embedded
        self._way = way
        self.admission = Admission(model.model, lambda: examine(pointer))
        """Whether the model may point; it counts where the way is `auto`."""
        metrics.FALLBACKS.labels("drafting", "decoy")

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return the lines that the model chose, or its prose.

        Raises:
            Unavailable, Refused, BadAnswer, BudgetSpent: As `LanguageModel.ask`.
        """
        if not ticket.reading.asks or not ticket.passages:
            return await self._instead(ticket)
        if self._way == "written":
            return await self._prose.write(ticket)
        if self._way == "auto" and not await self.admission.is_granted():
            return await self._instead(ticket, CANNOT_POINT)
        if await off_loop(_is_foreign, ticket):
            return await self._prose.write(ticket)
        return await self._point(ticket)

    async def _point(self, ticket: GroundedTicket) -> Draft:
        pointed = await self._pointer.point(ticket)
        if pointed.decoys:
            metrics.FALLBACKS.labels("drafting", "decoy").inc()
            instead = await self._instead(ticket, DECOY_CHOSEN)
            report = pointed.report.model_copy(update={"backend": self._embedded.name})
            return replace(instead, report=report, degraded=True)
        return Draft(choices=pointed.choices, tone=tone_for(ticket), report=pointed.report)

    async def _instead(self, ticket: GroundedTicket, *findings: Finding) -> Draft:
        """Return the embedded writer's draft; *findings* say why it is."""
        draft = await self._embedded.write(ticket)
        report = StageReport(backend=self._embedded.name)
        return replace(draft, report=report, findings=(*draft.findings, *findings))


def _is_foreign(ticket: GroundedTicket) -> bool:
    """Return whether the customer's language is known, and none of the passages has it."""
    own = primary_language(ticket.reading.language)
    found = {language_of(passage) for passage in ticket.passages}
    return own not in {*found, "und"} and "und" not in found
