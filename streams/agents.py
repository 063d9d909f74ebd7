"""
Stages as Faust agents: one app and one consumer group a stage.

Faust acks an event whose agent crashed on it, and can commit past an event that was
never acked (faust-streaming #606). So no exception may leave the loop, Faust's acks are
not used, and offsets are released in order by the window, once the broker has confirmed
what each message became:

    take a place -> pull a message -> its turn in its ticket's lane -> a slot to work in
    -> the stage, unless it is a repeat -> publish, until the broker confirms -> the window
    -> commit

What merely waits (its turn, a slot, the next try) is let go at once when partitions are
revoked or the worker ends; what works gets the grace time. Both stay uncommitted and are
done again by whoever owns the partition next.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Iterable,
    Mapping,
    Set,
)
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any

import structlog
from aiorwlock import RWLock

from schemas import Event, IncomingTicket
from schemas.dead_letters import REPLAY_OF
from schemas.envelope import RUN, fingerprint, header, result_id
from schemas.topics import INCOMING
from streams import metrics
from streams.backends.kafka import names
from streams.delivery.deduplication import Repeats
from streams.delivery.entry import Entry, Partition, weight
from streams.delivery.lanes import Lanes
from streams.delivery.position import SUSPICIOUS, Left, Position
from streams.delivery.publishing import Expired, Publishing
from streams.delivery.waiting import Waiting
from streams.delivery.window import Window
from streams.errors import TicketError, Unavailable, Unprocessable
from streams.faust_driver.app import stage_app
from streams.settings import Settings
from streams.stage import Message, Stage, ticket_of

MOST_AHEAD, REST_PAUSE = 250, 0.05
"""Messages, and seconds to wait before the next look. What is committed is known 0.5 s late."""
MOST_BYTES = 32_000_000
"""In the window together, however few messages that are: the largest input, in 64 slots, twice."""

IDLE_SECONDS = 2.0
"""After which a stage that waits for messages does not get any more those that were fetched."""


DEADLY_REMEMBERED = 100
"""Deadly messages whose copies become dead letters untried: the stages before make one a death."""


class Deadly(Unprocessable):
    """Workers die over the message."""


class Agent:
    """One stage at work: takes its messages from Kafka and carries each to its end."""

    def __init__(
        self,
        stage: Stage[Any, Any],
        settings: Settings,
        *,
        ready: Callable[[], Awaitable[None]] | None = None,
        company: RWLock | None = None,
    ) -> None:
        """
        Args:
            ready: returns when the stage can work; no message is taken before.
            company: shared by all stages of a process. Whoever works reads; whoever has to be
                alone, because workers died over such a message, writes.
        """
        self.ahead = 0
        """Messages that the stage after this one is behind, where this one must not run ahead."""
        self.stage = stage
        self.app = stage_app(stage.name, settings, self)
        self._settings = settings
        self._ready = ready
        self._log = structlog.get_logger().bind(stage=stage.name)
        self._taken = metrics.STAGE_IN.labels(stage.name)
        self._in_flight = metrics.STAGE_IN_FLIGHT.labels(stage.name)
        self._lost = metrics.STAGE_LOST.labels(stage.name)
        self._seconds = metrics.STAGE_SECONDS.labels(stage.name)
        self._company = company or RWLock(fast=True)
        self._window = Window(settings.window)
        self._repeats = Repeats(settings, stage.writes)
        self._lanes = Lanes()
        self._places = asyncio.Semaphore(settings.window)
        self._bytes = 0
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._tasks: dict[asyncio.Task[None], Partition] = {}
        self._waiting = Waiting()
        self._publishing = Publishing(stage.name, self.app, settings, self._waiting)
        self._deadly: deque[Hashable] = deque(maxlen=DEADLY_REMEMBERED)
        self._idle_since = inf
        self._faults = 0
        self.joined = False
        """Whether the stage has ever been given its part of the partitions."""
        topic = self.app.topic(
            names.topic(settings, stage.reads),
            key_type=bytes,
            key_serializer="raw",
            value_type=bytes,
            value_serializer="raw",
        )
        self.app.agent(topic, name=stage.name)(self._consume)

    # The loop

    async def _consume(self, stream: Any) -> None:
        if self._ready:
            await self._ready()
        await self._places.acquire()
        self._idle_since = monotonic()
        async for event in stream.noack().events():
            self._idle_since = inf
            await self._take(event.message)
            await self._places.acquire()
            while self._is_full():  # noqa: ASYNC110  # a look now and then will do
                await asyncio.sleep(REST_PAUSE)
            self._idle_since = monotonic()

    def _is_full(self) -> bool:
        return self.ahead > MOST_AHEAD or self._bytes >= MOST_BYTES

    async def _take(self, raw: Any) -> None:
        """Begin to carry a message. What comes behind a suspect one waits until it is read."""
        partition = raw.topic, raw.partition
        entry = self._window.enter(partition, raw.offset, raw.generation_id)
        if entry is None:
            self._places.release()
            return
        entry.read = asyncio.Event() if entry.suspect else None
        entry.size = weight(raw.value or b"")
        self._bytes += entry.size
        message = Message(raw.topic, raw.key, raw.value, list(raw.headers or ()))
        task = asyncio.create_task(self._carry(message, entry, raw.timestamp))
        self._tasks[task] = partition
        task.add_done_callback(self._tasks.pop)
        if entry.read:
            await entry.read.wait()

    async def _carry(self, message: Message, entry: Entry, timestamp: float | None) -> None:
        """Take one message to its end. Never raises; finishes nothing that is unconfirmed."""
        self._taken.inc()
        outcome = "released"
        try:
            with self._in_flight.track_inprogress():
                outcome = await self._outcome(message, entry, timestamp)
            self._window.finish(entry)
        except asyncio.CancelledError:
            self._log.debug("released", partition=entry.partition[1], offset=entry.offset)
        except Exception as error:
            # Not the stage's: those became dead letters. Left uncommitted, it would hold up
            # its partition for ever, so the worker ends, and the next one does it again.
            await self.app.crash(error)
        finally:
            metrics.STAGE_OUT.labels(self.stage.name, outcome).inc()
            self._window.leave(entry)
            if not entry.aside:
                self._give_up_place(entry)
            if entry.read:
                entry.read.set()

    def _give_up_place(self, entry: Entry) -> None:
        self._bytes -= entry.size
        self._places.release()

    async def _outcome(self, message: Message, entry: Entry, timestamp: float | None) -> str:
        """Return what became of *message*, once the broker has confirmed it."""
        if message.value is None:
            return "skipped"
        if entry.deadly:
            self._deadly.append(self._sameness(message))
        if self._deadly and self._sameness(message) in self._deadly:
            error = Deadly("two workers died over it that had nothing else in hand")
            await self._publishing.dead_letter(message, entry, error, SUSPICIOUS + 2)
            return "dead_letter"
        for attempt in itertools.count(1):
            try:
                event = await self._decoded(message, entry)
                break
            except Unprocessable as error:
                if await self._gave_up(message, entry, error, attempt):
                    return "dead_letter"
        ticket = ticket_of(event)
        lane = ticket.tenant, ticket.ticket_id
        if self._lanes.is_taken(lane) and not entry.suspect:  # those hold up what may kill next
            self._window.stand_aside(entry)
            self._give_up_place(entry)
        async with self._turn(lane):
            with self._waiting.here():
                await self._repeats.read()
            return await self._work(message, entry, event, timestamp)

    def _sameness(self, message: Message) -> Hashable:
        """
        Return what is equal in copies of *message*, whose contents were not looked at yet.

        What stages made of the same input has the same id. What others publish is the same
        only if all of it is; who replays it has mended something.
        """
        event_id, replay = (header(message.headers, name) for name in ("ce_id", REPLAY_OF))
        if event_id and self.stage.reads is not INCOMING:
            return event_id, replay
        said = (header(message.headers, name) for name in ("ce_source", RUN))
        return message.key, message.value, event_id, *said, replay

    def _refuse_expired(self, timestamp: float | None) -> None:
        limit = self._settings.max_ticket_age_hours
        if limit is None or self.stage.reads is not INCOMING:
            return
        if timestamp is None or timestamp < 0:  # -1 ms is Kafka's way to say that there is none
            return
        if datetime.now(UTC).timestamp() - timestamp > limit * 3600:
            raise Expired(f"older than {limit:g} hours")

    async def _work(
        self, message: Message, entry: Entry, event: Event, timestamp: float | None
    ) -> str:
        """Run the stage on *event* until something can be published, and publish it."""
        ticket = ticket_of(event)
        log = self._log.bind(ticket_id=ticket.ticket_id)
        for attempt in itertools.count(1):
            try:
                identity = self.stage.identity(event, message)
                made = result_id(self.stage.writes, ticket, identity, message.headers)
                made_of = fingerprint(event) if isinstance(event, IncomingTicket) else None
                if self._repeats.has(made, message.headers, timestamp):
                    if self._repeats.is_of_another(made, made_of):
                        log.warning("passed over: another message had this id", event_id=made)
                    else:
                        log.debug("a repeat", event_id=made)
                    return "repeat"
                if attempt == 1:
                    self._refuse_expired(timestamp)
                async with self._apart(entry):
                    answer = await self._answer(message, event, identity)
                there = await self._publishing.publish(self.stage.writes, answer)
            except (Unavailable, TimeoutError) as error:
                log.warning("held", error=type(error).__name__, attempt=attempt)
                await self._hold(error, attempt)
            except Exception as error:
                if await self._gave_up(message, entry, error, attempt):
                    return "dead_letter"
            else:
                self._faults = 0
                self._repeats.add(made, there.partition, there.offset, made_of=made_of)
                log.debug("done", event_id=made)
                return "done"
        raise AssertionError("the tries do not end by themselves")

    async def _answer(self, message: Message, event: Event, identity: str) -> Message:
        with self._seconds.time():
            async with asyncio.timeout(self._settings.stage_seconds):
                made = await self.stage.run(event)
            return self.stage.encode(made, event, message, identity)

    async def _decoded(self, message: Message, entry: Entry) -> Event:
        """Return the event in *message*. Messages are read in the order in which they came."""
        event: Event
        if entry.read is None:
            event = self.stage.decode(message)
            return event
        async with self._apart(entry):
            event = self.stage.decode(message)
        entry.read.set()
        return event

    @asynccontextmanager
    async def _apart(self, entry: Entry) -> AsyncIterator[None]:
        """Try a message beside others; alone, and with a note of that, if it is suspect."""
        if not entry.suspect:
            with self._waiting.here():
                await self._company.reader.acquire()
            try:
                yield
            finally:
                self._company.reader.release()
            return
        with self._waiting.here():
            await self._company.writer.acquire()
        try:
            await self._note(entry)
            yield
        finally:
            try:
                await self._note(entry, ended=True)
            finally:
                self._company.writer.release()

    async def _note(self, entry: Entry, *, ended: bool = False) -> None:
        """Return when the broker knows that *entry* is worked on alone, or that it is not."""
        self._window.alone(entry, ended=ended)
        for attempt in itertools.count(1):
            if self._waiting.over or await self.app.committed(entry.partition):
                return
            await self._waiting.pause(attempt)

    async def _gave_up(
        self, message: Message, entry: Entry, error: Exception, attempt: int
    ) -> bool:
        """
        Make *message* a dead letter and return True; or wait, and return False.

        A stage waits that would make dead letters of everything, because the fault is its own
        (cf. DlqLimit in getsentry/arroyo): a person mends it, and nothing has to be replayed.
        """
        if self._is_our_fault(error):
            if self._faults >= self._settings.fault_limit:
                self._log.error(
                    "the stage fails at everything, and waits", error=type(error).__name__
                )
                await self._hold(error, attempt)
                return False
            self._faults += 1
        await self._publishing.dead_letter(message, entry, error, attempt)
        return True

    def _is_our_fault(self, error: Exception) -> bool:
        """Return whether a stage is at fault: what comes from outside may be anything."""
        if isinstance(error, Unprocessable):
            return self.stage.reads is not INCOMING
        return not isinstance(error, TicketError)

    @property
    def trouble(self) -> str | None:
        """What the stage waits for, or None if it does not."""
        if self._faults >= self._settings.fault_limit:
            return f"waits: {self._faults} messages in a row failed by its own fault"
        return None

    # Waiting, and letting go

    @asynccontextmanager
    async def _turn(self, ticket: tuple[str, str]) -> AsyncIterator[None]:
        """Wait for the ticket's turn and a slot to work in; hold both."""
        async with AsyncExitStack() as held:
            with self._waiting.here():
                await held.enter_async_context(self._lanes.turn(ticket))
                await held.enter_async_context(self._slots)
            yield

    async def _hold(self, error: Exception, attempt: int) -> None:
        """Keep a message, and wait before the next try."""
        asked = getattr(error, "retry_after", None) or 0.0
        with metrics.STAGE_HELD.labels(self.stage.name, type(error).__name__).track_inprogress():
            await self._waiting.pause(attempt, asked)

    # What the driver asks: see faust_driver.Delivery

    def assigned(
        self, partitions: Iterable[Partition], generation: int, left: Mapping[Partition, Left]
    ) -> None:
        """Take messages of *partitions* from now on; *left* is how others left the new ones."""
        self.joined = True
        partitions = list(partitions)
        self._window.assign(partitions, generation, left)
        self._repeats.assigned(number for _, number in partitions)
        for (_, number), found in left.items():
            if found.suspect_before:
                self._log.warning(
                    "workers died here: taking messages alone",
                    partition=number,
                    offset=found.offset,
                    deaths=found.deaths,
                )

    def fetched(self, partition: Partition, offsets: Iterable[int], generation: int) -> None:
        """Expect the messages at *offsets*."""
        self._window.fetched(partition, offsets, generation)

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
            await self._repeats.stop()
        tasks = [t for t, p in self._tasks.items() if partitions is None or p in partitions]
        self._waiting.let_go(tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=self._settings.grace_seconds)
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
