"""A message that kills the worker: three deaths, twice taken alone, then a dead letter."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from schemas import IncomingTicket, TriagedTicket
from schemas.dead_letters import REPLAY_OF
from schemas.envelope import header
from schemas.topics import INCOMING, PROCESSED, TRIAGED
from streams.backends.kafka import clients, connection, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.delivery.position import SUSPICIOUS, Position
from streams.errors import Unavailable
from streams.settings import Settings
from tests.support.kafka import Broker
from tests.support.process import ticketstream
from tests.support.stages import (
    committed,
    dead_letters,
    eventually,
    publish,
    read,
    running,
    ticket,
    triaged,
)

DEADLY = """
import os, signal
from streams import pipeline

gently = pipeline.triage
async def triage(ticket, **parts):
    if ticket.raw_message == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return await gently(ticket, **parts)
pipeline.triage = triage

from streams.cli.main import main
main()
"""
"""A worker that a ticket kills as a fault in a C extension would: at once, without a trace."""


@pytest.mark.parametrize("name", ["", "one"])
async def test_it_becomes_a_dead_letter_and_the_others_come_out(
    settings: Settings, brokers: Broker, name: str
) -> None:
    """
    Whoever restarts the worker, as Kubernetes does, sees it die four times, and then go on.
    """
    settings = settings.model_copy(update={"instance_id": name})
    if isinstance(brokers, EmbeddedBroker):
        pytest.skip("each death costs the embedded cluster a session's time")
    sent = [ticket(n, "deadly" if n == 7 else "It does not work.") for n in range(20)]
    await publish(settings, *sent)

    async def all_others_are_out() -> bool:
        out = {record.key for record in await read(settings, PROCESSED, 0)}  # some come twice
        return out == {key for key, _, _ in sent} - {b"T-7"}

    deaths = 0
    while deaths < 10:
        with ticketstream("worker", settings=settings, program=DEADLY) as worker:
            letters = asyncio.create_task(dead_letters(settings, 1))
            died = asyncio.create_task(asyncio.to_thread(worker.wait, 60))
            await asyncio.wait({letters, died}, return_when=asyncio.FIRST_COMPLETED)
            if letters.done():
                await eventually(all_others_are_out)
                break
            letters.cancel()
            assert worker.returncode == -signal.SIGKILL
            deaths += 1

    assert deaths == SUSPICIOUS + 2
    (letter,) = await dead_letters(settings, 1)
    assert (letter.key, letter.value) == sent[7][:2]
    assert header(letter.headers, "error-class") == "Deadly"
    assert header(letter.headers, "error-stage") == "triage"


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(Position(0, working=True, deaths=SUSPICIOUS - 1), id="died"),
        pytest.param(Position(0, deaths=SUSPICIOUS), id="gave it back before it was through"),
    ],
)
async def test_what_workers_died_over_is_worked_on_alone(
    settings: Settings, left: Position
) -> None:
    """
    After three deaths one message at a time is in work, and its note says which one it is; also
    where a worker that did not die has had the partition meanwhile.
    """
    at_work = 0
    noted: list[int | None] = []

    async def lonely(ticket: IncomingTicket) -> TriagedTicket:
        nonlocal at_work
        at_work += 1
        await asyncio.sleep(0.02)
        assert at_work == 1
        noted.extend(at.alone for at in (await positions(settings)).values() if at.working)
        at_work -= 1
        return await triaged(ticket)

    await publish(settings, *(ticket(n, "one by one") for n in range(8)))
    await leave(settings, left)
    async with running(settings, lonely):
        await read(settings, TRIAGED, 8)

    assert sum(offset is not None for offset in noted) == 8
    assert all(at.alone is None for at in (await positions(settings)).values())


async def test_behind_what_is_suspect_no_more_is_begun_than_a_window(settings: Settings) -> None:
    """
    A ticket's messages hold their places, so that one is through before what is behind them kills.
    """
    may_go_on = asyncio.Event()
    tried: list[str] = []

    async def does(ticket: IncomingTicket) -> TriagedTicket:
        if not may_go_on.is_set():
            raise Unavailable("down")
        tried.append(ticket.ticket_id)
        return await triaged(ticket)

    few = settings.model_copy(update={"window": 4})
    many = [ticket(1, message_id=f"m{n}") for n in range(10)]
    await publish(few, *many, (b"T-1", *ticket(2)[1:]))
    await leave(few, Position(0, working=True, deaths=SUSPICIOUS))
    async with running(few, does) as agent:

        async def no_place_is_left() -> bool:
            return len(agent.partitions._tasks) == 4 and agent.room.is_taken

        await eventually(no_place_is_left)
        may_go_on.set()
        await read(few, TRIAGED, 11)

    assert tried.index("T-2") >= 1


async def test_after_what_was_suspect_all_go_together_again(settings: Settings) -> None:
    """
    Only what was there when workers died is taken alone; what comes later is not.
    """
    together = 0
    at_work: set[str] = set()

    async def slowly(ticket: IncomingTicket) -> TriagedTicket:
        nonlocal together
        at_work.add(ticket.ticket_id)
        together = max(together, len(at_work))
        await asyncio.sleep(0.05)
        at_work.remove(ticket.ticket_id)
        return await triaged(ticket)

    await publish(settings, *(ticket(n) for n in range(4)))
    await leave(settings, Position(0, working=True, deaths=SUSPICIOUS))
    async with running(settings, slowly):
        await read(settings, TRIAGED, 4)
        assert together == 1
        await publish(settings, *(ticket(n) for n in range(4, 24)))
        await read(settings, TRIAGED, 24)

    assert together > 1


async def test_a_copy_of_what_is_deadly_is_not_tried(settings: Settings) -> None:
    """
    Each is a dead letter, so whoever waits for one hears of it. What differs is no copy.
    """
    tried: list[str] = []

    async def does(ticket: IncomingTicket) -> TriagedTicket:
        tried.append(ticket.raw_message)
        return await triaged(ticket)

    source, other = (
        [("ce_source", b"crm"), ("ce_id", b"1")],
        [("ce_source", b"shop"), ("ce_id", b"1")],
    )
    key, value, _ = ticket(1, "deadly")
    await publish(
        settings,
        (key, value, source),
        (key, value, source),
        (key, value, other),
        (key, value, [*source, ("run", b"1")]),
        (key, ticket(1, "mended")[1], source),
        (key, value, [*source, (REPLAY_OF, b"0-0")]),
    )
    await leave(settings, Position(0, working=True, deaths=SUSPICIOUS, alone=0, blamed=0))
    async with running(settings, does):
        await eventually(lambda: all_committed(settings))

    letters = await dead_letters(settings, 2)
    assert [header(letter.headers, "error-class") for letter in letters] == ["Deadly"] * 2
    assert {header(letter.headers, "origin-offset") for letter in letters} == {"0", "1"}
    assert sorted(tried) == ["deadly", "deadly", "deadly", "mended"]


async def test_order_holds_while_messages_are_taken_alone(settings: Settings) -> None:
    """
    A ticket's messages come out as they came in, those that are suspect and those that are not.
    """
    await publish(settings, *(ticket(1, message_id=f"m{n}", revision=n) for n in range(10)))
    await leave(settings, Position(0, working=True, deaths=SUSPICIOUS))
    async with running(settings):
        await publish(settings, *(ticket(1, message_id=f"m{n}", revision=n) for n in range(10, 40)))
        out = await read(settings, TRIAGED, 40)

    revisions = [TriagedTicket.model_validate_json(record.value).ticket.revision for record in out]
    assert revisions == list(range(40))


async def test_who_ends_well_is_no_death(settings: Settings) -> None:
    """
    A worker that gives its messages back, worked on or not, takes its note away.
    """

    async def never(ticket: IncomingTicket) -> TriagedTicket:
        await asyncio.sleep(3600)
        raise AssertionError

    await publish(settings, *(ticket(n) for n in range(4)))
    async with running(settings, never) as agent:

        async def all_have_come() -> bool:
            return len(agent._window) == 4

        await eventually(all_have_come)
        assert any(at.working for at in (await positions(settings)).values())

    assert await committed(settings) == 0
    assert set((await positions(settings)).values()) == {Position(0)}


async def test_who_was_alone_holds_up_nobody_when_it_cannot_say_that_it_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The other stages of a process work on, though a rebalance refuses the commit of a note.
    """
    at_work, done, refused = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def does(ticket: IncomingTicket) -> TriagedTicket:
        at_work.set()
        await done.wait()
        return await triaged(ticket)

    async def refuse(_: object) -> bool:
        refused.set()
        return False

    await publish(settings, ticket(1))
    await leave(settings, Position(0, working=True, deaths=SUSPICIOUS))
    async with running(settings, does) as agent:
        await at_work.wait()
        monkeypatch.setattr(agent._quarantine, "_commit", refuse)
        done.set()
        await refused.wait()
        await agent.partitions.settle()

        assert not agent._quarantine._company.writer.locked


