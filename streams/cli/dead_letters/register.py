"""
Reads `ticket-dead-letters`: which letters are there, which were replayed, and each one's content.

A register keeps what there is to know of letters without their values, so that a hundred
thousand of them fit into memory. Values are read one after the other, when they are wanted.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.dead_letters import (
    REPLAY_OF,
    Place,
    as_they_came,
    failure,
    is_mark,
    letter_id,
    marked,
)
from schemas.envelope import header
from schemas.topics import DEAD_LETTERS, READS, Topic
from streams.backends.kafka import clients, connection, names
from streams.settings import Settings
from streams.stage import Message

EPOCH = datetime.fromtimestamp(0, UTC)

_LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999."""
_FETCH_MS = 20
"""How long the broker may hold a fetch; the embedded one always holds it that long."""
_READ_THROUGH = 500
"""Messages between two wanted ones that are read rather than jumped over."""
_LONGEST_KEY = 256
"""Characters of a key that are kept; a ticket's id has no more."""
_ANSWER_SECONDS = 30.0
"""That a broker has to give a message which it says it has."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What there is to know of a dead letter without its value. What it does not say is None."""

    place: Place
    at: datetime
    key: str | None
    stage: str | None
    error_class: str | None
    reason: str | None
    attempts: int | None
    origin_topic: str | None
    origin: Place | None
    replay_of: str | None

    @property
    def id(self) -> str:
        """Its ID."""
        return letter_id(self.place)


@dataclass(frozen=True, slots=True)
class Mark:
    """That a letter was replayed: to which topic, and when, as the mark says it."""

    to: str | None
    at: str | None


@dataclass(frozen=True)
class Filter:
    """Which letters are wanted; by default all."""

    stages: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    replayed: bool | None = None

    def wants(self, letter: Letter) -> bool:
        """Return whether *letter* is wanted, replayed or not."""
        return (
            (not self.stages or letter.stage in self.stages)
            and (not self.classes or letter.error_class in self.classes)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
        )


class Register:
    """The wanted letters, in the order in which they lie, and which of them were replayed."""

    def __init__(self, consumer: AIOKafkaConsumer, wants: Callable[[Letter], bool]) -> None:
        """*consumer*: stands where reading is to begin."""
        self._consumer, self._wants = consumer, wants
        self.letters: dict[Place, Letter] = {}
        self.marks: dict[Place, Mark] = {}
        self.seen: Counter[tuple[str, str]] = Counter()
        """How many letters there are of each stage and class, wanted or not."""

    async def missing(self) -> int:
        """Return how many messages `catch_up` has to read."""
        places = self._consumer.assignment()
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
        behind: int = sum(ends.values()) - sum([await self._consumer.position(p) for p in places])
        return behind

    async def catch_up(self, read: Callable[[int], object] = lambda count: None) -> None:
        """
        Read to the end that the topic has now; *read* is told of each part how large it was.

        Raises:
            TimeoutError: The broker has gone silent.
        """
        async with aclosing(clients.read_to_end(self._consumer)) as parts:
            async for records in parts:
                for record in records:
                    self._enter(record)
                read(len(records))

    def chosen(self, replayed: bool | None) -> list[Letter]:
        """Return the wanted letters that were *replayed*, were not, or (None) all; oldest first."""
        letters = (
            letter
            for place, letter in self.letters.items()
            if replayed is None or replayed is (place in self.marks)
        )
        return sorted(letters, key=lambda letter: (letter.at, letter.place))

    def _enter(self, record: ConsumerRecord) -> None:
        if is_mark(record.headers):
            place = marked(record.headers)
            if place in self.letters:
                said = (header(record.headers, name) for name in ("replayed-to", "replayed-at"))
                self.marks[place] = Mark(*said)
            return
        letter = letter_of(record)
        self.seen[letter.stage or "", letter.error_class or ""] += 1
        if self._wants(letter):
            self.letters[letter.place] = letter


def letter_of(record: ConsumerRecord) -> Letter:
    """Return what *record* of the topic says of itself. It may say anything."""
    said = failure(record.headers)
    return Letter(
        place=(record.partition, record.offset),
        at=datetime.fromtimestamp(min(max(0, record.timestamp), _LATEST_MS) / 1000, UTC),
        key=_key(record.key),
        stage=_once(said.stage),
        error_class=_once(said.error_class),
        reason=said.reason,
        attempts=said.attempts,
        origin_topic=_once(said.origin_topic),
        origin=said.origin,
        replay_of=header(as_they_came(record.headers), REPLAY_OF),
    )


def _once(text: str | None) -> str | None:
    """Return *text*, which many letters have in common, as one object for all of them."""
    return sys.intern(text) if text else None


def _key(key: bytes | None) -> str | None:
    if key is None:
        return None
    text = key.decode("utf-8", "backslashreplace")
    return text if len(text) <= _LONGEST_KEY else text[:_LONGEST_KEY] + "…"


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
        since = max(since, EPOCH)  # Kafka takes what is before for another question
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
