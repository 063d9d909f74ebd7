"""
Producers and consumers that are made from `Settings`, and how they are read and closed.

What aiokafka raises becomes `Unavailable` or `ConfigurationError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from datetime import datetime
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from schemas.topics import MAX_DEAD_LETTER_BYTES
from streams.backends.kafka import admin, connection
from streams.backends.kafka.names import AnyTopic, group, topic
from streams.settings import Settings

Since = datetime | Literal["beginning", "end"]

CLOSE_SECONDS = 3.0
"""Time for a client to send what still waits and to close its connections."""
SILENT_SECONDS = 30.0
"""Kafka counts as away after so long without a message that is known to be there."""
_POLL_MS, _RECORDS = 100, 1_000
"""How long to wait for messages, and how many of them between two turns of the event loop."""


def producer(settings: Settings, **options: Any) -> AIOKafkaProducer:
    """
    Return a producer, not yet started, that confirms only what all in-sync replicas have.

    It partitions by murmur2 of the key, waits 5 ms for more to send along, and takes
    messages up to the dead letters' limit. *options* are aiokafka's and go first.
    """
    return AIOKafkaProducer(
        **{
            **connection.options(settings),
            "acks": "all",
            # aiokafka's idempotent producer never recovers from a message that the broker finds
            # too large: the next one of that partition is out of sequence, and so are all others
            # (aio-libs/aiokafka #1017 tells of the same after an outage).
            # Order is kept without it: there is one batch in flight a partition.
            "enable_idempotence": False,
            "linger_ms": 5,
            "compression_type": "lz4",
            "max_request_size": MAX_DEAD_LETTER_BYTES,
            **options,
        }
    )


async def follower(
    settings: Settings, followed: Sequence[AnyTopic], *, since: Since, **options: Any
) -> AIOKafkaConsumer:
    """
    Return a started consumer of all partitions of *followed*, without a group.

    It stands at the beginning, at the end, or at the first message that is not older than
    *since* (aware). The embedded broker cannot look times up: there a time means the
    beginning. Partitions that are added later are not seen. The caller ends it with `stop`.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic does not exist; it is not created by this.
    """
    found = await admin.count_partitions(settings, [topic(settings, t) for t in followed])
    if isinstance(since, datetime) and await admin.is_embedded(settings):
        since = "beginning"
    places = [TopicPartition(name, number) for name in found for number in range(found[name])]
    return await _reading(settings, places, lambda c: _place(c, places, since), **options)


async def _reading(
    settings: Settings,
    places: list[TopicPartition],
    stand: Callable[[AIOKafkaConsumer], Awaitable[None]],
    **options: Any,
) -> AIOKafkaConsumer:
    """Return a started consumer of *places*, where *stand* puts it. The caller ends it."""
    consumer = AIOKafkaConsumer(
        **{**connection.options(settings), "enable_auto_commit": False, "group_id": None, **options}
    )
    with connection.translated(settings):
        try:
            await connection.start(settings, consumer)
            consumer.assign(places)
            await stand(consumer)
        except BaseException:
            await stop(consumer)
            raise
    return consumer


async def _place(consumer: AIOKafkaConsumer, places: list[TopicPartition], since: Since) -> None:
    if since == "beginning":
        offsets = await consumer.beginning_offsets(places)
    else:
        offsets = await consumer.end_offsets(places)
    if isinstance(since, datetime):
        at = int(since.timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(places, at))
        offsets |= {place: there.offset for place, there in found.items() if there}
    for place, offset in offsets.items():
        consumer.seek(place, offset)


async def last_messages(
    settings: Settings, which: AnyTopic, after: Mapping[int, int], *, most: int
) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
    """
    Yield, in parts, the last messages of a topic, up to the end that there is now.

    Args:
        after: the partitions, and the offset before which nothing of each is wanted. What the
            topic does not have is passed over.
        most: offsets that are read of each partition at most.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic does not exist, or may not be read.
    """
    name = topic(settings, which)
    found = await admin.count_partitions(settings, [name])
    places = [TopicPartition(name, number) for number in after if number < found[name]]
    if not places:
        return
    consumer = await _reading(
        settings,
        places,
        lambda c: _place_before_the_end(c, places, after, most),
        auto_offset_reset="earliest",  # if what we want to read is gone meanwhile
    )
    try:
        with connection.translated(settings):
            async for records in read_to_end(consumer):
                yield records
    finally:
        await stop(consumer)


async def _place_before_the_end(
    consumer: AIOKafkaConsumer, places: list[TopicPartition], after: Mapping[int, int], most: int
) -> None:
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    for place in places:
        start = max(begins[place], ends[place] - most, after.get(place.partition, 0))
        consumer.seek(place, min(start, ends[place]))


async def has_passed(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Say whether *consumer* is past *ends*; markers of transactions count as read, too."""
    return all([await consumer.position(place) >= end for place, end in ends.items()])


async def read_to_end(
    consumer: AIOKafkaConsumer,
) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
    """
    Yield, in parts, what lies between where *consumer* stands and the end that there is now.

    Raises:
        TimeoutError: The broker has been silent for SILENT_SECONDS.
    """
    ends = await consumer.end_offsets(consumer.assignment())
    while not await has_passed(consumer, ends):
        for records in (await _some(consumer, ends)).values():
            yield records


async def _some(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]
) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
    """Return the next messages before *ends*, none if there are no more."""
    found: Mapping[TopicPartition, Sequence[ConsumerRecord]] = {}
    async with asyncio.timeout(SILENT_SECONDS):
        while not found and not await has_passed(consumer, ends):
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS)
    return found


async def lags(
    settings: Settings, which: AnyTopic, stage: str, every: float = 0.2
) -> AsyncGenerator[int, None]:
    """Yield, *every* so many seconds, how many messages the group of *stage* has not committed."""
    consumer = await follower(settings, [which], since="end", group_id=group(settings, stage))
    try:
        places = consumer.assignment()
        while True:
            with connection.translated(settings):
                ends = await consumer.end_offsets(places)
                done = [await consumer.committed(place) or 0 for place in places]
            yield sum(ends.values()) - sum(done)
            await asyncio.sleep(every)
    finally:
        await stop(consumer)


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Stop *consumer* and close its connections, also while Kafka is away."""
    await close(consumer.stop())
    # When `stop` fails or hangs, it leaves the connections open, and only the private client can
    # close them. It waits for aio-libs/aiokafka #1013.
    await close(consumer._client.close())


async def close(closing: Coroutine[Any, Any, None]) -> None:
    """
    Await *closing* for at most CLOSE_SECONDS. What it raises is let go.

    It is a task of its own: while Kafka is away, aiokafka 0.14's `stop` can raise the
    CancelledError of a fetch that it cancelled itself, which must not be taken for ours
    (aio-libs/aiokafka #647).
    """
    task = asyncio.create_task(closing)
    await asyncio.wait({task}, timeout=CLOSE_SECONDS)
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()  # looked at, or asyncio complains
