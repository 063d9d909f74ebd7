"""
Stages as Faust agents: one app and one consumer group a stage.

Faust acks an event whose agent crashed on it, and can commit past an event that was
never acked (faust-streaming #606). So no exception may leave the loop, Faust's acks are
not used, and offsets are released in order by the window, once the broker has confirmed
what each message became:

    take a place -> pull a message -> its turn in its ticket's lane, after a mail loop's wait
    -> a slot to work in
    -> the stage, unless it is a repeat -> publish, until the broker confirms -> the window
    -> commit

What merely waits (its turn, a slot, the next try) is let go at once when partitions are
revoked or the worker ends; what works gets the grace time. Both stay uncommitted and are
done again by whoever owns the partition next.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from time import perf_counter
from typing import Any

import structlog
from aiorwlock import RWLock

from schemas import Event, IncomingTicket
from schemas.envelope import TENANT, Headers, header, input_time, result_id, ticket_hash
from schemas.ticket import DEFAULT_TENANT
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import names
from streams.delivery.backlog import BACKLOGS, BacklogReader
from streams.delivery.deduplication import Deduplication
from streams.delivery.entry import Entry, Lane, weight
from streams.delivery.expiry import refuse_expired
from streams.delivery.fault_limit import FaultLimit
from streams.delivery.lanes import Lanes
from streams.delivery.linger import Linger
from streams.delivery.loops import Loops, MailLoop
from streams.delivery.partitions import Partitions
from streams.delivery.position import SUSPICIOUS
from streams.delivery.publishing import Publishing
from streams.delivery.quarantine import Deadly, Quarantine
from streams.delivery.result_times import begin_results, observe_times
from streams.delivery.room import Room
from streams.delivery.stage_figures import StageFigures
from streams.delivery.stage_spans import OUTCOME, STAGE, StageSpans
from streams.delivery.waiting import Waiting
from streams.delivery.window import Window
from streams.errors import Unavailable, Unprocessable
from streams.faust_driver.app import stage_app
from streams.settings import Settings
from streams.stage import Message, Stage, ticket_of


class Agent:
    """One stage at work: takes its messages from Kafka and carries each to its end."""

    def __init__(
        self,
        stage: Stage[Any, Any],
        settings: Settings,
        *,
        company: RWLock | None = None,
    ) -> None:
        """
        Args:
            company: shared by all stages of a process. Whoever works reads; whoever has to be
                alone, because workers died over such a message, writes.
        """
        self.stage = stage
        self._settings = settings
        self._log = structlog.get_logger().bind(stage=stage.name)
        self.figures = _figures(stage, settings)
        self._spans = StageSpans(stage.name, names.group(settings, stage.name))
        self._window = Window(settings.window)
        self._loops = _loops(stage, settings)
        self._deduplication = Deduplication(settings, stage.writes, self._went_before)
        self._waiting = Waiting()
        self.partitions = Partitions(
            stage.name,
            self._window,
            self._deduplication,
            self._waiting,
            grace_seconds=settings.grace_seconds,
        )
        self.room = Room(settings.window)
        self.app = stage_app(stage.name, settings, self.partitions)
        BACKLOGS.follow(stage.name, BacklogReader(self._window, self.app.ends))
        self._linger = _linger(settings, self._window)
        send = self.app.publish
        self._publishing = Publishing(stage.name, send, settings, self._waiting, self._linger)
        company = company or RWLock(fast=True)
        self._quarantine = Quarantine(
            stage.reads, self._window, self._waiting, company, self.app.commit_of
        )
        self._faults = FaultLimit(settings.fault_limit, stage.reads)
        self._lanes = Lanes()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._subscribe()

    # The loop

    def _subscribe(self) -> None:
        """Have Faust run the loop over the messages that the stage reads, as they came."""
        topic = self.app.topic(
            names.topic(self._settings, self.stage.reads),
            key_type=bytes,
            key_serializer="raw",
            value_type=bytes,
            value_serializer="raw",
        )
        self.app.agent(topic, name=self.stage.name)(self._consume)

    async def _consume(self, stream: Any) -> None:
        await self.room.take_place()
        self.partitions.idle()
        async for event in stream.noack().events():
            self.partitions.idle(ended=True)
            await self._take(event.message)
            await self.room.take_place()
            await self.room.is_left()
            self.partitions.idle()

    async def _take(self, raw: Any) -> None:
        """Begin to carry a message. What comes behind a suspect one waits until it is read."""
        partition = raw.topic, raw.partition
        entry = self._window.enter(partition, raw.offset, raw.generation_id)
        if entry is None:
            self.room.give_up_place()
            return
        entry.decoded = asyncio.Event() if entry.suspect else None
        entry.size = weight(raw.value or b"")
        self.room.fill(entry)
        message = Message(raw.topic, raw.key, raw.value, list(raw.headers or ()))
        task = asyncio.create_task(self._carry(message, entry, raw.timestamp))
        self.partitions.under_way(task, partition)
        self._linger.expect(entry)
        if entry.decoded:
            await entry.decoded.wait()

    async def _carry(self, message: Message, entry: Entry, timestamp: float | None) -> None:
        """Take one message to its end. Never raises; finishes nothing that is unconfirmed."""
        self.figures.taken.inc()
        outcome = "released"
        try:
            with self.figures.in_flight.track_inprogress():
                outcome = await self._traced(message, entry, timestamp)
            self._window.finish(entry)
        except asyncio.CancelledError:
            self._log.debug("released", partition=entry.partition[1], offset=entry.offset)
        except Exception as error:
            # Not the stage's: those became dead letters. Left uncommitted, it would hold up
            # its partition for ever, so the worker ends, and the next one does it again.
            await self.app.crash(error)
        finally:
            self.figures.ended(outcome)
            self._linger.expect_no_more(entry)
            self._window.leave(entry)
            if not entry.aside:
                self.room.give_up(entry)
            if entry.decoded:
                entry.decoded.set()

    async def _traced(self, message: Message, entry: Entry, timestamp: float | None) -> str:
        """Return what became of *message*, and show it as a span."""
        with self._spans.carrying(message, entry) as span:
            span.set(STAGE, self.stage.name)
            span.set(OUTCOME, "released")
            outcome = await self._outcome(message, entry, timestamp)
            span.set(OUTCOME, outcome)
            return outcome

    async def _outcome(self, message: Message, entry: Entry, timestamp: float | None) -> str:
        """Return what became of *message*, once the broker has confirmed it."""
        if message.value is None:
            return "skipped"
        try:
            self._quarantine.refuse_deadly(message, entry)
        except Deadly as error:
            return await self._dead_letter(message, entry, error, SUSPICIOUS + 2)
        for attempt in itertools.count(1):
            try:
                event = await self._decoded(message, entry)
                break
            except Unprocessable as error:
                if await self._gave_up(message, entry, error, attempt):
                    return "dead_letter"
        self._spans.decoded(event)
        ticket = ticket_of(event)
        lane = entry.lane = ticket.tenant, ticket.ticket_id
        if self._lanes.is_taken(lane):
            self._stand_aside(entry)
        async with AsyncExitStack() as turn:
            try:
                with self._waiting.here():
                    await turn.enter_async_context(self._lanes.turn(lane))
                    await self._deduplication.caught_up()
                    if self._is_of_loop(message, event, lane, timestamp):
                        await self._leave_loop(lane, entry, timestamp)
                    await turn.enter_async_context(self._slots)
            except MailLoop as error:
                return await self._dead_letter(message, entry, error, 1)
            self._linger.expect(entry)
            outcome = await self._work(message, entry, event, timestamp)
            if outcome != "repeat":
                self._loops.went(lane, timestamp)
            return outcome

    async def _work(
        self, message: Message, entry: Entry, event: Event, timestamp: float | None
    ) -> str:
        """Run the stage on *event* until something can be published, and publish it."""
        ticket = ticket_of(event)
        log = self._log.bind(ticket_id=ticket.ticket_id)
        for attempt in itertools.count(1):
            try:
                identity, made = self._identified(message, event)
                made_of = ticket_hash(event) if isinstance(event, IncomingTicket) else None
                if self._deduplication.has(made, message.headers, timestamp):
                    if self._deduplication.is_of_another(made, made_of):
                        log.warning("passed over: another message had this id", event_id=made)
                    else:
                        log.debug("a repeat", event_id=made)
                    return "repeat"
                if attempt == 1 and self.stage.reads is INCOMING:
                    refuse_expired(timestamp, self._settings.max_ticket_age_hours)
                async with self._quarantine.apart(entry):
                    result, answer = await self._answer(message, event, identity, timestamp)
                self._spans.made(result)
                there = await self._publishing.publish(self.stage.writes, answer, entry)
            except (Unavailable, TimeoutError) as error:
                log.warning("held", error=type(error).__name__, attempt=attempt)
                await self._hold(entry, error, attempt)
            except Exception as error:
                if await self._gave_up(message, entry, error, attempt):
                    return "dead_letter"
            else:
                self._faults.succeeded()
                self._deduplication.add(made, there.partition, there.offset, made_of=made_of)
                if self.stage.writes is PROCESSED:
                    observe_times(result, answer.headers)
                log.debug("done", event_id=made)
                return "done"
        raise AssertionError("the tries do not end by themselves")

    def _identified(self, message: Message, event: Event) -> tuple[str, str]:
        """Return what identifies *message*, and the id that its result has."""
        identity = self.stage.identity(event, message)
        made = result_id(self.stage.writes, ticket_of(event), identity, message.headers)
        return identity, made

    def _is_of_loop(
        self, message: Message, event: Event, lane: Lane, timestamp: float | None
    ) -> bool:
        """Say whether *message* has to wait because many of its ticket have come before it."""
        if not self._loops.must_wait(lane, timestamp):
            return False
        try:
            _, made = self._identified(message, event)
        except Exception:  # the stage's fault, which makes a dead letter when it works
            return False
        return not self._deduplication.has(made, message.headers, timestamp)

    async def _answer(
        self, message: Message, event: Event, identity: str, published: float | None
    ) -> tuple[Any, Message]:
        """Return what the stage makes of *event*, and that as a message."""
        began = perf_counter()
        try:
            with self.figures.busy.track_inprogress():
                async with asyncio.timeout(self._settings.stage_seconds):
                    made = await self.stage.run(event)
            return made, self.stage.encode(made, event, message, identity, published)
        finally:
            seconds = perf_counter() - began
            self.figures.seconds.observe(seconds)
            self._linger.took(seconds)

    async def _decoded(self, message: Message, entry: Entry) -> Event:
        """Return the event in *message*. Messages are read in the order in which they came."""
        event: Event
        if entry.decoded is None:
            event = self.stage.decode(message)
            return event
        async with self._quarantine.apart(entry):
            event = self.stage.decode(message)
        entry.decoded.set()
        return event

    async def _gave_up(
        self, message: Message, entry: Entry, error: Exception, attempt: int
    ) -> bool:
        """
        Make *message* a dead letter and return True; or wait, and return False.

        A stage waits that would make dead letters of everything: see `FaultLimit`.
        """
        if not self._faults.lets_go(error):
            self._log.error("the stage fails at everything, and waits", error=type(error).__name__)
            await self._hold(entry, error, attempt)
            return False
        await self._dead_letter(message, entry, error, attempt)
        return True

    async def _dead_letter(
        self, message: Message, entry: Entry, error: Exception, attempts: int
    ) -> str:
        """Make *message* a dead letter, and return that as what became of it."""
        self._spans.gave_up(error)
        await self._publishing.dead_letter(message, entry, error, attempts)
        return "dead_letter"

    @property
    def joined(self) -> bool:
        """Whether the stage has ever been given its part of the partitions."""
        return self.partitions.joined

    @property
    def trouble(self) -> str | None:
        """What the stage waits for, or None if it does not."""
        return self._faults.trouble

    # Waiting, and letting go

    def _stand_aside(self, entry: Entry) -> None:
        """Let *entry*, which is not worked on for a while, hold up no others."""
        self._linger.expect_no_more(entry)
        if not entry.suspect and not entry.aside:  # suspects hold up what may kill next
            self._window.stand_aside(entry)
            self.room.give_up(entry)

    async def _leave_loop(self, lane: Lane, entry: Entry, timestamp: float | None) -> None:
        """Return when a message may go, though many of its ticket have come."""
        self._stand_aside(entry)
        self._window.in_loop(entry)
        try:
            await self._loops.wait(
                lane,
                timestamp,
                flooded=lambda: self._window.is_flooded_by(entry),
                crowded=lambda: self._window.is_crowded_by(entry),
            )
        finally:
            self._window.in_loop(entry, ended=True)

    def _went_before(self, headers: Headers) -> None:
        """Note what another worker has taken on, as the headers of its result say."""
        if not self._loops.is_limited:
            return
        published, ticket = input_time(headers), header(headers, "ce_subject")
        if published and ticket:
            lane = header(headers, TENANT) or DEFAULT_TENANT, ticket
            self._loops.went(lane, published.timestamp())

    async def _hold(self, entry: Entry, error: Exception, attempt: int) -> None:
        """Keep a message, and wait before the next try."""
        asked = getattr(error, "retry_after", None) or 0.0
        self._spans.retried(error, attempt)
        with self.figures.held(error):
            self._linger.expect_no_more(entry)
            await self._waiting.pause(attempt, asked)
            self._linger.expect(entry)


def _figures(stage: Stage[Any, Any], settings: Settings) -> StageFigures:
    """Return what is shown of *stage*; what results show begins with the last one."""
    if stage.writes is PROCESSED:
        begin_results()
    return StageFigures(stage.name, settings.concurrency)


def _loops(stage: Stage[Any, Any], settings: Settings) -> Loops:
    """Return what has mail loops wait: the first stage alone, through which all messages come."""
    most = settings.loop_messages if stage.reads is INCOMING else 0
    return Loops(most, settings.loop_minutes * 60)


def _linger(settings: Settings, window: Window) -> Linger:
    """Return what results wait in for others that *window* has, or that slots can work on."""
    return Linger(
        settings.linger_ms / 1000,
        fetched=window.not_in_yet,
        together=min(settings.concurrency, settings.window),
    )
