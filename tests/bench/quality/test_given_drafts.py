"""Drafts whose verdict is known, as tickets."""

from __future__ import annotations

import json
from pathlib import Path

from bench.quality.given_drafts import drafted_case, given_drafts
from tests.support.readings import PHRASES

CASE = {
    "id": "a",
    "ticket": {"raw_message": "Is it so?"},
    "passages": [
        {"doc_id": "KB-1", "title": "So", "text": "It is so."},
        {"doc_id": "KB-1", "title": "So", "text": "It was so."},
    ],
    "answer": {"greeting": "Hello,", "body": "It is so [KB-1].", "closing": "Bye"},
}


def test_a_case_is_a_drafted_ticket(tmp_path: Path) -> None:
    """
    Ids of chunks are counted, citations are those of the body, and the message is read.
    """
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(CASE))
    (case,) = given_drafts([file])

    ticket = drafted_case(case, PHRASES)

    assert [p.chunk_id for p in ticket.passages] == ["KB-1-c-1", "KB-1-c-2"]
    assert [c.chunk_id for c in ticket.citations] == ["KB-1-c-1"]
    assert (ticket.ticket.ticket_id, ticket.reading.text) == ("a", "Is it so?")
