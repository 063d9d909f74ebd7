"""How the sample's results are compared with what they should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas import ProcessedTicket
from streams.cli.up.score import Score, expected_of
from tests.support.command_line import SAMPLE, processed

RIGHT = {"category": "Billing", "priority": "P2", "answered_by": ["KB-1234"], "kind": "question"}


def score(tmp_path: Path, **expected: object) -> str:
    """Return what is said of one passed ticket that cites KB-1234, with this *expected* of it."""
    ticket = ProcessedTicket.model_validate_json(processed("T-1"))
    file = tmp_path / "expected.jsonl"
    row = {"ticket_id": "T-1", "message_id": ticket.message_id, **RIGHT, **expected}
    file.write_text(json.dumps(row) + "\n")
    counted = Score(expected_of(file))
    counted.add(ticket)
    counted.add(ticket)  # delivered twice, counted once
    counted.add(ticket.model_copy(update={"ticket_id": "of somebody else"}))
    return str(counted)


def test_all_right(tmp_path: Path) -> None:
    """
    What came out as it should is right, and is counted once.
    """
    said = score(tmp_path)

    assert "1 of 1 categories and 1 of 1 priorities are right" in said
    assert "1 of the 1 tickets that an article answers" in said
    assert "0 of the 1 passed drafts are wrong" in said


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"category": "Account"}, "0 of 1 categories"),
        ({"priority": "P1"}, "0 of 1 priorities"),
        ({"answered_by": ["KB-2"]}, "0 of the 1 tickets that an article answers"),
        ({"answered_by": ["KB-2"]}, "1 of the 1 passed drafts are wrong"),
        ({"answered_by": []}, "1 of the 1 passed drafts are wrong"),
        ({"answered_by": []}, "0 of the 0 tickets that an article answers"),
    ],
)
def test_what_is_wrong(tmp_path: Path, expected: dict[str, object], said: str) -> None:
    """
    A wrong category, priority or article is counted, and so is an answer that none has.
    """
    assert said in score(tmp_path, **expected)


def test_the_sample_has_all_labels() -> None:
    """
    Each ticket of the sample, by its own message, is labelled.
    """
    lines = (SAMPLE / "tickets.jsonl").read_text().splitlines()
    sent = {(row["ticket_id"], row["message_id"]) for row in map(json.loads, lines)}

    assert expected_of(SAMPLE / "expected.jsonl").keys() == sent
