"""Stage 2: which passages a ticket goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import Line, Passage, TriagedTicket
from streams.errors import Unavailable
from streams.ports import PassagesByQuery, Scope
from streams.retrieval import MOST_QUERIES, retrieve

NOW = datetime(2026, 11, 2, tzinfo=UTC)


class Shelf:
    """A knowledge base that finds what was laid out for a query, and notes what it is asked."""

    name = "shelf"

    def __init__(self, found: dict[str, Sequence[Passage]] | None = None) -> None:
        self.found = found or {}
        self.asked: list[tuple[str, Scope]] = []

    async def search_all(
        self, queries: Sequence[str], *, limit: int, scope: Scope
    ) -> PassagesByQuery:
        """Return what was laid out for each of *queries*."""
        self.asked += [(query, scope) for query in queries]
        return [tuple(self.found.get(query, ()))[:limit] for query in queries]


def passage(name: str, score: float) -> Passage:
    """Return the passage `<name>-c-1`."""
    return Passage(
        doc_id=name, chunk_id=f"{name}-c-1", title=name, url="", text=f"About {name}.", score=score
    )


def triaged(text: str = "message", *queries: str, **more: Any) -> TriagedTicket:
    """Return a ticket as triage leaves it."""
    kind = more.pop("kind", "question")
    ticket = {"ticket_id": "T-1", "raw_message": "as it came", **more}
    triage = {
        "category": "Billing",
        "subcategory": "Refund",
        "priority": "P3",
        "sla_hours": 72,
        "suggested_team": "Finance Team",
        "sentiment": "neutral",
        "confidence": 0.9,
    }
    reading = {"text": text, "kind": kind, "queries": queries}
    return TriagedTicket.model_validate({"ticket": ticket, "reading": reading, "triage": triage})


async def found(
    ticket: TriagedTicket, kb: Shelf, limit: int = 5, floor: float = 0.3
) -> list[tuple[str, float]]:
    """Return (doc_id, score) of the passages that *ticket* goes on with."""
    made = await retrieve(ticket, kb=kb, limit=limit, floor=floor, now=lambda: NOW)
    return [(p.doc_id, p.score) for p in made.passages]


@pytest.mark.parametrize(("score", "kept"), [(0.29, 0), (0.3, 1), (1.0, 1)])
async def test_floor(score: float, kept: int) -> None:
    """
    A passage below the floor is not evidence.
    """
    kb = Shelf({"message": [passage("A", score)]})

    assert len(await found(triaged(), kb, floor=0.3)) == kept


async def test_the_order_of_the_knowledge_base_is_kept() -> None:
    """
    Of one search, passages go on in the order in which the knowledge base ranks them.
    """
    kb = Shelf({"message": [passage("A", 0.5), passage("B", 0.9), passage("C", 0.7)]})

    assert await found(triaged(), kb, limit=2) == [("A", 0.5), ("B", 0.9)]


async def test_a_ticket_carries_a_bounded_number_of_lines() -> None:
    """
    Passages whose lines are more than a ticket carries are dropped, the worst first.
    """

    def lined(name: str) -> Passage:
        line = Line(n=1, text="x" * 7_000)
        return passage(name, 0.9).model_copy(update={"lines": (line,)})

    kb = Shelf({"message": [lined("A"), lined("B"), lined("C")]})

    assert await found(triaged(), kb) == [("A", 0.9), ("B", 0.9)]


async def test_each_problem_gets_its_best_passage() -> None:
    """
    The best passage of a weak problem comes before the second-best of a strong one.
    """
    kb = Shelf(
        {
            "message": [passage("A", 0.9), passage("B", 0.85), passage("C", 0.8)],
            "first": [passage("A", 0.95), passage("B", 0.9)],
            "second": [passage("Z", 0.4)],
        }
    )

    assert await found(triaged("message", "first", "second"), kb, limit=2) == [
        ("A", 0.95),
        ("Z", 0.4),
    ]


async def test_a_passage_is_there_once_with_its_best_score() -> None:
    """
    A passage that several searches find goes on once, with the best of its scores.
    """
    kb = Shelf({"message": [passage("A", 0.4)], "query": [passage("A", 0.8)]})

    assert await found(triaged("message", "query"), kb) == [("A", 0.8)]


async def test_a_search_that_finds_nothing_does_not_hide_the_others() -> None:
    """
    What one problem lacks, another may have.
    """
    kb = Shelf({"query": [passage("A", 0.8)]})

    assert await found(triaged("message", "nothing", "query"), kb) == [("A", 0.8)]


@pytest.mark.parametrize("kind", ["thanks", "auto_reply", "empty"])
async def test_what_asks_nothing_is_not_looked_up(kind: str) -> None:
    """
    For a message that asks nothing the knowledge base is not asked, and nothing is missing.
    """
    kb = Shelf({"message": [passage("A", 0.9)]})

    made = await retrieve(triaged(kind=kind), kb=kb, limit=5, floor=0.3, now=lambda: NOW)

    assert (made.passages, kb.asked, made.meta.findings) == ((), [], ())
    assert made.meta.stages["retrieval"].backend == "shelf"


async def test_no_evidence_is_said() -> None:
    """
    When nothing is left, the result says so; otherwise it does not.
    """
    kb = Shelf({"message": [passage("A", 0.5)]})

    for floor, types in ((0.6, ["no_evidence"]), (0.4, [])):
        made = await retrieve(triaged(), kb=kb, limit=5, floor=floor, now=lambda: NOW)
        assert [f.type for f in made.meta.findings] == types


async def test_the_ticket_decides_the_scope() -> None:
    """
    Only public articles of the ticket's tenant, valid at the present moment, are asked for.
    """
    kb = Shelf()

    await found(triaged(tenant="acme"), kb)

    assert kb.asked == [("message", Scope(tenant="acme", now=NOW, audience="public"))]


async def test_the_subject_is_part_of_the_question() -> None:
    """
    The subject is asked with the message, unless the message has it already.
    """
    for subject, asked in (("Site down", "Site down\nmessage"), ("message", "message")):
        kb = Shelf()
        await found(triaged(subject=subject), kb)
        assert [query for query, _ in kb.asked] == [asked]


async def test_a_subject_alone_is_a_question() -> None:
    """
    A ticket without a message is looked up by its subject.
    """
    kb = Shelf({"Site down": [passage("A", 0.8)]})

    assert await found(triaged("", raw_message="", subject="Site down"), kb) == [("A", 0.8)]


async def test_the_number_of_searches_is_bounded() -> None:
    """
    However many problems a message is said to have, a ticket costs a bounded number of searches.
    """
    kb = Shelf()

    await found(triaged("message", *map(str, range(100)), "1", "  "), kb)

    assert len(kb.asked) == 1 + MOST_QUERIES


async def test_nothing_of_the_ticket_is_lost() -> None:
    """
    A field that this version does not know goes on with the ticket.
    """
    ticket = TriagedTicket.model_validate({**triaged().model_dump(), "from_the_future": 1})

    made = await retrieve(ticket, kb=Shelf(), limit=5, floor=0.3, now=lambda: NOW)

    assert made.model_dump()["from_the_future"] == 1
    assert made.ticket == ticket.ticket


async def test_an_absent_knowledge_base_is_an_error() -> None:
    """
    A knowledge base that is away is not the same as one that knows nothing.
    """

    class Away(Shelf):
        async def search_all(
            self, queries: Sequence[str], *, limit: int, scope: Scope
        ) -> PassagesByQuery:
            raise Unavailable("away")

    with pytest.raises(Unavailable):
        await found(triaged(), Away())
