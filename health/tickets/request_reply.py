"""
Request-reply over Kafka: a ticket is published once, and all who ask for it get what it became.

    ask -> in flight?  -> wait with the others, publish nothing
        -> it is not   -> publish, until the broker confirms -> wait

Here are only the tickets that somebody waits for or that are being published. What is in
flight beside them, by whomever it was published, `Tickets` knows: who asks again after a
time-out waits on, and the ticket is not processed twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from health import metrics
from health.tickets.memory import Tickets
from health.tickets.outcomes import Arrival, Outcome
from schemas.envelope import ANSWERED_SINCE, NEVER, Headers
from schemas.topics import INCOMING
from streams.backends.kafka import clients, connection, message_spans, names
from streams.backends.kafka.clients import close
from streams.errors import ConfigurationError, Refused, Unavailable, Unprocessable
from streams.settings import Settings

PUBLISH_SECONDS = 3.0
"""Seconds for the broker to confirm a ticket. After them the caller gets 503 with Retry-After."""
IN_FLIGHT_SECONDS = 3_600.0
"""Seconds that a published ticket counts as in flight. A later call publishes it again."""


@dataclass(frozen=True)
class Call:
    """A ticket to be processed, as it goes to incoming-tickets."""

    ticket_id: str
    value: bytes
    headers: Headers
    event_id: str
    """The `ce_id` that its result on ticket-processed will have."""
    correlation_id: str
    """What its dead letter would carry."""
    ticket: bytes
    """Which ticket it is of: `ticket_key`."""
    revision: int | None
    fingerprint: bytes
    """The digest of the ticket's content. Two calls with one event id should have the same."""

    def unless_answered(self, since: int | None) -> Call:
        """
        Return it with what an earlier result must be to answer it.

        Args:
            since: when it must have been made, in ms since the epoch; with None, none does.
        """
        said = NEVER if since is None else str(since)
        return replace(self, headers=[*self.headers, (ANSWERED_SINCE, said.encode())])

    def arrival(self, partition: int, offset: int, at: int) -> Arrival:
        """Return the ticket as it lies there, just as who reads it there knows it."""
        known = self.event_id, self.ticket, self.revision, self.fingerprint
        return Arrival(*known, partition, offset, at)


class Reused(Exception):
    """Another content has the same event id: a message_id was used twice."""


class TooManyWaiting(Exception):
    """As many wait for their tickets as may."""


class TimeUp(Exception):
    """The outcome did not come in time. The ticket is on its topic and will be processed."""


@dataclass(eq=False)
class _Flight:
    call: Call
    published: asyncio.Future[Arrival]
    outcome: asyncio.Future[Outcome]
    departed: bool = False
    """Whether `Tickets` knows of it."""
    waiting: int = 0


