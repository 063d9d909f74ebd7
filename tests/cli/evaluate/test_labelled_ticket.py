"""The labels of a ticket."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas import IncomingTicket
from streams.cli.evaluate.labelled_ticket import LabelledTicket, TicketLabels


@pytest.mark.parametrize(
    ("labels", "can_be_answered"),
    [
        ({}, None),
        ({"answered_by": ["KB-1"]}, True),
        ({"answered_by": []}, False),
        ({"facts": ["30 days"]}, True),
        ({"answerable": False}, False),
        ({"answerable": True}, True),
        ({"answer": "Within 30 days."}, None),
    ],
)
def test_whether_it_can_be_answered(labels: dict[str, Any], can_be_answered: bool | None) -> None:
    """
    A ticket can be answered if somebody says so, or names an article or a fact.
    """
    assert TicketLabels(**labels).can_be_answered is can_be_answered


def test_a_broken_fact() -> None:
    """
    A pattern that cannot run is told by its field, and why.
    """
    with pytest.raises(ValidationError, match="pattern of Rust's regex"):
        TicketLabels(facts=("/(/",))


@pytest.mark.parametrize("given", ["5 to 7", 5, {"a": "b"}, ["5 to 7", 8], None])
def test_facts_are_a_list(given: object) -> None:
    """
    One fact is a list of one, and the error says so.
    """
    with pytest.raises(ValidationError, match="must be a list of texts, even of one"):
        TicketLabels.model_validate({"facts": given})


def test_articles_are_a_list() -> None:
    """
    An id alone is told as facts are; without any, nobody says which article is right.
    """
    with pytest.raises(ValidationError, match="must be a list of texts"):
        TicketLabels.model_validate({"answered_by": "KB-1"})
    assert TicketLabels.model_validate({"answered_by": None}).answered_by is None


def test_a_ticket_is_named_by_its_message() -> None:
    """
    Two messages of one ticket are two.
    """
    ticket = IncomingTicket(ticket_id="T-1", message_id="m-2", subject="Site down")

    assert LabelledTicket(ticket, TicketLabels()).key == ("T-1", "m-2")
