"""Dead letters, and what they came from, where they lie on their topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.dead_letters import (
    Place,
    as_they_came,
    failure,
)
from schemas.topics import DEAD_LETTERS, READS, Topic
from streams.backends.kafka import clients, connection, names
from streams.settings import Settings
from streams.stage import Message

_EPOCH = datetime.fromtimestamp(0, UTC)
_FETCH_MS = 20
"""How long the broker may hold a fetch; the embedded one always holds it that long."""
_READ_THROUGH = 500
"""Messages between two wanted ones that are read rather than jumped over."""
_ANSWER_SECONDS = 30.0
"""Time for the broker to give a message that it says it has."""


@asynccontextmanager
async def reading(
    settings: Settings, start: clients.Since | Mapping[int, int]
) -> AsyncIterator[AIOKafkaConsumer]:
    """
    Yield a consumer of the dead letters that stands at *start*.

    Args:
        start: a time, or offsets by partition; at the end of all other partitions.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic does not exist.
    """
    since: clients.Since = "end" if isinstance(start, Mapping) else start
    if isinstance(since, datetime):
        since = max(since, _EPOCH)  # Kafka takes what is before for another question
    consumer = await clients.follower(
        settings,
        [DEAD_LETTERS],
        since=since,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_FETCH_MS,
    )
    try:
        with connection.translated(settings):
            if isinstance(start, Mapping):
                await _stand(consumer, start)
            yield consumer
    finally:
        await clients.stop(consumer)


async def _stand(consumer: AIOKafkaConsumer, offsets: Mapping[int, int]) -> None:
    """Put *consumer*, which stands at the end, at those of *offsets* that the topic has."""
    wanted = {p: offsets[p.partition] for p in consumer.assignment() if p.partition in offsets}
    begins = await consumer.beginning_offsets(list(wanted))
    ends = await consumer.end_offsets(list(wanted))
    for place, offset in wanted.items():
        consumer.seek(place, min(max(offset, begins[place]), ends[place]))


async def records(
    settings: Settings, places: Iterable[Place]
) -> AsyncGenerator[ConsumerRecord, None]:
    """
    Yield the letters at *places* with their values, partition by partition, in their order.

    Those that are not there any more are left out.

    Raises:
        Unavailable: Kafka does not answer.
    """
    for partition, group in groupby(sorted(places), itemgetter(0)):
        offsets = [offset for _, offset in group]
        async with reading(settings, {partition: offsets[0]}) as consumer:
            place = TopicPartition(names.topic(settings, DEAD_LETTERS), partition)
            if place in consumer.assignment():
                async with aclosing(_of_one_partition(consumer, place, offsets)) as found:
                    async for record in found:
                        yield record


async def _of_one_partition(
    consumer: AIOKafkaConsumer, place: TopicPartition, offsets: list[int]
) -> AsyncGenerator[ConsumerRecord, None]:
    begin = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    record = None
    for offset in offsets:
        if not begin <= offset < end or (record and record.offset > offset):
            continue
        if offset - await consumer.position(place) > _READ_THROUGH:
            consumer.seek(place, offset)
        while record is None or record.offset < offset:
            async with asyncio.timeout(_ANSWER_SECONDS):
                record = await consumer.getone(place)
        if record.offset == offset:
            yield record


async def original(settings: Settings, record: ConsumerRecord) -> Message | None:
    """
    Return the message that became the letter *record*, as it came to the stage.

    A value that did not fit into the letter is read from where it came from. None if it is not
    there any more.

    Raises:
        Unavailable: Kafka does not answer.
    """
    said = failure(record.headers)
    topic = said.origin_topic or ""
    if said.value_omitted is None:
        return Message(topic, record.key, record.value, as_they_came(record.headers))
    which = origin_of(settings, record)
    if which is None or said.origin is None:
        return None
    came = await _at(settings, which, said.origin)
    if came is None or len(came.value or b"") != said.value_omitted:
        return None
    if record.key is not None and came.key != record.key:  # of a topic that was made anew
        return None
    return Message(topic, came.key, came.value, list(came.headers))


def origin_of(settings: Settings, record: ConsumerRecord) -> Topic[Any] | None:
    """Return the topic that the letter came from, if a stage of this installation reads it."""
    ours = {names.topic(settings, topic): topic for topic in READS.values()}
    return ours.get(failure(record.headers).origin_topic or "")


async def _at(settings: Settings, which: Topic[Any], origin: Place) -> ConsumerRecord | None:
    """Return what lies on *which* at *origin*, or None."""
    place, offset = TopicPartition(names.topic(settings, which), origin[0]), origin[1]
    consumer = await clients.follower(
        settings, [which], since="end", auto_offset_reset="earliest", fetch_max_wait_ms=_FETCH_MS
    )
    try:
        with connection.translated(settings):
            if place not in consumer.assignment():
                return None
            begins = await consumer.beginning_offsets([place])
            ends = await consumer.end_offsets([place])
            if not begins[place] <= offset < ends[place]:
                return None
            consumer.seek(place, offset)
            async with asyncio.timeout(_ANSWER_SECONDS):
                record = await consumer.getone(place)
            return record if record.offset == offset else None
    finally:
        await clients.stop(consumer)
