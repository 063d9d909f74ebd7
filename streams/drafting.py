"""
Stage 3: write an answer to a ticket that rests on the passages found for it.

Reads grounded-tickets, asks the writer, writes drafted-tickets. The citations are those
that really stand in the draft's body; a draft that cites what was not found is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas import CitationOutput, DraftedTicket, GroundedTicket, Passage, StageReport
from streams import metrics
from streams.errors import BadAnswer
from streams.ports import Draft, Writer
from streams.text.citations import cited


async def draft(ticket: GroundedTicket, *, writer: Writer) -> DraftedTicket:
    """
    Return *ticket* with *writer*'s answer and what it cites, in the order of first citation.

    Raises:
        Unavailable: The writer cannot be reached, or refuses for now.

        BadAnswer: The answer does not fit, or cites a document that was not found.
    """
    written = await writer.write(ticket)
    citations = _citations(written, ticket.passages)
    metrics.TICKET_DRAFTS.labels("yes" if citations else "no").inc()
    report = written.report or StageReport(backend=writer.name)
    return DraftedTicket.grown(
        ticket,
        answer_draft=written.answer,
        citations=citations,
        unanswered=written.unanswered,
        meta=ticket.meta.reported("drafting", report, *written.findings, degraded=written.degraded),
    )


def _citations(written: Draft, found: Sequence[Passage]) -> tuple[CitationOutput, ...]:
    """Return one citation for each document that the body cites: its best passage's."""
    best: dict[str, Passage] = {}
    used = {p.chunk_id for p in written.cited}
    for passage in sorted(found, key=lambda p: (p.chunk_id not in used, -p.score)):
        best.setdefault(passage.doc_id, passage)
    ids = cited(written.answer.body)
    unknown = sum(i not in best for i in ids)
    if unknown:
        raise BadAnswer(f"the draft cites {unknown} document(s) that were not found for the ticket")
    return tuple(_citation(best[i]) for i in ids)


def _citation(passage: Passage) -> CitationOutput:
    return CitationOutput(
        doc_id=passage.doc_id,
        chunk_id=passage.chunk_id,
        title=passage.title,
        score=passage.score,
        url=passage.url,
    )
