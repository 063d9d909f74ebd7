"""What triage adds to a ticket, and which messages are to be answered."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from schemas import IncomingTicket, Reading, TriagedTicket, TriageOutput
from schemas.triage import EXAMPLE, MessageKind

TRIAGE: dict[str, Any] = EXAMPLE["triage"]  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        ("question", True),
        ("thanks", False),
        ("auto_reply", False),
        ("empty", False),
        ("of_a_newer_version", True),
    ],
)
def test_which_messages_are_answered(kind: str, asks: bool) -> None:
    """
    Thanks, automatic replies and empty messages are not; a kind that nobody knows is a question.
    """
    assert Reading(text="x", kind=kind).asks is asks


def test_one_kind_asks() -> None:
    """
    Of the kinds that this version writes, only a question is looked up.
    """
    assert [kind for kind in get_args(MessageKind) if Reading(text="", kind=kind).asks] == [
        "question"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("priority", "P0"),
        ("priority", "P4"),
        ("priority", "p1"),
        ("priority", "P1\n"),
        ("sla_hours", 0),
        ("sla_hours", 169),
        ("sla_hours", 1.5),
        ("confidence", -0.01),
        ("confidence", 1.01),
        ("confidence", float("nan")),
        ("category", None),
    ],
)
def test_what_no_triage_says(field: str, value: Any) -> None:
    """
    Priorities are P1 to P3, a due time is within a week, and a confidence is a share.
    """
    with pytest.raises(ValidationError, match=field):
        TriageOutput.model_validate({**TRIAGE, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sla_hours", 1),
        ("sla_hours", 168),
        ("confidence", 0),
        ("confidence", 1),
        ("sentiment", "x"),
    ],
)
def test_what_a_triage_may_say(field: str, value: Any) -> None:
    """
    The bounds belong to it, and a sentiment of a newer version is carried on.
    """
    assert getattr(TriageOutput.model_validate({**TRIAGE, field: value}), field) == value


def test_the_ticket_is_kept_whole() -> None:
    """
    What was published goes on within what triage made of it, unknown fields included.
    """
    ticket = IncomingTicket.model_validate(
        {"ticket_id": "T-1", "raw_message": "x", "mood": "green"}
    )

    made = TriagedTicket(
        ticket=ticket, reading=Reading(text="x"), triage=TriageOutput.model_validate(TRIAGE)
    )

    assert TriagedTicket.model_validate_json(made.model_dump_json()).ticket == ticket
    assert made.meta.stages == {}