class TicketPublisher:
    """Puts tickets on incoming-tickets. Connects when there is the first one."""

    def __init__(self, settings: Settings, forbidden: Callable[[], None] = lambda: None) -> None:
        """*forbidden*: is called when Kafka does not let us publish."""
        self._settings = settings
        self._forbidden = forbidden
        self._producer: Any = None
        self._starting = asyncio.Lock()

    async def publish(self, call: Call) -> Arrival:
        """
        Return when the broker has *call*'s ticket, as it lies on its topic.

        Raises:
            Unavailable: It has not confirmed within PUBLISH_SECONDS. It may have it all the same.

            Refused: It does not let us publish. It does not have it.

            Unprocessable: The ticket is larger than its topic allows.
        """
        topic = names.topic(self._settings, INCOMING)
        now = int(time.time() * 1_000)  # the embedded Kafka confirms with a time of its own making
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                producer = await self._started()
                key = call.ticket_id.encode()
                with message_spans.sending(topic, call.headers) as headers:
                    there = await producer.send_and_wait(
                        topic, call.value, key, timestamp_ms=now, headers=headers
                    )
        except MessageSizeTooLargeError:
            raise Unprocessable("larger than the topic allows") from None
        except (ConfigurationError, *connection.FORBIDDEN) as error:
            self._forbidden()
            raise Refused(f"not let publish ({type(error).__name__})") from None
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(f"not confirmed ({type(error).__name__})") from None
        return call.arrival(there.partition, there.offset, now)

    async def close(self) -> None:
        """Disconnect, sending what still waits to be sent if that is quick."""
        if self._producer:
            await close(self._producer.stop())

    async def _started(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = clients.producer(self._settings, linger_ms=0)
                try:
                    await producer.start()
                except BaseException:
                    await close(producer.stop())
                    raise
                self._producer = producer
            return self._producer


class Exchange:
    """The tickets that callers wait for."""

    def __init__(
        self, publisher: TicketPublisher, tickets: Tickets, *, most: int, failed: Callable[[], None]
    ) -> None:
        """
        Args:
            tickets: what is in flight; it is told what we publish.
            most: callers that wait at the same time.
            failed: is called when a ticket could not be published.
        """
        self._publisher = publisher
        self._tickets = tickets
        self._most = most
        self._failed = failed
        self._flights: dict[str, _Flight] = {}
        self._correlated: dict[str, _Flight] = {}
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ask(self, call: Call, seconds: float) -> Outcome:
        """
        Return what became of *call*'s ticket, publishing it unless it is in flight already.

        Raises:
            Reused: What is in flight has another content.

            Busy: There are enough callers already.

            TimeUp: It is published, and its outcome did not come within *seconds*.

            Unavailable: Kafka did not confirm it. `Refused` if it does not let us publish.

            Unprocessable: It is larger than its topic allows.
        """
        flight = self._flights.get(call.event_id)
        if flight and flight.call.fingerprint != call.fingerprint:
            raise Reused
        if self._waiting >= self._most:
            raise TooManyWaiting
        if flight is None:
            flight = self._board(call)
        with self._waits_for(flight):
            return await self._outcome(flight, seconds)

    def settle(self, event_id: str, outcome: Outcome) -> None:
        """Give *outcome* to whoever waits for it."""
        flight = self._flights.get(event_id)
        if flight:
            self._forget(flight)
            flight.outcome.set_result(outcome)

    def published_as(self, correlation_id: str) -> Call | Arrival | None:
        """Return what we published with this correlation id, if it is in flight."""
        flight = self._correlated.get(correlation_id)
        return flight.call if flight else self._tickets.published_as(correlation_id)

    async def close(self, grace_seconds: float) -> None:
        """Return when nobody waits any more; after *grace_seconds* their time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._idle.wait()
        self._closing.set_result(None)

    def _board(self, call: Call) -> _Flight:
        """Return *call*'s flight: the one that has departed before, or else a new one."""
        loop = asyncio.get_running_loop()
        other = self._tickets.in_flight(call.event_id)
        is_recent = other and abs(time.time() - other.at / 1000) <= IN_FLIGHT_SECONDS
        if other and is_recent and not self._tickets.is_doubtful(call.event_id):
            published: asyncio.Future[Arrival] = loop.create_future()
            published.set_result(other)
            flight = _Flight(call, published, loop.create_future(), departed=True)
        else:
            # A task of its own: others may wait for it when the first caller has gone.
            since = self._tickets.answered_since(call.event_id)
            task = loop.create_task(self._publisher.publish(call.unless_answered(since)))
            flight = _Flight(call, task, loop.create_future())
            task.add_done_callback(partial(self._departed, flight))
            self._correlated[call.correlation_id] = flight
        self._flights[call.event_id] = flight
        return flight

    def _departed(self, flight: _Flight, task: asyncio.Future[Arrival]) -> None:
        failed = task.cancelled() or task.exception() is not None
        metrics.PUBLISHED.labels("failed" if failed else "confirmed").inc()
        if failed:
            self._forget(flight)
            self._failed()
            return
        if not flight.outcome.done():
            published_as = flight.call.correlation_id
            self._tickets.arrived(task.result(), published_as=published_as)
        flight.departed = True
        self._forget_deserted(flight)

    @contextlib.contextmanager
    def _waits_for(self, flight: _Flight) -> Iterator[None]:
        flight.waiting += 1
        self._waiting += 1
        self._idle.clear()
        try:
            with metrics.WAITING.track_inprogress():
                yield
        finally:
            flight.waiting -= 1
            self._forget_deserted(flight)
            self._waiting -= 1
            if not self._waiting:
                self._idle.set()

    async def _outcome(self, flight: _Flight, seconds: float) -> Outcome:
        await asyncio.shield(flight.published)
        await asyncio.wait(
            (flight.outcome, self._closing), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if not flight.outcome.done():
            raise TimeUp
        return flight.outcome.result()

    def _forget_deserted(self, flight: _Flight) -> None:
        if flight.departed and not flight.waiting:
            self._forget(flight)

    def _forget(self, flight: _Flight) -> None:
        call = flight.call
        if self._flights.get(call.event_id) is flight:
            del self._flights[call.event_id]
        self._correlated.pop(call.correlation_id, None)
