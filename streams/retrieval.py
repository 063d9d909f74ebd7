"""
Stage 2: find what our knowledge base says about a ticket.

Reads triaged-tickets, asks the knowledge base, writes grounded-tickets. Passages below the
floor are dropped: no passage is an answer too, and drafting must know it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import zip_longest

from schemas import Finding, GroundedTicket, Passage, StageReport, TriagedTicket
from streams import metrics
from streams.errors import Refused, Unavailable
from streams.evidence.line_budget import within_budget
from streams.ports import OnOutage, PassagesByQuery, PassageSearch, Scope
from streams.text.sentences import different

MOST_QUERIES = 8
"""Problems of one message that are searched for, in addition to the whole message."""
NO_EVIDENCE = Finding(
    type="no_evidence", message="The knowledge base has nothing that answers this ticket."
)
AWAY = Finding(type="knowledge_unavailable", message="The knowledge base could not be asked.")


async def retrieve(
    ticket: TriagedTicket,
    *,
    kb: PassageSearch,
    limit: int,
    floor: float,
    now: Callable[[], datetime],
    on_outage: OnOutage = "hold",
) -> GroundedTicket:
    """
    Return *ticket* with at most *limit* passages of *floor* or better, best first.

    The best passage for each problem of the ticket comes before any second-best one. Their lines
    have a budget, `line_budget.py`. With `degrade`, a knowledge base that is away has no passages.

    Raises:
        Unavailable: With `hold`, the knowledge base cannot be reached, or is not loaded yet.

        Refused: It refuses us.
    """
    scope = Scope(tenant=ticket.ticket.tenant, now=now())
    questions = _questions(ticket)
    found: PassagesByQuery = ()
    away = False
    try:
        found = await kb.search_all(questions, limit=limit, scope=scope)
    except Unavailable as error:
        if on_outage == "hold" or isinstance(error, Refused):
            raise
        metrics.FALLBACKS.labels("retrieval", "unavailable").inc()
        away = True
    evident = _merged([tuple(p for p in ps if p.score >= floor) for ps in found])
    best = within_budget(evident[:limit])
    nothing = AWAY if away else NO_EVIDENCE
    return GroundedTicket.grown(
        ticket,
        passages=tuple(best),
        meta=ticket.meta.reported(
            "retrieval",
            StageReport(backend=kb.name),
            *([nothing] if questions and not best else []),
            degraded=away,
        ),
    )


def _questions(ticket: TriagedTicket) -> list[str]:
    """Return what to ask: the message as a whole, and each of its problems."""
    reading = ticket.reading
    if not reading.asks:
        return []
    subject = ticket.ticket.subject or ""
    message = reading.text if subject in reading.text else f"{subject}\n{reading.text}"
    return different((message, *reading.queries[:MOST_QUERIES]))


def _merged(found: PassagesByQuery) -> list[Passage]:
    """
    Return all passages of *found* once, with the best score that each has.

    First come those that are first in their search, then the second ones, and so on; among
    equals, the better score. So one search keeps the order of the knowledge base.
    """
    best: dict[str, Passage] = {}
    for passage in (p for passages in found for p in passages):
        if passage.chunk_id not in best or passage.score > best[passage.chunk_id].score:
            best[passage.chunk_id] = passage
    order: dict[str, None] = {}
    for same_rank in zip_longest(*found):
        ranked = {p.chunk_id for p in same_rank if p} - order.keys()
        order |= dict.fromkeys(sorted(ranked, key=lambda i: (-best[i].score, i)))
    return [best[chunk_id] for chunk_id in order]
