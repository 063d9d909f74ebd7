"""
Faust's consumer, with the window's bookkeeping instead of its own.

* The window learns of every message when it is fetched, under the assignment that it belongs
  to, because Faust may drop messages between the fetch and the agent; those are read again,
  unless the log has lost them meanwhile.
* Commits say what our window says. Faust's own bookkeeping can commit past an event that
  is still in flight (faust-streaming #606), and a commit that fails crashes the app.
* Partitions are given back in order: stop taking, let the work in flight end, commit, and
  only then tell Faust, which would forget what is not committed. And only those that go:
  Faust's consumer is made a `group_member.Member`, which keeps the others over a rebalance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, TypeVar, cast

import structlog
from aiokafka.errors import KafkaError
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.services import WaitResults

from streams.delivery.position import Position
from streams.faust_driver.consumer_thread import REST_SECONDS, ConsumerThread
from streams.faust_driver.hooks import Delivery

log = structlog.get_logger()

Value = TypeVar("Value")


class Consumer(driver.Consumer):  # type: ignore[misc]  # faust is not typed
    """Faust's consumer, whose commits are our window's."""

    # Upstream: no issue is known: the thread's class is not a setting
    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_offset = _NothingRead()
        self._committing = asyncio.Lock()
        self._revoking = False

    @property
    def _delivery(self) -> Delivery:
        return cast(Delivery, self.app.delivery)

    # Upstream: no issue is known: messages may be dropped between the fetch and the agent
    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109  # faust's
        """
        Return what the thread fetched, after the window was told of it.

        What is full rests. aiokafka keeps what it has fetched of it, and fetches the others.
        """
        full = self._delivery.full()
        if full and active_partitions:
            active_partitions = {
                tp for tp in active_partitions if (tp.topic, tp.partition) not in full
            }
            if not active_partitions:  # which would stand for all of them
                await asyncio.sleep(REST_SECONDS)
                return {}
        generation, records = await self._thread.getmany(active_partitions, timeout)
        starts = {(tp.topic, tp.partition): at for tp, at in self._thread.went_back.items()}
        self._delivery.went_back(starts)
        await self._say_what_is_gone({tp: found[0].offset for tp, found in records.items()})
        for tp, found in records.items():
            offsets = [record.offset for record in found]
            published = [r.timestamp / 1000 if (r.timestamp or -1) > 0 else None for r in found]
            self._delivery.fetched((tp.topic, tp.partition), offsets, generation, published)
        return cast(RecordMap, records)

    # Upstream: faust-streaming/faust#606: commits past an event that is in flight
    async def force_commit(self, topics: object = None, start_new_transaction: bool = True) -> bool:
        """Commit what the window says, of the partitions that are still ours."""
        async with self._committing:  # an older position must not come after a newer one
            await self._read_again()
            ours = self.assignment()
            positions = {p: o for p, o in self._delivery.positions().items() if TP(*p) in ours}
            if not positions or not await self._commit({TP(*p): o for p, o in positions.items()}):
                return False
            self._delivery.committed(positions)
            return True

    # Upstream: no issue is known: a commit that the ending thread cancels is no end of the loop
    async def _commit(self, offsets: Mapping[TP, Position]) -> bool:
        """Commit *offsets*. False if that failed, or the thread ends."""
        return await _unless_ending(super()._commit(offsets), False)

    async def _read_again(self) -> None:
        """Go back to what was fetched and dropped on its way to the agent."""
        ours = self.assignment()
        missed = {TP(*p): offset for p, offset in self._delivery.missed().items() if TP(*p) in ours}
        if missed:
            log.info("reading again what was dropped", partitions=len(missed))
            for tp, start in (await self._starts(missed)).items():
                self._delivery.gone((tp.topic, tp.partition), start)
            await _unless_ending(self._thread.seek_wait(missed), None)

    async def _say_what_is_gone(self, reached: Mapping[TP, int]) -> None:
        """Have it said if retention took what was to come next. Transactions leave gaps, too."""
        jumped = {
            tp: at
            for tp, at in reached.items()
            if self._delivery.unread((tp.topic, tp.partition), at)
        }
        for tp, start in (await self._starts(jumped)).items():
            self._delivery.gone((tp.topic, tp.partition), min(start, jumped[TP(*tp)]))

    async def _starts(self, partitions: Iterable[TP]) -> Mapping[TP, int]:
        """Return where the logs begin; nothing if that is not to be had."""
        asked = tuple(partitions)
        try:
            return await _unless_ending(self._thread.earliest_offsets(*asked), {}) if asked else {}
        except (KafkaError, TimeoutError):
            return {}

    # Upstream: robinhood/faust#563: four tasks for each message
    async def wait_first(
        self,
        *waits: Any,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is mode's
    ) -> WaitResults:
        """
        Return when one of *waits* is over, as mode does, but try the first one by itself.

        Faust hands over each message so, and it nearly always goes at once; the four tasks
        that mode makes for it are the largest part of what a message costs.
        """
        if not all(map(asyncio.iscoroutine, waits)):
            return await super().wait_first(*waits, timeout=timeout)
        first, *others = waits
        task = asyncio.ensure_future(first)
        await asyncio.sleep(0)
        if not task.done() or self.should_stop:
            return await super().wait_first(task, *others, timeout=timeout)
        for other in others:
            other.close()
        return WaitResults([first], [task.result()], False)

    # Upstream: robinhood/faust#402: waits for ever
    async def wait_empty(self) -> None:
        """
        Let what is in flight end, and commit it. Faust's own would wait for ever.

        After an error Faust would stop nothing else, so the app keeps it for whoever asks.
        """
        if self._revoking:  # that has been seen to already
            return
        try:
            await self._delivery.settle()
            await self.force_commit()
        except Exception as error:
            self.app.drain_error = error

    async def let_go(self, partitions: set[TP]) -> None:
        """Return when nothing of *partitions* is in flight or uncommitted; all else goes on."""
        await self._delivery.settle({(tp.topic, tp.partition) for tp in partitions})
        await self.force_commit()

    # Upstream: faust-streaming/faust#502: revokes before it has committed
    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Give *revoked* back: nothing of them is in flight or uncommitted afterwards."""
        await self.let_go(revoked)
        self._delivery.revoked((tp.topic, tp.partition) for tp in revoked)
        self._revoking = True
        try:
            await super().on_partitions_revoked(revoked)
        finally:
            self._revoking = False

    # Upstream: no issue is known: takes messages before anybody was told of the assignment
    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take over what is new of *assigned*, and say so before anything of it is worked on."""
        ours = [(tp.topic, tp.partition) for tp in assigned]
        self._delivery.assigned(ours, generation_id, self._thread.left)
        await self.force_commit()
        await super().on_partitions_assigned(assigned, generation_id)

    # Upstream: no issue is known: closes from the wrong loop
    def close(self) -> None:
        """Do nothing: Faust would close, in the wrong loop, what the thread closes when it ends."""

    # Upstream: faust-streaming/faust#175: complains by bookkeeping of its own
    def verify_event_path(self, now: float, tp: TP) -> None:
        """Say nothing: Faust would judge by its own bookkeeping, which we do not use."""


async def _unless_ending(answer: Awaitable[Value], otherwise: Value) -> Value:
    """Return *answer*; *otherwise* if the thread that it is asked of ends, and so cancels it."""
    try:
        return await answer
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return otherwise


class _NothingRead(dict[TP, int | None]):
    """Faust's own memory of what it has read: always empty, because the window knows better."""

    # Upstream: no issue is known: what is read again counts as read
    def __getitem__(self, tp: TP) -> int | None:
        return None
