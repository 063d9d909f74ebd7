"""
The thread in which aiokafka's consumer lives: it fetches, commits, and stays in its group.

* A fetch waits some milliseconds for news instead of 1.5 s, which every stage would add.
* A commit that fails is no crash, and its metadata, which Faust leaves empty, says which workers
  died over what.
* While the thread ends our loop goes on, which it may be waiting for. Who waits for the thread
  then is told that it ends, and a rebalance that comes meanwhile does not have its connections
  closed from our loop, after which it could not leave its group any more.
* A static member whose id another process has taken ends.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from aiokafka.errors import KafkaError, OffsetMetadataTooLargeError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.services import Service

from streams.delivery.entry import Partition
from streams.delivery.position import Left, Position
from streams.errors import ConfigurationError
from streams.faust_driver.assignor import Assignor
from streams.faust_driver.group_member import become_member

REST_SECONDS = 0.02
"""Seconds between two looks at whether there is an assignment to fetch from."""
COMMIT_SECONDS = 10
"""
Seconds after which a commit is given up for now, so that an outage does not hold up a rebalance.
"""

QUIET_SECONDS = 30.0
"""Seconds from one warning of a failed commit to the next of the same error."""

log = structlog.get_logger()


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is not typed
    """
    The consumer's thread, with a short fetch, and commits that may fail.

    Nothing is fetched but under an assignment that the window has been told of. aiokafka makes
    a new assignment object for each rebalance, so that is told by the object.
    """

    _known: Any = None
    _generation = -1
    _ours: frozenset[TP] = frozenset()
    left: Mapping[Partition, Left] = {}
    """How the workers before us have left the partitions that have become ours."""
    went_back: Mapping[TP, int]
    """The offset at which the last fetch begins, if it lies before what came earlier."""
    _next: dict[TP, int]
    """The offset behind what was fetched last."""
    _seeking = 0
    """How many go back to what is committed: nothing is known of what comes next."""
    _ending = False
    """Nobody is answered any more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._asked: set[asyncio.Future[Any]] = set()
        self._uncommitted = _Warnings("offsets not committed, will be tried again")
        super().__init__(*args, **options)

    # Upstream: aio-libs/aiokafka#1126: the member is made a cooperative one
    async def on_start(self) -> None:
        """Start, as a member that goes on with its work in a rebalance."""
        self._next, self.went_back = {}, {}
        await super().on_start()
        coordinator = self._ensure_consumer()._coordinator
        become_member(coordinator, let_go=self._let_go, replaced=self._replaced)

    # Upstream: no issue is known: an ending thread answers nobody
    async def call_thread(self, fun: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """
        Return what *fun* returns when the thread calls it.

        A thread that ends cancels what it was asked. mode's answers nobody any more, and who
        asked would wait for ever.
        """
        answer = self.parent_loop.create_future()
        if self._ending:
            answer.cancel()
        else:
            self._asked.add(answer)
            answer.add_done_callback(self._asked.discard)
            await self.method_queue.call(answer, fun, *args, **options)
        return await answer

    # Upstream: no issue is known: an ending thread answers nobody
    async def on_thread_stop(self) -> None:
        """End, and keep nobody waiting."""
        self.parent_loop.call_soon_threadsafe(self._answer_no_more)
        await super().on_thread_stop()

    def _answer_no_more(self) -> None:
        self._ending = True
        for answer in tuple(self._asked):
            answer.cancel()

    # Upstream: no issue is known: blocks the loop while it waits for the thread
    async def stop(self) -> None:
        """
        Stop, and let our own loop go on until the thread has ended.

        mode blocks the loop meanwhile, while the thread may wait for it to give partitions back:
        neither would ever end.
        """
        if self._started.is_set():
            await Service.stop(self)
            if self._thread is not None:
                await asyncio.to_thread(self._thread.stop)

    def _replaced(self) -> None:
        """End the app: another process has our id, and what was ours."""
        error = ConfigurationError(
            f"another process has come with the instance_id"
            f" {self.app.conf.consumer_group_instance_id}: each worker needs one of its own"
        )
        asyncio.run_coroutine_threadsafe(self.app.crash(error), self.app.loop)

    # Upstream: no issue is known: says nothing of how partitions were left
    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take over what is new of *assigned*: first the window, then the fetch."""
        self.left = await self._left_by_others(assigned - self._ours)
        self._ours = frozenset(assigned)
        await super().on_partitions_assigned(assigned, generation_id)
        self._known, self._generation = self._assignment(), generation_id
        self._next.clear()

    # Upstream: no issue is known: fetches on while partitions go
    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Fetch no more, then give *revoked* back."""
        self._known = None
        self._ours -= revoked
        await super().on_partitions_revoked(revoked)

    async def _let_go(self, partitions: Iterable[TopicPartition]) -> None:
        """Return when the main loop has nothing of *partitions* in flight or uncommitted."""
        tps = {TP(*tp) for tp in partitions}
        await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self.consumer.let_go(tps), self.app.loop)
        )

    # Upstream: no issue is known: returns what was fetched in the middle of a rebalance
    async def _fetch_records(self, *args: Any, **options: Any) -> tuple[int, RecordMap]:
        """Return what was fetched, and the generation that it belongs to."""
        self.went_back = {}
        if self._known is None:
            await asyncio.sleep(REST_SECONDS)
            return self._generation, {}
        records = await super()._fetch_records(*args, **options)
        if self._known is not self._assignment():  # fetched in the middle of a rebalance
            for tp, found in records.items():
                self._ensure_consumer().seek(tp, found[0].offset)
            return self._generation, {}
        if self._seeking:
            return self._generation, records
        starts = {tp: found[0].offset for tp, found in records.items()}
        self.went_back = {tp: at for tp, at in starts.items() if at < self._next.get(tp, 0)}
        self._next |= {tp: found[-1].offset + 1 for tp, found in records.items()}
        return self._generation, records

    # Upstream: no issue is known: a log that went back is told by the offsets that come
    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go on reading there."""
        for tp in partitions:
            self._next.pop(tp, None)
        await super().seek_wait(partitions)

    # Upstream: no issue is known: a log that went back is told by the offsets that come
    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go on reading where the group has committed, as Faust does after a rebalance."""
        found: Mapping[TP, int] = await self.call_thread(self._seek_to_committed)
        return found

    async def _seek_to_committed(self) -> Mapping[TP, int]:
        self._seeking += 1
        try:
            found: Mapping[TP, int] = await self._ensure_consumer().seek_to_committed()
        finally:
            self._seeking -= 1
            self._next.clear()
        return found

    def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offsets behind the last messages of *partitions* that the broker told."""
        assignment = self._assignment()
        if assignment is None:
            return {}
        states = {p: assignment.state_value(TopicPartition(*p)) for p in partitions}
        return {
            partition: state.highwater
            for partition, state in states.items()
            if state is not None and state.highwater is not None
        }

    def _assignment(self) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription
        return subscription and subscription.assignment

    # Upstream: no issue is known: the fetch wait of 1.5 s and the assignor are not settings
    def _create_consumer(self, loop: asyncio.AbstractEventLoop) -> Any:
        consumer = super()._create_consumer(loop)
        consumer._fetch_max_wait_ms = self.app.fetch_wait_ms
        consumer._partition_assignment_strategy = [Assignor()]
        return consumer

    async def _left_by_others(self, assigned: set[TP]) -> dict[Partition, Left]:
        """Return how *assigned* were left; none of them if the broker does not say it in time."""
        consumer = self._ensure_consumer()
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                said = await consumer._coordinator.fetch_committed_offsets(assigned)
                new = assigned - said.keys()
                starts = await consumer.beginning_offsets(new) if new else {}
                found = {TP(*tp): Position(offset) for tp, offset in starts.items()}
                for tp, committed in said.items():
                    found[TP(*tp)] = Position.from_commit(committed.offset, committed.metadata)
                unclean = [tp for tp, at in found.items() if at.working or at.deaths]
                ends = await consumer.end_offsets(unclean) if unclean else {}
        except (KafkaError, TimeoutError) as error:
            log.warning("what others have left is not known", error=type(error).__name__)
            return {}
        return {
            (tp.topic, tp.partition): at.as_left(ends.get(tp, at.offset))
            for tp, at in found.items()
        }

    # Upstream: faust-streaming/faust#94: a commit that fails crashes the app
    async def _commit(self, offsets: Mapping[TP, Position]) -> bool:
        """Commit *offsets*. False if the broker did not take them: they come again later."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                try:
                    await self._ensure_consumer().commit(_noted(offsets))
                except OffsetMetadataTooLargeError:  # offset.metadata.max.bytes is not Kafka's own
                    short = {tp: replace(position, finished=()) for tp, position in offsets.items()}
                    await self._ensure_consumer().commit(_noted(short))
        except (KafkaError, TimeoutError) as error:
            self._uncommitted.warn(type(error).__name__)
            return False
        return True


class _Warnings:
    """What is logged again only after a while, though it may happen twice a second."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._quiet_until: dict[str, float] = {}
        self._passed_over = Counter[str]()

    def warn(self, error: str) -> None:
        """Log *error*, with how often it was passed over, unless it was logged lately."""
        now = time.monotonic()
        if now < self._quiet_until.get(error, 0.0):
            self._passed_over[error] += 1
            return
        self._quiet_until[error] = now + QUIET_SECONDS
        log.warning(self._event, error=error, passed_over=self._passed_over.pop(error, 0))


def _noted(offsets: Mapping[TP, Position]) -> dict[TopicPartition, OffsetAndMetadata]:
    return {
        TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(at.offset, at.metadata)
        for tp, at in offsets.items()
    }
