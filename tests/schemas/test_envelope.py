"""What travels beside an event: its identity, the same every time, and its headers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import IncomingTicket
from schemas.envelope import (
    INPUT_TIME,
    Headers,
    event_id,
    header,
    input_identity,
    input_time,
    outgoing,
    result_id,
    ticket_hash,
)
from schemas.topics import ALL, PROCESSED, TRIAGED
from tests.support import generated

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
some = st.text(min_size=1, max_size=9)


def a_ticket(**changed: Any) -> IncomingTicket:
    """Return a ticket; *changed* replaces or adds fields."""
    told = {"ticket_id": "T-1", "raw_message": "I was charged twice.", **changed}
    return IncomingTicket.model_validate(told)


# A header


def test_of_a_header_that_comes_twice_the_last_counts() -> None:
    """
    Names may repeat, and are told apart by case; a header without a value says nothing.
    """
    headers: Any = [("a", b"1"), ("a", b"2"), ("A", b"3"), ("a", None)]

    assert header(headers, "a") == "2"
    assert header(headers, "b") is None
    assert header(headers[-1:], "a") is None


def test_bytes_that_are_no_text_are_escaped() -> None:
    """
    Any bytes can be shown and compared.
    """
    assert header([("a", b"\xff\x00")], "a") == "\\xff\x00"
    assert header([("a", b"")], "a") == ""


# The identity of what came in


def test_who_gives_an_event_an_id_is_believed() -> None:
    """
    The publisher's source and id come before the ticket's message id, and that before its text.
    """
    named = [("ce_source", b"/desk"), ("ce_id", b"1")]
    ticket = a_ticket(message_id="m-1")

    by_event = input_identity(ticket, named)
    by_message = input_identity(ticket, named[:1])
    by_hash = input_identity(a_ticket(), named[1:])

    assert by_event == input_identity(a_ticket(raw_message="Another."), named)
    assert by_message == input_identity(a_ticket(message_id="m-1", raw_message="Another."), [])
    assert by_hash == input_identity(a_ticket(), [])
    assert by_hash != input_identity(a_ticket(raw_message="Another."), [])
    assert len({by_event, by_message, by_hash}) == 3


@pytest.mark.parametrize("empty", ["ce_source", "ce_id"])
def test_half_a_name_is_none(empty: str) -> None:
    """
    An empty source or id identifies no event.
    """
    headers = [("ce_source", b"/desk"), ("ce_id", b"1"), (empty, b"")]

    assert input_identity(a_ticket(), headers) == input_identity(a_ticket(), [])


@given(one=st.tuples(some, some), other=st.tuples(some, some))
def test_two_events_have_two_identities(one: tuple[str, str], other: tuple[str, str]) -> None:
    """
    Whatever characters a source and an id are made of, no two pairs are taken for one.
    """
    first, second = (
        input_identity(a_ticket(), [("ce_source", s.encode()), ("ce_id", i.encode())])
        for s, i in (one, other)
    )

    assert (first == second) is (one == other)


# The hash of a ticket


def test_how_a_ticket_is_written_does_not_matter() -> None:
    """
    The order of fields, and fields that say what is the case without them, change no hash.
    """
    told = {
        "metadata": {"b": 2, "a": 1},
        "tenant": "default",
        "body_format": "text",
        "subject": None,
        "raw_message": "I was charged twice.",
        "ticket_id": "T-1",
    }

    plain = a_ticket(metadata={"a": 1, "b": 2})
    assert ticket_hash(IncomingTicket.model_validate(told)) == ticket_hash(plain)


@pytest.mark.parametrize(
    "changed",
    [
        {"ticket_id": "T-2"},
        {"raw_message": "I was charged twice"},
        {"tenant": "other"},
        {"unknown": 1},
        {"metadata": {"a": None}},
        {"attachments": [{}]},
        {"previous_messages": [{"role": "customer", "text": ""}]},
    ],
)
def test_what_a_ticket_says_does(changed: dict[str, Any]) -> None:
    """
    Any field that says something else is another message, unknown fields included.
    """
    assert ticket_hash(a_ticket(**changed)) != ticket_hash(a_ticket())


@given(one=generated.tickets, other=generated.tickets)
def test_tickets_with_one_hash_are_one(one: dict[str, Any], other: dict[str, Any]) -> None:
    """
    Two tickets share a hash only if they are equal, and a ticket has one hash wherever it is read.
    """
    try:
        first, second = IncomingTicket.model_validate(one), IncomingTicket.model_validate(other)
    except ValidationError:
        return

    assert ticket_hash(first) != ticket_hash(second) or first == second
    again = IncomingTicket.model_validate_json(first.model_dump_json())
    assert ticket_hash(again) == ticket_hash(first)


# The id of an event


def test_ids_stay_what_they_are() -> None:
    """
    An id is the same in every version and process: readers know by it what they have seen.
    """
    identity = input_identity(a_ticket(), [])

    digest = "9a2446f3e54bb996c5f45a9a13af6c722c6c16efa6db95d6a994c6847584e981"
    assert json.loads(identity) == ["hash", digest]
    assert event_id(TRIAGED.ce_type, a_ticket(), identity) == "404c0f6c-4b9e-5e7d-b0ca-a6607055e4fe"


def test_everything_that_an_id_depends_on() -> None:
    """
    Another stage, tenant, ticket, message or run is another event.
    """
    made = {
        event_id(ce_type, a_ticket(ticket_id=ticket_id, tenant=tenant), identity, run)
        for ce_type in (TRIAGED.ce_type, PROCESSED.ce_type)
        for ticket_id in ("T-1", "T-2")
        for tenant in ("default", "other")
        for identity in ("a", "b")
        for run in ("0", "1")
    }

    assert len(made) == 2**5
    assert {UUID(one).version for one in made} == {5}


@given(one=st.tuples(some, st.text()), other=st.tuples(some, st.text()))
def test_no_id_is_made_of_anothers_parts(one: tuple[str, str], other: tuple[str, str]) -> None:
    """
    Wherever the border between a ticket's id and a message's lies, it counts.
    """
    first, second = (event_id("t", a_ticket(ticket_id=i), identity) for i, identity in (one, other))

    assert (first == second) is (one == other)


def test_a_run_asks_for_another_result() -> None:
    """
    The header `run` has a message processed again; 0, or none, is the first time.
    """
    ids = [result_id(PROCESSED, a_ticket(), "i", [("run", run)]) for run in (b"0", b"1", b"2")]

    assert result_id(PROCESSED, a_ticket(), "i", []) == ids[0]
    assert len(set(ids)) == 3


# The headers of what goes out


def test_headers_of_an_event() -> None:
    """
    An event is a CloudEvent that says what it is, of which stage, ticket and tenant, and when.
    """
    ticket = a_ticket(tenant="acme")

    made = dict(outgoing(TRIAGED, ticket, "identity", [], source="triage", now=NOW))

    assert made == {
        "ce_specversion": b"1.0",
        "ce_id": event_id(TRIAGED.ce_type, ticket, "identity").encode(),
        "ce_source": b"ticketstream/triage",
        "ce_type": b"ticketstream.ticket.triaged.v1",
        "ce_subject": b"T-1",
        "ce_time": b"2026-11-23T10:30:00Z",
        "ce_dataschema": b"urn:ticketstream:schema:ticketstream.ticket.triaged.v1",
        "ce_inputid": b"identity",
        "ce_tenant": b"acme",
        "content-type": b"application/json",
    }


def test_what_a_publisher_set_travels_along() -> None:
    """
    Foreign headers keep their order, values and repetitions; ours replace what had their names.
    """
    foreign: Headers = [("traceparent", b"00"), ("x", b"1"), ("y", b"\xff"), ("x", b"2")]
    forged: Headers = [("ce_id", b"forged"), ("ce_time", b"never"), ("content-type", b"image/png")]

    made = outgoing(TRIAGED, a_ticket(), "i", [*forged, *foreign, *forged], source="s", now=NOW)

    ours = outgoing(TRIAGED, a_ticket(), "i", [], source="s", now=NOW)
    assert made == foreign + ours


@given(headers=generated.headers, at=st.sampled_from(ALL))
def test_each_of_our_headers_is_there_once(headers: Any, at: Any) -> None:
    """
    Whatever came, each header of ours has one value, and no other one is lost.
    """
    made = outgoing(at, a_ticket(), "i", headers, source="s", now=NOW)

    names = [name for name, _ in made]
    ours = {name for name, _ in outgoing(at, a_ticket(), "i", [], source="s", now=NOW)}
    assert all(names.count(name) == 1 for name in ours)
    assert made[: len(made) - len(ours)] == [one for one in headers if one[0] not in ours]


def test_an_event_is_dated_now() -> None:
    """
    Without a time given, an event is of the moment.
    """
    before = datetime.now(UTC)
    made = outgoing(TRIAGED, a_ticket(), "i", [], source="s")

    assert before <= datetime.fromisoformat(header(made, "ce_time") or "") <= datetime.now(UTC)


@pytest.mark.parametrize("said", [b"", b"x", b"1", b"2026-01-01T00:00:00", b"\xff"])
def test_a_time_of_input_that_is_none(said: bytes) -> None:
    """
    What is no point in time says nothing, and does not travel on.
    """
    headers: Headers = [(INPUT_TIME, said)]

    assert input_time(headers) is None
    assert INPUT_TIME not in dict(outgoing(TRIAGED, a_ticket(), "i", headers, source="s"))
