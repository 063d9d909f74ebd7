"""
What we change in Faust's private parts, and the only place where we touch them.

Each is for a fact of faust-streaming 0.15.3 and aiokafka 0.14.0. All versions
are pinned, and tests/faust_driver/test_app.py fails when one of these parts changes.

* The window learns of every message when it is fetched, under the assignment that it belongs
  to, because Faust may drop messages between the fetch and the agent; those are read again,
  unless the log has lost them meanwhile.
* Commits say what our window says. Faust's own bookkeeping can commit past an event that
  is still in flight (faust-streaming #606), and a commit that fails crashes the app. Their
  metadata, which Faust leaves empty, says which workers died over what.
* Partitions are given back in order: stop taking, let the work in flight end, commit, and
  only then tell Faust, which would forget what is not committed. And only those that go:
  Faust's consumer is made a `membership.Member`, which keeps the others over a rebalance.
* While the consumer's thread ends our loop goes on, which it may be waiting for. Who waits for
  the thread then is told that it ends, and a rebalance that comes meanwhile does not have its
  connections closed from our loop, after which it could not leave its group any more.
* A fetch waits some milliseconds for news instead of 1.5 s, which every stage would add.
* A result waits for others to be sent along with only while others come: a request for each
  costs a third of throughput, and waiting for nothing costs an idle system its speed.
* A static member whose id another process has taken ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from dataclasses import replace
from math import inf
from time import monotonic
from typing import Any, Protocol, TypeVar, cast

import structlog
from aiokafka.errors import KafkaError, OffsetMetadataTooLargeError
from aiokafka.structs import OffsetAndMetadata, RecordMetadata, TopicPartition
from faust import App
from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.exceptions import ProducerSendError
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.services import Service, WaitResults

from schemas.envelope import Headers
from streams.delivery.position import Left, Position
from streams.delivery.window import Partition
from streams.errors import ConfigurationError
from streams.faust_driver.assignor import Assignor
from streams.faust_driver.group_member import become_member

REST_SECONDS = 0.02
"""Between two looks whether an assignment is there to be fetched from."""
COMMIT_SECONDS = 10
"""After which a commit is given up for now, so that an outage does not hold up a rebalance."""

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Delivery(Protocol):
    """What the driver asks of `agents.Agent`."""

    def assigned(
        self, partitions: Iterable[Partition], generation: int, left: Mapping[Partition, Left]
    ) -> None:
        """Take messages of *partitions* from now on; *left* is how others have left them."""

    def fetched(self, partition: Partition, offsets: Iterable[int], generation: int) -> None:
        """Expect the messages at *offsets*."""

    def full(self) -> Set[Partition]:
        """Return the partitions of which nothing more is to be fetched for now."""

    def went_back(self, starts: Mapping[Partition, int]) -> None:
        """Begin anew at *starts*, if that lies before what is done: the logs are others now."""

    def missed(self) -> Mapping[Partition, int]:
        """Return from where to read again what was fetched and never arrived."""

    def unread(self, partition: Partition, before: int) -> int:
        """Return how many offsets of *partition* before that one should have come and did not."""

    def gone(self, partition: Partition, start: int) -> None:
        """Expect nothing before *start* any more, where the log begins."""

    async def settle(self, partitions: Set[Partition] | None = None) -> None:
        """Take nothing more of *partitions*, or at all; return when nothing is in flight."""

    def revoked(self, partitions: Iterable[Partition]) -> None:
        """Forget *partitions*."""

    def positions(self) -> Mapping[Partition, Position]:
        """Return what may be committed."""

    def committed(self, positions: Mapping[Partition, Position]) -> None:
        """Remember what the broker has."""


class Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is not typed
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
    """Where what was fetched last begins, where that lies before what came earlier."""
    _next: dict[TP, int]
    """The offset behind what was fetched last."""
    _ending = False
    """Nobody is answered any more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._asked: set[asyncio.Future[Any]] = set()
        super().__init__(*args, **options)

    async def on_start(self) -> None:
        """Start, as a member that goes on with its work in a rebalance."""
        self._next, self.went_back = {}, {}
        await super().on_start()
        coordinator = self._ensure_consumer()._coordinator
        become_member(coordinator, let_go=self._let_go, replaced=self._replaced)

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

    async def on_thread_stop(self) -> None:
        """End, and keep nobody waiting."""
        self.parent_loop.call_soon_threadsafe(self._answer_no_more)
        await super().on_thread_stop()

    def _answer_no_more(self) -> None:
        self._ending = True
        for answer in tuple(self._asked):
            answer.cancel()

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

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take over what is new of *assigned*: first the window, then the fetch."""
        self.left = await self._left_by_others(assigned - self._ours)
        self._ours = frozenset(assigned)
        await super().on_partitions_assigned(assigned, generation_id)
        self._known, self._generation = self._assignment(), generation_id
        self._next.clear()

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
        starts = {tp: found[0].offset for tp, found in records.items()}
        self.went_back = {tp: at for tp, at in starts.items() if at < self._next.get(tp, 0)}
        self._next |= {tp: found[-1].offset + 1 for tp, found in records.items()}
        return self._generation, records

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go on reading there."""
        for tp in partitions:
            self._next.pop(tp, None)
        await super().seek_wait(partitions)

    def _assignment(self) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription
        return subscription and subscription.assignment

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
                    found[TP(*tp)] = Position.read(committed.offset, committed.metadata)
                unclean = [tp for tp, at in found.items() if at.working or at.deaths]
                ends = await consumer.end_offsets(unclean) if unclean else {}
        except (KafkaError, TimeoutError) as error:
            log.warning("what others have left is not known", error=type(error).__name__)
            return {}
        return {
            (tp.topic, tp.partition): at.left(ends.get(tp, at.offset)) for tp, at in found.items()
        }

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
            log.warning("offsets not committed, will be tried again", error=type(error).__name__)
            return False
        return True


