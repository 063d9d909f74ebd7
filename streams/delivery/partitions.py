"""
The partitions of a stage: what comes, what goes, and what is under way in them.

The consumer says what it was given and what it has fetched, and asks what to commit; it is
`faust_driver/consumer.py`, through `faust_driver/hooks.py`. Before a partition goes, what merely
waits (its turn, a slot, the next try) is let go at once, and what works gets the grace time. Both
stay uncommitted and are done again by whoever has the partition next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Set
from math import inf
from time import monotonic

import structlog

from streams import metrics
from streams.delivery.deduplication import Deduplication
from streams.delivery.entry import Partition
from streams.delivery.position import Left, Position
from streams.delivery.waiting import Waiting
from streams.delivery.window import Window

IDLE_SECONDS = 2.0
"""Seconds of waiting after which a stage counts as not getting what was fetched for it."""


class Partitions:
    """The partitions that a stage has, and their messages that are under way."""

    def __init__(
        self,
        stage: str,
        window: Window,
        deduplication: Deduplication,
        waiting: Waiting,
        *,
        grace_seconds: float,
    ) -> None:
        """*grace_seconds*: what is in work gets, when its partition goes."""
        self.joined = False
        """Whether the stage has ever been given its part of the partitions."""
        self._log = structlog.get_logger().bind(stage=stage)
        self._lost = metrics.STAGE_LOST.labels(stage)
        self._window = window
        self._deduplication = deduplication
        self._waiting = waiting
        self._grace_seconds = grace_seconds
        self._tasks: dict[asyncio.Task[None], Partition] = {}
        self._idle_since = inf

    def under_way(self, task: asyncio.Task[None], partition: Partition) -> None:
        """Note that *task* carries a message of *partition*."""
        self._tasks[task] = partition
        task.add_done_callback(self._tasks.pop)

    def idle(self, *, ended: bool = False) -> None:
        """Note that the stage waits for a message, or that this has *ended*."""
        self._idle_since = inf if ended else monotonic()

    def assigned(
        self, partitions: Iterable[Partition], generation: int, left: Mapping[Partition, Left]
    ) -> None:
        """Take messages of *partitions* from now on; *left* is how others left the new ones."""
        self.joined = True
        partitions = list(partitions)
        self._window.assign(partitions, generation, left)
        self._deduplication.assigned(number for _, number in partitions)
        for (_, number), found in left.items():
            if found.suspect_before:
                self._log.warning(
                    "workers died here: taking messages alone",
                    partition=number,
                    offset=found.offset,
                    deaths=found.deaths,
                )

    def fetched(
        self,
        partition: Partition,
        offsets: Iterable[int],
        generation: int,
        published: Iterable[float | None] = (),
    ) -> None:
        """Expect the messages at *offsets*, which were *published* then, if that is known."""
        self._window.fetched(partition, offsets, generation, published)

    def went_back(self, starts: Mapping[Partition, int]) -> None:
        """Begin anew at *starts*, if that lies before what is done: the logs are others now."""
        for partition, offset in starts.items():
            if self._window.begin_anew(partition, offset):
                self._log.error(
                    "the log has lost its end, or is a new one: reading it from where it begins",
                    partition=partition[1],
                    offset=offset,
                )

    def full(self) -> Set[Partition]:
        """Return the partitions of which nothing more is to be fetched for now."""
        return self._window.full()

    def missed(self) -> Mapping[Partition, int]:
        """Return from where to read again what was fetched and never arrived."""
        idle = monotonic() - self._idle_since > IDLE_SECONDS
        return self._window.missed(all_outside=idle)

    def unread(self, partition: Partition, before: int) -> int:
        """Return how many offsets of *partition* before that one should have come and did not."""
        return self._window.unread(partition, before)

    def gone(self, partition: Partition, start: int) -> None:
        """Expect nothing before *start* any more, where the log begins."""
        if count := self._window.gone(partition, start):
            self._lost.inc(count)
            self._log.error(
                "the topic's retention took messages before they were read",
                partition=partition[1],
                messages=count,
            )

    async def settle(self, partitions: Set[Partition] | None = None) -> None:
        """
        Take nothing more of *partitions*, or at all.

        What waits is let go, and what works gets the grace time. What is of other partitions goes
        on.
        """
        self._window.close(partitions)
        if partitions is None:
            self._waiting.end()
            await self._deduplication.stop()
        tasks = [t for t, p in self._tasks.items() if partitions is None or p in partitions]
        self._waiting.let_go(tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=self._grace_seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._window.rest(partitions)

    def revoked(self, partitions: Iterable[Partition]) -> None:
        """Forget *partitions*; what of them was in flight is done again by their next owner."""
        self._window.revoke(partitions)

    def positions(self) -> Mapping[Partition, Position]:
        """Return what may be committed."""
        return self._window.positions()

    def committed(self, positions: Mapping[Partition, Position]) -> None:
        """Remember what the broker has."""
        self._window.committed(positions)
