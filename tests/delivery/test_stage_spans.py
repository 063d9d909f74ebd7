"""What traces show of a stage at work."""

from __future__ import annotations

import asyncio

import pytest

from schemas import IncomingTicket, TriagedTicket
from schemas.envelope import header
from schemas.topics import DEAD_LETTERS, INCOMING, TRIAGED
from streams.backends.kafka import names
from streams.delivery import held_partition
from streams.errors import Unavailable
from streams.settings import Settings
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID, named, recorded
from tests.support.stages import (
    Sent,
    all_done,
    on_one_partition,
    publish,
    read,
    running,
    ticket,
    triaged,
)


def traced(sent: Sent) -> Sent:
    """Return *sent* as part of a caller's trace."""
    key, value, headers = sent
    return key, value, [*headers, ("traceparent", CALLER.encode())]


async def test_a_message_that_goes_through(settings: Settings) -> None:
    """
    Its span says which message it was, which ticket, what became of it and with which backend.
    """
    with recorded() as spans:
        async with running(settings):
            await publish(settings, traced(ticket(1)))
            (result,) = await read(settings, TRIAGED, 1)

    came, sent = spans
    topic = names.topic(settings, INCOMING)
    assert (came.name, came.trace_id, came.parent_id) == (f"process {topic}", TRACE_ID, SPAN_ID)
    partition = came.attributes["messaging.destination.partition.id"]
    assert partition.isdigit()
    assert came.attributes == {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": partition,
        "messaging.kafka.offset": 0,
        "messaging.consumer.group.name": names.group(settings, "triage"),
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "ticketstream.stage": "triage",
        "ticketstream.ticket_id": "T-1",
        "ticketstream.outcome": "done",
        "ticketstream.backend": "test",
        "ticketstream.degraded": False,
    }
    assert sent.parent_id == came.span_id
    assert header(result.headers, "traceparent") == f"00-{TRACE_ID}-{sent.span_id}-01"


async def test_messages_at_the_same_time_are_kept_apart(settings: Settings) -> None:
    """
    Each result carries the trace that its own message came with, or one of its own.
    """
    with recorded() as spans:
        async with running(settings):
            await publish(settings, *(ticket(n) for n in range(30)), traced(ticket(30)))
            results = await read(settings, TRIAGED, 31)

    traces = {result.key: header(result.headers, "traceparent") or "" for result in results}
    assert len({trace.split("-")[1] for trace in traces.values()}) == 31
    assert TRACE_ID in traces[b"T-30"]
    ids = {span.span_id: span.trace_id for span in spans}
    assert all(ids[trace.split("-")[2]] == trace.split("-")[1] for trace in traces.values())


async def test_a_dead_letter(settings: Settings) -> None:
    """
    A message that becomes one has a failed span, and the letter carries its trace.
    """
    with recorded() as spans:
        async with running(settings):
            await publish(settings, traced((b"T-1", b"{", ())))
            (letter,) = await read(settings, DEAD_LETTERS, 1)
            await all_done(settings, 1)

    came, sent = spans
    assert (came.failed, sent.failed) == (True, False)
    assert came.attributes["error.type"] == "Unprocessable"
    assert came.attributes["ticketstream.outcome"] == "dead_letter"
    assert "ticketstream.ticket_id" not in came.attributes
    assert sent.name == f"send {names.topic(settings, DEAD_LETTERS)}"
    assert header(letter.headers, "traceparent") == f"00-{TRACE_ID}-{sent.span_id}-01"


async def test_a_loop_that_becomes_a_dead_letter(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its spans have failed, as those of any other dead letter have.
    """
    monkeypatch.setattr(held_partition, "MOST_ASIDE", 20)
    limited = settings.model_copy(update={"loop_messages": 1, "loop_minutes": 10})
    loop = [ticket(0, message_id=f"m{n}") for n in range(30)]
    with recorded() as spans:
        async with running(limited):
            await publish(settings, *map(on_one_partition, loop))
            await read(settings, DEAD_LETTERS, 10)

    came = named(spans, f"process {names.topic(settings, INCOMING)}")
    failed = [span.attributes for span in came if span.failed]
    assert {what["error.type"] for what in failed} == {"MailLoop"}
    assert {what["ticketstream.outcome"] for what in failed} == {"dead_letter"}
    assert len(failed) >= 10


async def test_a_message_that_is_held(settings: Settings) -> None:
    """
    Each try that failed is an event, by its number and the error's class.
    """
    tries = 0

    async def does(came: IncomingTicket) -> TriagedTicket:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Unavailable("not now")
        return await triaged(came)

    with recorded() as spans:
        async with running(settings, does):
            await publish(settings, ticket(1))
            await read(settings, TRIAGED, 1)

    assert spans[0].events == tuple(
        ("ticketstream.retry", {"error.type": "Unavailable", "ticketstream.attempt": number})
        for number in (1, 2)
    )
    assert not spans[0].failed


async def test_repeats_and_what_is_skipped(settings: Settings) -> None:
    """
    What becomes of a message is said of each, also if nothing is sent.
    """
    with recorded() as spans:
        async with running(settings):
            await publish(settings, ticket(1), ticket(1), (b"T-1", None, ()))
            await all_done(settings, 3)

    came = named(spans, f"process {names.topic(settings, INCOMING)}")
    outcomes = [span.attributes["ticketstream.outcome"] for span in came]
    assert sorted(outcomes) == ["done", "repeat", "skipped"]


async def test_a_message_that_is_let_go(settings: Settings) -> None:
    """
    What a worker gives back when it ends is released, and has not failed.
    """

    async def never(_: IncomingTicket) -> TriagedTicket:
        raise Unavailable("away")

    with recorded() as spans:
        async with running(settings, never) as agent:
            await publish(settings, ticket(1))
            while not agent._waiting:  # noqa: ASYNC110  # nothing tells us
                await asyncio.sleep(0.05)

    assert [span.attributes["ticketstream.outcome"] for span in spans] == ["released"]
    assert not spans[0].failed


async def test_traces_travel_on_while_nobody_records(settings: Settings) -> None:
    """
    A trace that a publisher set comes out as it went in.
    """
    async with running(settings):
        await publish(settings, traced(ticket(1)))
        (result,) = await read(settings, TRIAGED, 1)

    assert header(result.headers, "traceparent") == CALLER