def _noted(offsets: Mapping[TP, Position]) -> dict[TopicPartition, OffsetAndMetadata]:
    return {
        TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(at.offset, at.metadata)
        for tp, at in offsets.items()
    }


class Consumer(driver.Consumer):  # type: ignore[misc]  # faust is not typed
    """Faust's consumer, whose commits are our window's."""

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_offset = _Unread()
        self._committing = asyncio.Lock()
        self._revoking = False

    @property
    def _delivery(self) -> Delivery:
        return cast(Delivery, self.app.delivery)

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
            self._delivery.fetched((tp.topic, tp.partition), offsets, generation)
        return cast(RecordMap, records)

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

    async def wait_empty(self) -> None:
        """Let what is in flight end, and commit it. Faust's own would wait for ever."""
        if not self._revoking:  # that has been seen to already
            await self._delivery.settle()
            await self.force_commit()

    async def let_go(self, partitions: set[TP]) -> None:
        """Return when nothing of *partitions* is in flight or uncommitted; all else goes on."""
        await self._delivery.settle({(tp.topic, tp.partition) for tp in partitions})
        await self.force_commit()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Give *revoked* back: nothing of them is in flight or uncommitted afterwards."""
        await self.let_go(revoked)
        self._delivery.revoked((tp.topic, tp.partition) for tp in revoked)
        self._revoking = True
        try:
            await super().on_partitions_revoked(revoked)
        finally:
            self._revoking = False

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take over what is new of *assigned*, and say so before anything of it is worked on."""
        ours = [(tp.topic, tp.partition) for tp in assigned]
        self._delivery.assigned(ours, generation_id, self._thread.left)
        await self.force_commit()
        await super().on_partitions_assigned(assigned, generation_id)

    def close(self) -> None:
        """Do nothing: Faust would close, in the wrong loop, what the thread closes when it ends."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Say nothing: Faust would judge by its own bookkeeping, which we do not use."""


async def _unless_ending(answer: Awaitable[Answer], otherwise: Answer) -> Answer:
    """Return *answer*; *otherwise* if the thread that it is asked of ends, and so cancels it."""
    try:
        return await answer
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return otherwise


class _Unread(dict[TP, int | None]):
    """Faust's own memory of what it has read: always empty, because the window knows better."""

    def __getitem__(self, tp: TP) -> int | None:
        return None


class Producer(driver.Producer):  # type: ignore[misc]  # faust is not typed
    """Faust's producer, which lets a result wait for others only while others come."""

    _sent = -inf

    async def send(self, *args: Any, **options: Any) -> Any:
        """Send at once what comes alone; collect for the linger time what comes close together."""
        linger, now = self.linger_ms / 1000, monotonic()
        batches = self._ensure_producer()._message_accumulator
        batches._linger_time = linger if now - self._sent < linger else 0.0
        self._sent = now
        return await super().send(*args, **options)


class Transport(driver.Transport):  # type: ignore[misc]  # faust is not typed
    """Faust's transport with our consumer and producer."""

    Consumer = Consumer
    Producer = Producer


class StageApp(App):  # type: ignore[misc]  # faust is not typed
    """A Faust app whose offsets are committed as its *delivery* says."""

    def __init__(self, *args: Any, delivery: Delivery, fetch_wait_ms: int, **options: Any) -> None:
        self.delivery = delivery
        self.fetch_wait_ms = fetch_wait_ms
        super().__init__(*args, **options)

    async def publish(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> RecordMetadata:
        """
        Publish a message and return where it lies when the broker has it.

        Raises:
            KafkaError: The broker did not confirm it. It may have it all the same.
        """
        try:
            there = await self.producer.send_and_wait(topic, key, value, None, None, headers)
        except ProducerSendError as error:
            raise (error.__cause__ or KafkaError()) from None
        return cast(RecordMetadata, there)

    async def committed(self, partition: Partition) -> bool:
        """Commit what the window says, and return whether the broker has it of *partition*."""
        await self.consumer.force_commit()
        return partition not in self.delivery.positions()

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Create none: they are for tables, which no stage has."""


def group_alive(app: StageApp) -> bool:
    """Return False if *app* was started and no longer takes part in its consumer group."""
    consumer = app.consumer._thread._consumer
    coordinator = getattr(consumer, "_coordinator", None)
    task = getattr(coordinator, "_coordination_task", None)
    return task is None or not task.done()


def credentials(connection: Mapping[str, Any]) -> Credentials | None:
    """Return aiokafka's *connection* options in Faust's form; None for plain text."""
    context = connection.get("ssl_context")
    if "sasl_mechanism" in connection:
        return SASLCredentials(
            username=connection["sasl_plain_username"],
            password=connection["sasl_plain_password"],
            mechanism=connection["sasl_mechanism"],
            ssl_context=context,
        )
    return SSLCredentials(context) if context else None
