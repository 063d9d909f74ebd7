"""A route of one stage whose work a test decides, and what it takes to watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas import IncomingTicket, Meta, Reading, StageReport, TriagedTicket, TriageOutput
from schemas.dead_letters import is_mark
from schemas.topics import DEAD_LETTERS, INCOMING, TRIAGED, Topic
from streams.agents import Agent
from streams.backends.kafka import clients, connection, names
from streams.settings import Settings
from streams.stage import Route

Does = Callable[[IncomingTicket], Awaitable[TriagedTicket]]
Sent = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]
"""Key, value, headers."""


async def triaged(ticket: IncomingTicket) -> TriagedTicket:
    """Return *ticket* as a stage that does next to nothing would."""
    return TriagedTicket(
        ticket=ticket,
        reading=Reading(text=ticket.raw_message),
        triage=TriageOutput(
            category="Other",
            subcategory="General",
            priority="P3",
            sla_hours=72,
            suggested_team="Customer Support",
            sentiment="neutral",
            confidence=0.5,
        ),
        meta=Meta().reported("triage", StageReport(backend="test")),
    )


def held_up(until: asyncio.Event, *ticket_ids: str) -> Does:
    """Return the work of a stage that waits *until* it is told to with those of *ticket_ids*."""

    async def does(ticket: IncomingTicket) -> TriagedTicket:
        if ticket.ticket_id in ticket_ids:
            await until.wait()
        return await triaged(ticket)

    return does


@asynccontextmanager
async def running(settings: Settings, does: Does = triaged) -> AsyncIterator[Agent]:
    """Run one stage until the block ends; it is stopped as SIGTERM would."""
    (stage,) = Route(INCOMING).then("triage", does, TRIAGED).stages
    agent = Agent(stage, settings)
    await agent.app.start()
    try:
        yield agent
    finally:
        await agent.app.stop()


async def publish(settings: Settings, *messages: Sent) -> None:
    """Put *messages* on incoming-tickets, in this order."""
    async with clients.producer(settings, max_request_size=10_000_000) as producer:
        for key, value, headers in messages:
            await producer.send_and_wait(
                names.topic(settings, INCOMING), value=value, key=key, headers=list(headers)
            )


def ticket(number: int, text: str = "It does not work.", **more: Any) -> Sent:
    """Return the message of ticket T-<number>."""
    key = f"T-{number}"
    made = IncomingTicket(ticket_id=key, raw_message=text, **more)
    return key.encode(), made.model_dump_json().encode(), ()


def on_one_partition(sent: Sent) -> Sent:
    """Return *sent* with a key that all tickets have."""
    _, value, headers = sent
    return b"all", value, headers


async def read(
    settings: Settings, topic: Topic[Any], count: int, seconds: float = 60
) -> list[ConsumerRecord]:
    """Return all records of *topic* there are, once there are *count*."""
    records: list[ConsumerRecord] = []
    consumer = await clients.follower(settings, [topic], since="beginning", fetch_max_wait_ms=20)
    try:
        async with asyncio.timeout(seconds):
            while len(records) < count or not await _at_the_end(consumer):
                for found in (await consumer.getmany(timeout_ms=50)).values():
                    records += found
    except TimeoutError:
        raise AssertionError(f"{len(records)} of {count} records on {topic.name}") from None
    finally:
        await consumer.stop()
    return records


async def _at_the_end(consumer: AIOKafkaConsumer) -> bool:
    return await clients.has_passed(consumer, await consumer.end_offsets(consumer.assignment()))


async def dead_letters(settings: Settings, count: int) -> list[ConsumerRecord]:
    """Return all dead letters, once there are *count*. Marks of replays are none."""
    records = await read(settings, DEAD_LETTERS, count)
    return [record for record in records if not is_mark(record.headers)]


async def committed(settings: Settings) -> int:
    """Return how many incoming messages the triage group has committed, over all partitions."""
    name = names.topic(settings, INCOMING)
    consumer = AIOKafkaConsumer(
        **connection.options(settings),
        group_id=names.group(settings, "triage"),
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        await consumer._client.add_topic(name)
        partitions = consumer.partitions_for_topic(name) or set()
        found = [await consumer.committed(TopicPartition(name, p)) for p in partitions]
        return sum(offset or 0 for offset in found)
    finally:
        await consumer.stop()


async def all_done(settings: Settings, count: int, seconds: float = 30) -> None:
    """Return when *count* incoming messages are committed; fail after *seconds*."""

    async def are_committed() -> bool:
        return await committed(settings) == count

    await eventually(are_committed, seconds)


async def eventually(
    true: Callable[[], Awaitable[bool]], seconds: float = 30, every: float = 0.1
) -> None:
    """Return when *true* is; fail after *seconds*."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110  # nothing tells us; it is the broker's
            await asyncio.sleep(every)
