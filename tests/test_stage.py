"""What stages share: a message becomes an event, an event a message, and a route of them."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import IncomingTicket, TriagedTicket
from schemas.envelope import INPUT_ID, INPUT_TIME, Headers, header, input_time
from schemas.ticket import MAX_TICKET_BYTES
from schemas.topics import GROUNDED, INCOMING, TRIAGED
from streams.errors import Unprocessable
from streams.stage import Message, Route, Stage, ticket_of
from tests.support.stages import triaged

TICKET = {"ticket_id": "T-1", "raw_message": "It does not work.", "newer": {"a": 1}}
SECRET = "4111 1111 1111 1111"


async def grounded(event: TriagedTicket) -> Any:
    """Return what a stage makes of *event* that names no seconds."""
    return event


ROUTE = Route(INCOMING).then("triage", triaged, TRIAGED).then("retrieval", grounded, GROUNDED)
FIRST, SECOND = ROUTE.stages


def a_message(value: bytes | None, *headers: tuple[str, bytes]) -> Message:
    """Return a message with this *value*."""
    return Message("any", b"k", value, list(headers))


async def an_event() -> TriagedTicket:
    """Return what the first stage makes of TICKET."""
    return await triaged(FIRST.decode(a_message(json.dumps(TICKET).encode())))


def test_a_route_is_in_order() -> None:
    """
    Each stage reads what the one before it writes, and a route that goes on leaves the other be.
    """
    begin = Route(INCOMING).then("triage", triaged, TRIAGED)
    more = begin.then("retrieval", grounded, GROUNDED)

    assert [(s.name, s.reads, s.writes) for s in more.stages] == [
        ("triage", INCOMING, TRIAGED),
        ("retrieval", TRIAGED, GROUNDED),
    ]
    assert (more.end, begin.end, len(begin.stages)) == (GROUNDED, TRIAGED, 1)


@pytest.mark.parametrize("stage", [FIRST, SECOND], ids=lambda stage: stage.name)
@pytest.mark.parametrize("value", [None, b""])
def test_nothing_is_no_event(stage: Stage[Any, Any], value: bytes | None) -> None:
    """
    A message without a value is at fault.
    """
    with pytest.raises(Unprocessable, match="it is empty"):
        stage.decode(a_message(value))


@pytest.mark.parametrize("stage", [FIRST, SECOND], ids=lambda stage: stage.name)
def test_what_is_no_event_is_told_without_its_words(stage: Stage[Any, Any]) -> None:
    """
    The reason names the field, and never the value.
    """
    wrong = json.dumps({"ticket_id": [SECRET], "ticket": SECRET, "raw_message": SECRET}).encode()

    with pytest.raises(Unprocessable, match="ticket") as caught:
        stage.decode(a_message(wrong))

    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_ticket_that_is_too_large() -> None:
    """
    The first stage takes no larger ticket than callers may send.
    """
    large = json.dumps({**TICKET, "newer": "x" * MAX_TICKET_BYTES}).encode()

    with pytest.raises(Unprocessable, match=f"{MAX_TICKET_BYTES:,} bytes"):
        FIRST.decode(a_message(large))


@pytest.mark.parametrize("stage", [FIRST, SECOND], ids=lambda stage: stage.name)
async def test_a_byte_order_mark(stage: Stage[Any, Any]) -> None:
    """
    Bytes that Windows puts in front are not the event's.
    """
    event = FIRST.decode(a_message(json.dumps(TICKET).encode()))
    value = (event if stage is FIRST else await an_event()).model_dump_json().encode()

    found = stage.decode(a_message(BOM_UTF8 + value))

    assert ticket_of(found).ticket_id == "T-1"


async def test_what_a_newer_version_wrote_travels_on() -> None:
    """
    A field that this version does not know is in what it writes.
    """
    event = await an_event()
    message = SECOND.encode(event, event, a_message(b""), "i-1")

    assert json.loads(message.value or b"")["ticket"]["newer"] == {"a": 1}


async def test_seconds_are_the_stages_own() -> None:
    """
    A stage that reports itself gets the seconds that it took; another one's report stays.
    """
    made = await FIRST.run(FIRST.decode(a_message(json.dumps(TICKET).encode())))
    assert made.meta
    first = made.meta.stages["triage"].seconds
    after = await SECOND.run(made)

    assert first > 0
    assert after.meta.stages["triage"].seconds == first
    assert after.meta.stages.keys() == {"triage"}


async def test_what_goes_to_the_next_topic() -> None:
    """
    The key is the ticket's id, and the same input makes the same id each time.
    """
    event = FIRST.decode(a_message(json.dumps(TICKET).encode()))
    came = a_message(b"", ("traceparent", b"00-1-2-03"))
    identity = FIRST.identity(event, came)
    made = await triaged(event)

    one, two = (FIRST.encode(made, event, came, identity) for _ in range(2))

    assert (one.topic, one.key) == (TRIAGED.name, b"T-1")
    assert header(one.headers, "ce_id") == header(two.headers, "ce_id")
    assert header(one.headers, "traceparent") == "00-1-2-03"
    assert header(one.headers, INPUT_ID) == identity


async def test_an_identity_is_given_once() -> None:
    """
    The first stage makes it of the message; later ones go on with it, and a publisher cannot
    set it from outside.
    """
    event = await an_event()
    carried: Headers = [(INPUT_ID, b"i-1")]

    assert SECOND.identity(event, Message("t", b"k", b"", carried)) == "i-1"
    assert FIRST.identity(event.ticket, Message("t", b"k", b"", carried)) != "i-1"
    assert SECOND.identity(event, a_message(b"")) == FIRST.identity(event.ticket, a_message(b""))


async def test_the_time_of_the_incoming_record_travels_along() -> None:
    """
    The first stage takes it from the record, or the present if that has none; later ones carry
    it on, and a publisher cannot set it.
    """
    event = await an_event()
    forged: Headers = [(INPUT_TIME, b"1999-01-01T00:00:00+00:00")]
    came = Message("t", b"k", b"", forged)

    one = FIRST.encode(event, event.ticket, came, "i", 1_700_000_000.5)
    assert header(one.headers, INPUT_TIME) == "2023-11-14T22:13:20.500+00:00"
    two = SECOND.encode(event, event, one, "i", 1_800_000_000.0)
    assert header(two.headers, INPUT_TIME) == "2023-11-14T22:13:20.500+00:00"
    for unknown in (None, -1.0, 1e300):
        dated = input_time(FIRST.encode(event, event.ticket, came, "i", unknown).headers)
        assert dated
        assert abs((datetime.now(UTC) - dated).total_seconds()) < 60


async def test_whose_ticket_it_is() -> None:
    """
    An incoming ticket is its own; every later event is about one.
    """
    event = await an_event()

    assert ticket_of(event) is event.ticket
    assert ticket_of(event.ticket) is event.ticket
    assert isinstance(event.ticket, IncomingTicket)
