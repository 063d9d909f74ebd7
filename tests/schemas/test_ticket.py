"""What is a ticket, over Kafka and over HTTP, and what of one can travel unchanged."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import IncomingTicket, TicketInput
from schemas.ticket import MAX_INTEGER, MAX_NESTING, MAX_TICKET_BYTES, TooLarge, parse_ticket
from tests.support import generated

WELL: dict[str, Any] = {
    "ticket_id": "T-1",
    "raw_message": "I was charged twice.",
    "customer_name": "Ada",
    "customer_email": "ada@example.com",
}


def nested(levels: int) -> Any:
    """Return lists inside one another."""
    return [nested(levels - 1)] if levels > 1 else []


def a_ticket(**changed: Any) -> IncomingTicket:
    """Return a ticket; *changed* replaces or adds fields."""
    return IncomingTicket.model_validate({**WELL, **changed})


@given(told=st.builds(lambda made, well: {**made, **well}, generated.tickets, st.just(WELL)))
def test_whatever_http_takes_kafka_takes(told: dict[str, Any]) -> None:
    """
    A ticket that a caller may send is one that a worker reads, field by field the same.
    """
    try:
        over_http = TicketInput.model_validate(told)
    except ValidationError:
        return

    over_kafka = IncomingTicket.model_validate_json(over_http.model_dump_json())
    assert json.loads(over_kafka.model_dump_json()) == json.loads(over_http.model_dump_json())


@pytest.mark.parametrize(
    "told",
    [
        {"raw_message": "Site down"},
        {"subject": "Site down"},
        {"raw_message": " ", "subject": "Site down"},
        {"raw_message": "x", "customer_email": "anna@corp.local", "customer_name": ""},
        {"raw_message": "x", "customer_email": "not an address"},
        {"raw_message": "x", "body_format": "of_a_newer_version"},
    ],
)
def test_kafka_is_more_lenient(told: dict[str, Any]) -> None:
    """
    A short message, a subject alone, a contact without a proper address: Kafka takes all of it.
    """
    IncomingTicket.model_validate({"ticket_id": "T-1", **told})

    with pytest.raises(ValidationError):
        TicketInput.model_validate({"ticket_id": "T-1", **told})


@pytest.mark.parametrize(
    "told", [{}, {"raw_message": ""}, {"raw_message": " \n", "subject": "\t"}, {"subject": None}]
)
def test_a_ticket_says_something(told: dict[str, Any]) -> None:
    """
    Without a word in message or subject there is no ticket.
    """
    with pytest.raises(ValidationError, match="give a raw_message or a subject"):
        IncomingTicket.model_validate({"ticket_id": "T-1", **told})


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("ticket_id", 256),
        ("message_id", 256),
        ("tenant", 256),
        ("raw_message", 200_000),
        ("subject", 1_000),
        ("customer_name", 1_000),
        ("channel", 1_000),
        ("language", 35),
    ],
)
def test_how_long_a_field_may_be(field: str, longest: int) -> None:
    """
    Each field takes so many characters, of whatever size in bytes, and not one more.
    """
    assert getattr(a_ticket(**{field: "ü" * longest}), field) == "ü" * longest
    with pytest.raises(ValidationError, match=field):
        a_ticket(**{field: "x" * (longest + 1)})


@pytest.mark.parametrize("field", ["ticket_id", "message_id", "tenant", "customer_id"])
def test_an_id_is_not_empty(field: str) -> None:
    """
    An empty id would be that of many.
    """
    with pytest.raises(ValidationError, match=field):
        a_ticket(**{field: ""})


@pytest.mark.parametrize(
    ("number", "whole"), [(0, 0), (3.0, 3), (-0.0, 0), (MAX_INTEGER, MAX_INTEGER)]
)
def test_a_whole_number(number: float, whole: int) -> None:
    """
    3.0 is 3, as JSON Schema has it; what is read is an integer that fits into 64 bits.
    """
    made = a_ticket(revision=number, attachments=[{"size": number}])

    assert (made.revision, made.attachments[0].size) == (whole, whole)
    assert isinstance(made.revision, int)


@pytest.mark.parametrize(
    "number", [-1, 1.5, MAX_INTEGER + 1, 1e300, float("inf"), float("nan"), "x"]
)
def test_what_is_no_whole_number(number: Any) -> None:
    """
    Negative, broken and endless numbers are none, nor is what others cannot hold in 64 bits.
    """
    with pytest.raises(ValidationError, match="revision"):
        a_ticket(revision=number)


PLACES = [
    lambda value: {"metadata": {"a": value}},
    lambda value: {"x": [value]},
    lambda value: {"previous_messages": [{"role": "customer", "text": "", "x": [value]}]},
    lambda value: {"attachments": [{"x": {"y": value}}]},
]
"""Where a ticket may hold anything."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_json_does_not_have(place: Any, number: float) -> None:
    """
    They would come out as null: so they are refused, however deep they are.
    """
    with pytest.raises(ValidationError, match="no number beyond"):
        a_ticket(**place([{"b": number}]))


