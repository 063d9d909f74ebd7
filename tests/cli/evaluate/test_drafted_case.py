"""A known draft becomes the drafted ticket that the stages before policy would have made."""

from __future__ import annotations

from typing import Any

import pytest

from streams.cli.evaluate.draft_case import as_case
from streams.cli.evaluate.drafted_case import CaseDrafting
from streams.definitions.taxonomy import load_taxonomy
from streams.evidence import relevance
from streams.text.embedding import embed

CASE: dict[str, Any] = {
    "id": "a",
    "ticket": {"raw_message": "Is the charge returned?"},
    "passages": [
        {"doc_id": "KB-1", "title": "Boards", "text": "A board has cards."},
        {"doc_id": "KB-1", "title": "Charges", "text": "The charge is returned in full."},
    ],
    "answer": {
        "greeting": "Hello,",
        "body": "The charge is returned in full [KB-1].",
        "closing": "Best regards",
        "unanswered": ["When?"],
    },
}


@pytest.fixture(scope="module")
def drafting() -> CaseDrafting:
    """Return what drafts by the included taxonomy."""
    return CaseDrafting(load_taxonomy())


async def test_what_a_case_lacks(drafting: CaseDrafting) -> None:
    """
    Chunks have ids, and a passage the score that retrieval gives it; the best one is cited.
    """
    ticket = await drafting.drafted(as_case(CASE, "x"))

    asked = relevance.question("Is the charge returned?")
    texts = [(p.title, p.text) for p in ticket.passages]
    scores = relevance.scores(
        asked,
        [relevance.comparable(*text) for text in texts],
        embed([relevance.whole(*text) for text in texts]),
    )
    assert [p.score for p in ticket.passages] == pytest.approx(scores)
    assert [p.chunk_id for p in ticket.passages] == ["KB-1-c-1", "KB-1-c-2"]
    assert [c.chunk_id for c in ticket.citations] == ["KB-1-c-2"]
    assert (ticket.ticket.ticket_id, ticket.unanswered) == ("a", ("When?",))


async def test_what_a_case_has(drafting: CaseDrafting) -> None:
    """
    A given id, score and triage stay as they are.
    """
    (first, _) = CASE["passages"]
    case = {
        **CASE,
        "passages": [{**first, "chunk_id": "KB-1-c-7", "score": 0.5}],
        "model_triage": {
            "kind_of_problem": "Billing > Duplicate Charge",
            "queries": ["charge back"],
            "priority": "P1",
            "sentiment": "frustrated",
        },
    }

    ticket = await drafting.drafted(as_case(case, "x"))

    (passage,) = ticket.passages
    assert (passage.chunk_id, passage.score) == ("KB-1-c-7", 0.5)
    said = ticket.triage
    assert (said.category, said.subcategory) == ("Billing", "Duplicate Charge")
    assert (said.priority, said.sentiment, said.confidence) == ("P1", "frustrated", 1.0)
    assert ticket.reading.queries[0] == "charge back"