async def test_an_outage_is_no_death_either(settings: Settings) -> None:
    """
    A message that waits for an outage to end is not noted as worked on alone.
    """
    tried = asyncio.Event()

    async def away(ticket: IncomingTicket) -> TriagedTicket:
        tried.set()
        raise Unavailable("down")

    await publish(settings, ticket(1))
    await leave(settings, Position(0, working=True, deaths=SUSPICIOUS))
    async with running(settings, away):
        await tried.wait()

        async def not_alone() -> bool:
            return all(at.alone is None for at in (await positions(settings)).values())

        await eventually(not_alone)


async def test_a_worker_says_what_it_works_on_before_it_does(settings: Settings) -> None:
    """
    From its first message on, whoever finds its partition knows that a worker had it.
    """

    async def noted(ticket: IncomingTicket) -> TriagedTicket:
        assert all(at.working for at in (await positions(settings)).values())
        return await triaged(ticket)

    await publish(settings, ticket(1))
    async with running(settings, noted):
        assert len(await read(settings, TRIAGED, 1)) == 1


async def all_committed(settings: Settings) -> bool:
    """Return whether nothing is left to do."""
    return await committed(settings) == sum((await ends(settings)).values())


async def positions(settings: Settings) -> dict[int, Position]:
    """Return what the triage group has committed, by partition."""
    places = list(await ends(settings))
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        found: Mapping[TopicPartition, OffsetAndMetadata]
        group = names.group(settings, "triage")
        found = await admin.list_consumer_group_offsets(group, partitions=places)
        return {p.partition: Position.from_commit(*at) for p, at in found.items() if at.offset >= 0}
    finally:
        await admin.close()


async def leave(settings: Settings, position: Position) -> None:
    """Commit *position* in every partition that has messages, as a worker that died then."""
    places = {
        place: at
        for place, at in (await ends(settings)).items()
        if at  # where nothing is, nobody died
    }
    consumer = AIOKafkaConsumer(
        **connection.options(settings),
        group_id=names.group(settings, "triage"),
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        consumer.assign(list(places))
        note = OffsetAndMetadata(position.offset, position.metadata)
        await consumer.commit(dict.fromkeys(places, note))
    finally:
        await consumer.stop()


async def ends(settings: Settings) -> dict[TopicPartition, int]:
    """Return the end of each partition of incoming-tickets."""
    consumer = await clients.follower(settings, [INCOMING], since="end")
    try:
        return dict(await consumer.end_offsets(consumer.assignment()))
    finally:
        await consumer.stop()