@pytest.mark.parametrize("place", PLACES)
def test_how_deep_it_may_be_nested(place: Any) -> None:
    """
    A hundred levels travel, one more is refused: parsers in other languages stop, too.
    """
    made = a_ticket(**place(nested(MAX_NESTING - 1)))

    assert IncomingTicket.model_validate_json(made.model_dump_json()) == made
    with pytest.raises(ValidationError, match=f"at most {MAX_NESTING} levels deep"):
        a_ticket(**place(nested(MAX_NESTING)))


def test_depth_is_counted_over_everything_there() -> None:
    """
    A deep value does not hide behind many flat ones in other parts of the ticket.
    """
    flat = {f"k{n}": [n] for n in range(1_000)}

    with pytest.raises(ValidationError, match="levels deep"):
        a_ticket(metadata=flat, x=nested(MAX_NESTING + 1))


@given(told=generated.tickets)
def test_a_ticket_travels_unchanged(told: dict[str, Any]) -> None:
    """
    Whatever is taken is written and read any number of times as the same.
    """
    try:
        ticket = IncomingTicket.model_validate(told)
    except ValidationError:
        return
    written = ticket.model_dump_json()

    assert IncomingTicket.model_validate_json(written) == ticket
    assert IncomingTicket.model_validate_json(written).model_dump_json() == written


def test_a_message_is_public_unless_it_says_otherwise() -> None:
    """
    An earlier message without a visibility is public; one of a word that is none is refused.
    """
    told = {"role": "customer", "text": "x"}

    assert a_ticket(previous_messages=[told]).previous_messages[0].visibility == "public"
    with pytest.raises(ValidationError, match="visibility"):
        a_ticket(previous_messages=[{**told, "visibility": ""}])


@pytest.mark.parametrize(("field", "most"), [("previous_messages", 200), ("attachments", 100)])
def test_how_many_there_may_be(field: str, most: int) -> None:
    """
    A ticket has so many earlier messages and attachments, and not one more.
    """
    one = {"role": "agent", "text": ""}

    assert len(getattr(a_ticket(**{field: [one] * most}), field)) == most
    with pytest.raises(ValidationError, match=field):
        a_ticket(**{field: [one] * (most + 1)})


# From bytes


def padded(size: int) -> bytes:
    """Return a ticket of *size* bytes."""
    value = json.dumps(WELL).encode()
    return value + b" " * (size - len(value))


@pytest.mark.parametrize("mark", [b"", BOM_UTF8])
def test_the_largest_ticket(mark: bytes) -> None:
    """
    What counts is the size without a byte order mark; a byte more is too large, whatever it says.
    """
    assert parse_ticket(mark + padded(MAX_TICKET_BYTES)) == a_ticket()
    with pytest.raises(TooLarge, match="256,000 bytes"):
        parse_ticket(mark + padded(MAX_TICKET_BYTES + 1))
    with pytest.raises(TooLarge):
        parse_ticket(b"{" * (MAX_TICKET_BYTES + 1))


@given(value=generated.bodies)
def test_any_bytes_are_a_ticket_or_an_error(value: bytes) -> None:
    """
    No message raises anything but that it is no ticket.
    """
    with suppress(ValidationError):
        assert parse_ticket(value).ticket_id
