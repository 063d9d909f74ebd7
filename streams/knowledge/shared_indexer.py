"""
Keeps a knowledge base that all processes share in step with `kb-articles`.

Each message of the topic is read by one member of a consumer group, which calls `put` and
`remove`, as `indexer.py` does. A partition's position is committed after the knowledge base has
confirmed everything before it, so a crash or a rebalance repeats and never skips. When
partitions are taken away, what is being written is finished first, so that it cannot land on
top of what the next owner writes.

With each position goes the edition of the knowledge base that it is true of. If another one is
there, because it was deleted or is one of a new form, everything is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas import Article
from streams.backends.kafka import clients
from streams.errors import Unavailable
from streams.knowledge.indexer import BATCH, POLL_MS, Indexer, latest_articles, partitions_of
from streams.off_loop import index_off_loop
from streams.ports import SharedKnowledge

TELL_SECONDS = 10.0
"""Seconds between two lines of the log that say how much is left, while articles are read."""
CHECK_SECONDS = 5.0
"""Seconds between two looks at whether the knowledge base answers and is still the same one."""

_log = structlog.get_logger(__name__)


class SharedIndexer(Indexer):
    """One of those that follow `kb-articles` together, for one knowledge base."""

    def __init__(
        self,
        kb: SharedKnowledge,
        connection: Mapping[str, Any],
        topic: str,
        group: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*group*: the full name of the consumer group."""
        super().__init__(kb, connection, topic, sleep=sleep)
        self._shared = kb
        self._group = group
        self._answers = False
        self._edition = ""
        self._writing = asyncio.Lock()
        self._begun: set[TopicPartition] = set()
        self._broken: Exception | None = None
        self._committed: dict[TopicPartition, tuple[int, str]] = {}

    @property
    def is_away(self) -> bool:
        """Say whether the knowledge base did not answer when it was last asked."""
        return not self._answers

    async def _follow(self) -> None:
        """Take part in the group for as long as Kafka and the knowledge base answer."""
        try:
            await self._check()
            await self._take_part()
        except Unavailable:
            self._answers = False
            raise

    async def _take_part(self) -> None:
        places = await partitions_of(self._connection, self._topic)
        async with self._admin() as admin, self._member(admin) as consumer:
            begins = await consumer.beginning_offsets(places)
            ends = await consumer.end_offsets(places)
            self._trouble = ""
            checked = monotonic()
            progress = _Progress()
            while True:
                if not self.is_caught_up:
                    done = begins | await self._positions(admin, places)
                    if left := sum(max(0, ends[place] - done[place]) for place in places):
                        progress.tell(left)
                    else:
                        self._caught_up.set()
                        _log.info("articles_read", seconds=progress.seconds)
                polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
                async with self._writing:
                    await self._take(consumer, polled)
                if monotonic() - checked > CHECK_SECONDS:
                    await self._check()
                    checked = monotonic()

    async def _take(self, consumer: AIOKafkaConsumer, polled: Mapping[Any, Any]) -> None:
        """Index what was *polled*, then commit. What was taken away meanwhile is left."""
        if self._broken:
            raise self._broken
        mine = self._begun & consumer.assignment()
        for place, records in polled.items():
            if place in mine:
                await self._index(records)
        done = {place: (await consumer.position(place), self._edition) for place in mine}
        moved = {place: to for place, to in done.items() if self._committed.get(place) != to}
        if moved:
            await consumer.commit(moved)
            self._committed |= moved

    async def _check(self) -> None:
        """Raise Unavailable if the knowledge base does not answer, or is another one."""
        edition = await self._shared.edition()
        await self._shared.ping()
        before, self._edition = self._edition, edition
        self._answers = True
        if before not in ("", edition):
            self._caught_up.clear()
            raise Unavailable("the knowledge base is a new one: all articles are read again")

    async def _positions(
        self, admin: AIOKafkaAdminClient, places: Collection[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """Return the positions of *places* that are committed for the present edition."""
        offsets = await admin.list_consumer_group_offsets(self._group, partitions=list(places))
        return {
            place: there.offset
            for place, there in offsets.items()
            if there.offset >= 0 and there.metadata == self._edition
        }

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._connection)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    @asynccontextmanager
    async def _member(self, admin: AIOKafkaAdminClient) -> AsyncIterator[AIOKafkaConsumer]:
        """Give a member of the group, which starts where the present edition ends."""
        self._begun = set()
        self._broken = None
        consumer = AIOKafkaConsumer(
            **self._connection,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        listener = _Rebalances(
            assigned=lambda places: self._begin(consumer, admin, places),
            revoked=self._end,
        )
        consumer.subscribe([self._topic], listener=listener)
        try:
            await consumer.start()
            yield consumer
        finally:
            await clients.stop(consumer)

    async def _begin(
        self,
        consumer: AIOKafkaConsumer,
        admin: AIOKafkaAdminClient,
        places: Collection[TopicPartition],
    ) -> None:
        """Have *places* read from where the present edition ends, else from their beginning."""
        try:
            done = await self._positions(admin, places)
        except Exception as error:  # aiokafka would log it, and read on from anywhere
            self._broken = error
            raise
        for place in places:
            consumer.seek(place, done.get(place, 0))
        self._committed = {}
        self._begun = set(places)

    async def _end(self, _: Collection[TopicPartition]) -> None:
        """Return when nothing is being written; nothing is, until partitions come again."""
        async with self._writing:
            self._begun = set()

    async def _index(self, records: Sequence[Any]) -> None:
        """Bring the knowledge base to the state after *records*, or raise Unavailable."""
        await self._apply(await index_off_loop(latest_articles, records))

    async def _known(self, doc_ids: Sequence[str]) -> Mapping[str, set[str]]:
        return await self._shared.tenants(doc_ids)

    def _applied(self, put: Sequence[Article], gone: Sequence[str]) -> None:
        """Remember nothing: others index, too, and the knowledge base knows."""


class _Progress:
    """Logs now and then how much of the topic is still to be read, and since when it is."""

    def __init__(self) -> None:
        self._begun = self._told = monotonic()

    @property
    def seconds(self) -> float:
        """Return for how long it has been read."""
        return round(monotonic() - self._begun, 1)

    def tell(self, left: int) -> None:
        """Log that so many messages are *left*, unless that was told a moment ago."""
        if monotonic() - self._told >= TELL_SECONDS:
            self._told = monotonic()
            _log.info("articles_being_read", messages_left=left, seconds=self.seconds)


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Tells when partitions come and go."""

    def __init__(
        self,
        assigned: Callable[[Collection[TopicPartition]], Awaitable[None]],
        revoked: Callable[[Collection[TopicPartition]], Awaitable[None]],
    ) -> None:
        self._assigned = assigned
        self._revoked = revoked

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        await self._assigned(assigned)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._revoked(revoked)
