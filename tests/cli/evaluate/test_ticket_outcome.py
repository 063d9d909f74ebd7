"""What becomes of a ticket, beside its labels."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas import SentenceEvidence
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from tests.support.evaluations import an_outcome


@pytest.mark.parametrize(
    ("labels", "answered", "wrong"),
    [
        ({}, None, False),
        ({"answered_by": ["KB-1001"]}, True, False),
        ({"answered_by": ["KB-7", "KB-1001"]}, True, False),
        ({"answered_by": ["KB-2"]}, False, True),
        ({"answered_by": ["KB-1001"], "facts": ["in full"]}, True, False),
        ({"answered_by": ["KB-1001"], "facts": ["in full", "10 days"]}, False, True),
        ({"facts": ["in full"]}, True, False),
        ({"answered_by": []}, None, True),
        ({"answerable": False}, None, True),
        ({"answerable": True}, None, False),
        ({"kind": "thanks"}, None, True),
    ],
)
def test_a_passed_draft(labels: dict[str, Any], answered: bool | None, wrong: bool) -> None:
    """
    A draft answers if it cites a right article and says all facts; one that passes has to.
    """
    found = an_outcome(**labels)

    assert (found.is_answered, found.is_wrong_passed) == (answered, wrong)
    assert not an_outcome(verdict="warning", **labels).is_wrong_passed


@pytest.mark.parametrize(("kind", "wrong"), [("thanks", False), ("auto_reply", True)])
def test_a_message_that_asks_nothing(kind: str, wrong: bool) -> None:
    """
    A phrase for thanks may pass; an automatic message gets no reply at all.
    """
    assert an_outcome("You are welcome.", answered_by=[], kind=kind).is_wrong_passed is wrong


def test_a_draft_that_cites_nothing() -> None:
    """
    It is a holding answer, and answers nothing, whatever it says.
    """
    found = an_outcome("A charge is returned in full.", "warning", facts=["in full"])

    assert (found.is_holding, found.is_answered) == (True, False)


def test_likeness() -> None:
    """
    The same words are like each other whatever their order, others are not.
    """
    same = an_outcome(
        answer="Hi John, support team: best regards. A duplicate charge is returned in full"
    )

    assert an_outcome().likeness is None
    assert same.likeness == 1
    assert an_outcome(answer="Nothing of it").likeness == pytest.approx(0, abs=0.1)


def test_lines_come_from_the_evidence() -> None:
    """
    The lines that a draft quotes are those of its evidence; phrases of ours are none.
    """
    found = an_outcome()
    evidence = (
        SentenceEvidence(part="greeting", start=0, end=8, rests_on="ours"),
        SentenceEvidence(part="body", start=0, end=5, rests_on="line", doc_id="KB-1", line=4),
    )
    made = found.processed.model_copy(update={"evidence": evidence})

    assert found.lines == []
    assert TicketOutcome(found.labelled, found.drafted, made, 0).lines == [["KB-1", 4]]


def test_a_row_has_no_texts_unless_asked_for() -> None:
    """
    What a program reads has no word of customer or draft, unless that is asked for.
    """
    found = an_outcome(facts=["10 days"])
    silent, telling = json.dumps(found.row(show=False)), found.row(show=True)

    assert "duplicate" not in silent
    assert "John" not in silent
    assert telling["message"] == found.labelled.ticket.raw_message
    assert "in full." in telling["reply"]
    assert "[KB-1001]" not in telling["reply"]
    assert telling["evidence"] == []
