"""
Which dead letters are there, and which of them were replayed.

A register keeps what there is to know of letters without their values, so that a hundred
thousand of them fit into memory. `letter_reader` reads a value when it is wanted.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

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
from streams.backends.kafka import clients

_LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999."""
_LONGEST_KEY = 256
"""Characters of a key that are kept; a ticket's id has no more."""


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
    """A letter's replay: to which topic and when, as its mark says."""

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
