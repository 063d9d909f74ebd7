"""How far a consumer group is behind, and what of that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka.structs import OffsetAndMetadata
from confluent_kafka import KafkaError, TopicPartition
from confluent_kafka.admin import OffsetSpec

from schemas.topics import Topic
from streams.backends.kafka import admin, names
from streams.backends.kafka.librdkafka import SECONDS, ask
from streams.delivery.position import Position, unfinished
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings


class Backlog:
    """What waits for one consumer group on the topic that it reads."""

    def __init__(self, settings: Settings, group: str, which: Topic[Any]) -> None:
        """*group*: its full name."""
        self._settings, self._group, self._which = settings, group, which

    async def count(self, partitions: Sequence[int]) -> tuple[int, int] | None:
        """
        Return how many messages are not committed, and how many of those are gone.

        None if that is not told.
        """
        name = names.topic(self._settings, self._which)
        places = [TopicPartition(name, number) for number in partitions]
        begins, ends, committed = await asyncio.gather(
            self._offsets(places, OffsetSpec.earliest()),
            self._offsets(places, OffsetSpec.latest()),
            self._committed(partitions),
        )
        if committed is None or any(
            isinstance(one, KafkaError) for one in (*begins.values(), *ends.values())
        ):
            return None
        waiting = lost = 0
        for place, end in ends.items():
            begin, at = begins[place].offset, committed.get(place.partition)
            waiting += end.offset - max(begin, at.offset if at else 0)
            if at and at.offset < begin:
                finished = Position.from_commit(at.offset, at.metadata).finished
                lost += unfinished(range(at.offset, begin), finished)
        return waiting, lost

    async def _committed(self, partitions: Sequence[int]) -> dict[int, OffsetAndMetadata] | None:
        """Return what the group has committed of each partition, None if that is not told."""
        try:
            return await admin.committed(self._settings, self._group, self._which, partitions)
        except (ConfigurationError, Unavailable):
            return None

    async def _offsets(self, places: list[TopicPartition], spec: OffsetSpec) -> dict[Any, Any]:
        asked = dict.fromkeys(places, spec)
        return await ask(
            self._settings, lambda client: client.list_offsets(asked, request_timeout=SECONDS)
        )
