"""What messages on the followed topics say: of which event, of whose ticket."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import Any

import pytest

from health.tickets import outcomes
from health.tickets.outcomes import ticket_key
from schemas import IncomingTicket
from schemas.envelope import INPUT_ID, Headers, header, input_identity, outgoing
from schemas.ticket import MAX_TICKET_BYTES
from schemas.topics import PROCESSED, TRIAGED
from tests.support.echo_pipeline import result

LETTER = outcomes.DeadLetter("drafting", "KeyError", "a bug")


@dataclass(frozen=True)
class Record:
    """A message as a consumer gives it."""

    value: bytes | None
    headers: Headers = field(default_factory=list)
    partition: int = 3
    offset: int = 7
    timestamp: int = 1_000


TICKETS = [
    pytest.param(IncomingTicket(ticket_id="T", raw_message="x"), [], id="by its content"),
    pytest.param(
        IncomingTicket(ticket_id="T", raw_message="x", message_id="m"), [], id="by its id"
    ),
    pytest.param(
        IncomingTicket(ticket_id="T", raw_message="x", tenant="acme", revision=4),
        [("ce_source", b"desk"), ("ce_id", b"1")],
        id="by its publisher",
    ),
    pytest.param(
        IncomingTicket(ticket_id="T", raw_message="x"), [("run", b"2")], id="run anew"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("ticket", "headers"), TICKETS)
def test_all_topics_name_the_same_event(ticket: IncomingTicket, headers: Headers) -> None:
    """
    A message, its result, and its dead letter at the first or a later stage are of one event.
    """
    value = ticket.model_dump_json(exclude_unset=True).encode()
    identity = input_identity(ticket, headers)
    grown = result(ticket).model_dump_json().encode()
    triaged = b'{"ticket": %s, "triage": {}}' % value
    later = outgoing(TRIAGED, ticket, identity, headers, source="triage")
    out = outgoing(PROCESSED, ticket, identity, headers, source="policy")

    arrival = outcomes.arrival(Record(value, headers))
    found = [
        arrival,
        outcomes.processed(Record(grown, out)),
        outcomes.settled_by(Record(value, headers), LETTER),
        outcomes.settled_by(Record(BOM_UTF8 + value, [*headers, (INPUT_ID, b"a lie")]), LETTER),
        outcomes.settled_by(Record(triaged, later), LETTER),
    ]

    assert arrival is not None
    assert {f and f.event_id for f in found} == {header(out, "ce_id")}
    assert {f and f.ticket for f in found} == {ticket_key(ticket.tenant, "T")}
    assert {f and f.revision for f in found} == {ticket.revision}
    assert (arrival.partition, arrival.offset, arrival.at) == (3, 7, 1_000)


def test_a_result_of_an_older_worker() -> None:
    """
    A result that does not say whose ticket it is belongs to the default tenant.
    """
    ticket = IncomingTicket(ticket_id="T", raw_message="x")
    found = outcomes.processed(Record(result(ticket).model_dump_json().encode(), [("ce_id", b"e")]))

    assert found is not None
    assert found.ticket == ticket_key("default", "T")


@pytest.mark.parametrize("value", [None, b"", b"{", b"{}", b"\xff", b"[" * 999, b"null"])
def test_what_cannot_be_read(value: bytes | None) -> None:
    """
    What is no ticket and no result is passed over.
    """
    later = [("ce_inputid", b"x"), ("ce_id", b"e")]

    assert outcomes.arrival(Record(value)) is None
    assert outcomes.processed(Record(value, later)) is None
    for headers in ([], later):
        assert outcomes.settled_by(Record(value, headers), LETTER) is None


def test_a_result_without_an_id() -> None:
    """
    A result without `ce_id` is of no event.
    """
    ticket = IncomingTicket(ticket_id="T", raw_message="x")

    assert outcomes.processed(Record(result(ticket).model_dump_json().encode())) is None


def test_a_ticket_that_is_too_large() -> None:
    """
    It is no ticket here as it is none for a worker.
    """
    ticket = IncomingTicket(ticket_id="T", raw_message="x", metadata={"a": "x" * MAX_TICKET_BYTES})

    assert outcomes.arrival(Record(ticket.model_dump_json().encode())) is None


@pytest.mark.parametrize("same", [True, False])
def test_content_digests(same: bool) -> None:
    """
    Content that is the same in another form has the same digest, another has another.
    """
    one = IncomingTicket(ticket_id="T", raw_message="x", message_id="1")
    fields: dict[str, Any] = {} if same else {"subject": "y"}
    two = IncomingTicket(raw_message="x", ticket_id="T", body_format="text", **fields)

    assert (outcomes.content_digest(one) == outcomes.content_digest(two)) is same


def test_headers_of_anybody() -> None:
    """
    Of a dead letter's headers only so much is kept; what is missing is None.
    """
    found = outcomes.dead_letter(Record(b"", [("error-message", b"x" * 1_000_000)]))

    assert (found.stage, found.error_class, found.message) == (None, None, "x" * 1_000)
