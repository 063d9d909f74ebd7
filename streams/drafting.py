"""
Stage 3: answer a ticket by the passages found for it.

Reads grounded-tickets, asks the writer which lines answer which question, and renders them: the
text is made here, by code, from lines of articles and phrases of the operator's voice. Writes
drafted-tickets. The citations are those that really stand in the draft's body; a draft that cites
what was not found is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from schemas import CitationOutput, DraftedTicket, GroundedTicket, Passage, StageReport
from streams import metrics
from streams.definitions.voice import Voice
from streams.errors import BadAnswer
from streams.evidence.rendering import render
from streams.ports import Writer
from streams.text.citations import cited


async def draft(ticket: GroundedTicket, *, writer: Writer, voice: Voice) -> DraftedTicket:
    """
    Return *ticket* with what *writer* answers, said by *voice*, and what it cites.

    Raises:
        Unavailable: The writer cannot be reached, or refuses for now.

        BadAnswer: The answer does not fit, or cites a document that was not found.
    """
    written = await writer.write(ticket)
    made = render(ticket, written, voice)
    citations = _citations(made.answer.body, made.used, ticket.passages)
    metrics.TICKET_DRAFTS.labels("yes" if citations else "no").inc()
    report = written.report or StageReport(backend=writer.name)
    return DraftedTicket.grown(
        ticket,
        answer_draft=made.answer,
        citations=citations,
        unanswered=made.unanswered,
        meta=ticket.meta.reported(
            "drafting",
            report.model_copy(update={"version": voice.version}),
            *written.findings,
            *made.findings,
            degraded=written.degraded,
        ),
    )


def _citations(
    body: str, used: Collection[str], found: Sequence[Passage]
) -> tuple[CitationOutput, ...]:
    """
    Return one citation for each document that *body* cites, in the order of first citation.

    It is its best passage's: one whose chunk is among those *used*, if there is one.
    """
    best: dict[str, Passage] = {}
    for passage in sorted(found, key=lambda p: (p.chunk_id not in used, -p.score)):
        best.setdefault(passage.doc_id, passage)
    ids = cited(body)
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
