"""How far a consumer group is behind, and what of that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.topics import Topic
from streams.backends.kafka import admin, names
from streams.backends.kafka.librdkafka import SECONDS, answers
from streams.delivery.position import Position, unfinished
from streams.settings import Settings


class Backlog:
    """What waits for one consumer group on the topic that it reads."""

    def __init__(
        self, settings: Settings, client: AdminClient, group: str, which: Topic[Any]
    ) -> None:
        """*group*: its full name."""
        self._settings, self._client = settings, client
        self._group, self._which = group, which

    async def count(self, partitions: Sequence[int]) -> tuple[int, int] | None:
        """
        Return how many messages are not committed, and how many of those are gone.

        None if that is not told.
        """
        name = names.topic(self._settings, self._which)
        places = [TopicPartition(name, number) for number in partitions]
        begins, ends, done = await asyncio.gather(
            answers(self._offsets(places, OffsetSpec.earliest())),
            answers(self._offsets(places, OffsetSpec.latest())),
            answers(
                self._client.list_consumer_group_offsets(
                    [ConsumerGroupTopicPartitions(self._group, places)], request_timeout=SECONDS
                )
            ),
        )
        (committed,) = done.values()
        if any(
            isinstance(one, KafkaError) for one in (*begins.values(), *ends.values(), committed)
        ):
            return None
        position = {p.partition: p.offset for p in committed.topic_partitions if p.offset >= 0}
        waiting, gone = 0, {}
        for place, end in ends.items():
            begin, at = begins[place].offset, position.get(place.partition)
            waiting += end.offset - max(begin, at or 0)
            if at is not None and at < begin:
                gone[place.partition] = range(at, begin)
        return waiting, await self._lost(gone) if gone else 0

    async def _lost(self, gone: Mapping[int, range]) -> int:
        """Return how many of the offsets *gone*, by partition, the group had not finished."""
        committed = await admin.committed(self._settings, self._group, self._which)
        notes = {number: committed[number].metadata for number in gone.keys() & committed.keys()}
        return sum(
            unfinished(offsets, Position.from_commit(offsets.start, notes.get(number, "")).finished)
            for number, offsets in gone.items()
        )

    def _offsets(self, places: list[TopicPartition], spec: OffsetSpec) -> dict[Any, Future[Any]]:
        found: dict[Any, Future[Any]] = self._client.list_offsets(
            dict.fromkeys(places, spec), request_timeout=SECONDS
        )
        return found
