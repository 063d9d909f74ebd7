"""
Reads incoming-tickets, ticket-processed and ticket-dead-letters, by a consumer without a group.

    ask for the partitions -> read them all -> ask again now and then
          ^                                          |
          +------- changed, or Kafka is away <-------+

At the start it goes back some hours. What came out is read to its end before what came in,
so that of a message that lies there it is known whether it is still on its way.

Where it has read up to is kept here and not in Kafka, so nothing is skipped when the
connection is made anew: after an outage it goes on where it was, and partitions that were
added are read from their beginning.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from health import metrics
from health.tickets.cluster import Cluster
from health.tickets.outcomes import Record
from schemas.topics import DEAD_LETTERS, INCOMING, PROCESSED
from streams.backends.kafka import admin, clients, connection, names
from streams.backends.kafka.rights_watch import RightsWatch
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.settings import Settings

Saw = Callable[[names.AnyTopic, Record, bool], None]
"""
Is told of each message: the topic, the record, whether it lay there before the start. Must
not raise.
"""

START_SECONDS = 5.0
"""Seconds for callers to wait for the first connection, and then for what is read back."""
ASK_AGAIN_SECONDS = 5.0
"""Seconds between two looks at the partitions. An outage can go unnoticed for as long."""
RETRY_SECONDS = 1.0
"""Seconds between two tries to connect while Kafka is away."""
FETCH_MS = 20
"""How long the broker may hold a fetch; the embedded one always holds it that long."""
_RECORDS = 100
"""Messages between two turns of the event loop."""


class Follower:
    """Follows the results. `run` does the work; the rest says how it stands."""

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster,
        rights: RightsWatch,
        saw: Saw,
        reads_since: Callable[[int], None] = lambda _: None,
    ) -> None:
        """*reads_since*: is told, when all is read back, since when that is; ms since the epoch."""
        self._settings = settings
        self._cluster = cluster
        self._rights = rights
        self._saw = saw
        self._reads_since = reads_since
        self._followed = {names.topic(settings, t): t for t in (INCOMING, PROCESSED, DEAD_LETTERS)}
        self._positions: dict[Any, int] = {}
        self._ends_at_start: dict[Any, int] = {}
        self._since_ms = 0
        self._read_back = asyncio.Event()
        self._began: float | None = None
        """The time at which reading began, by the loop's clock."""
        self._trouble: str | None = None
        self._refused = False
        """Whether the trouble is one that a person must mend."""
        self._known = asyncio.Event()
        self._doubt = asyncio.Event()
        self._ending = False

    @property
    def up(self) -> bool:
        """Whether Kafka answered when last asked, and results are being read."""
        return self._known.is_set() and self._trouble is None

    async def following(self) -> None:
        """
        Return if results are being followed; right after the start, once they are.

        Raises:
            Unavailable: Kafka is away.

            Refused: It does not let us read, or lacks a topic.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._known.wait()
        if not self.up:
            kind = Refused if self._refused else Unavailable
            raise kind("results cannot be followed")

    @property
    def all_read_back(self) -> bool:
        """Whether all that lay there at the start is read."""
        return self._read_back.is_set()

    async def read_back(self) -> None:
        """Return once all that lay there is read, and START_SECONDS after the start anyway."""
        if self._began is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._began + START_SECONDS):
                    await self._read_back.wait()

    def doubt(self) -> None:
        """Look at once whether Kafka still answers: something spoke against it."""
        self._doubt.set()

    def end(self) -> None:
        """Make `run` return soon. To cancel it would leak connections: aiokafka cannot bear it."""
        self._ending = True
        self._doubt.set()

    async def run(self) -> None:
        """Follow until `end`. Any other end is a bug."""
        while not self._ending:
            try:
                await self._follow()
            except ConfigurationError as error:
                self._stand(error)
            except (Unavailable, KafkaError, OSError, TimeoutError) as error:
                if self.up:
                    self._stand(error)  # callers are told at once, and why as soon as we know it
                self._stand(await connection.connection_fault(self._settings) or error)
            else:
                continue
            await self._pause(RETRY_SECONDS)

    async def _follow(self) -> None:
        """Read until the partitions change. Raises what Kafka's clients do."""
        partitions = await self._partitions()
        await self._rights.require()
        consumer = await clients.follower(
            self._settings,
            list(self._followed.values()),
            since="beginning" if self._positions else self._start(),
            auto_offset_reset="earliest",  # if what we want to read next is gone
            fetch_max_wait_ms=FETCH_MS,
        )
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            await self._go_on(consumer, ends)
            await self._read_while(consumer, ends, partitions)
        finally:
            await clients.stop(consumer)

    def _start(self) -> clients.Since:
        back = timedelta(hours=self._settings.readback_hours)
        since = datetime.now(UTC) - back
        self._since_ms = int(since.timestamp() * 1000)
        return since if back else "end"

    async def _read_while(
        self, consumer: Any, ends: dict[Any, int], partitions: dict[str, frozenset[int]]
    ) -> None:
        reading = asyncio.create_task(self._read_all(consumer, ends))
        try:
            self._stand(None)
            while not self._ending and partitions == await self._partitions():
                await self._pause(ASK_AGAIN_SECONDS, reading)
                if reading.done():
                    break
            if reading.done():
                reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _partitions(self) -> dict[str, frozenset[int]]:
        found = await self._cluster.partitions(self._followed)
        missing = [name for name in self._followed if name not in found]
        if missing:
            await self._rights.require()  # what we may not see looks as if it were not there
            raise connection.Forbidden(f"missing from Kafka: {', '.join(missing)}", mend=admin.MEND)
        return found

    async def _go_on(self, consumer: Any, ends: dict[Any, int]) -> None:
        """Put *consumer* where we have read up to, and remember where it stands."""
        self._ends_at_start = self._ends_at_start or ends
        for place in consumer.assignment():
            if place in self._positions:
                consumer.seek(place, self._positions[place])
            else:
                self._positions[place] = await consumer.position(place)

    async def _read_all(self, consumer: Any, ends: dict[Any, int]) -> None:
        """Read what came out up to *ends*, then what came in, then all of it for ever."""
        came_in = [place for place in ends if self._followed[place.topic] is INCOMING]
        consumer.pause(*came_in)
        while not await _stands_at(consumer, ends.keys() - came_in, ends):
            await self._read(consumer)
        consumer.resume(*came_in)
        while not await _stands_at(consumer, ends, ends):
            await self._read(consumer)
        self._reads_since(self._since_ms)
        self._read_back.set()
        while True:
            await self._read(consumer)

    async def _read(self, consumer: Any) -> None:
        await asyncio.sleep(0)  # aiokafka gives what it has got without a turn of the loop
        found = await consumer.getmany(timeout_ms=1_000, max_records=_RECORDS)
        for place, records in found.items():
            known = self._ends_at_start.get(place, 0)
            for record in records:
                self._saw(self._followed[place.topic], record, record.offset < known)
                self._positions[place] = record.offset + 1
            metrics.LAST_SEEN.set(time.time())
        metrics.LAG.set(
            sum(
                max(0, (consumer.highwater(place) or 0) - self._positions[place])
                for place in consumer.assignment()
            )
        )

    async def _pause(self, seconds: float, *unless: asyncio.Task[None]) -> None:
        """Return after *seconds*, or earlier: if there is doubt, or one of *unless* is done."""
        doubt = asyncio.create_task(self._doubt.wait())
        await asyncio.wait((doubt, *unless), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        doubt.cancel()
        self._doubt.clear()

    def _stand(self, error: Exception | None) -> None:
        """Remember, and say if it is news, what is in the way; None if nothing is."""
        trouble = f"{type(error).__name__}: {error}" if error else None
        if trouble != self._trouble or not self._known.is_set():
            log = structlog.get_logger()
            log.warning("not following", reason=trouble) if trouble else log.info("following")
        self._trouble = trouble
        self._refused = isinstance(error, (ConfigurationError, *connection.FORBIDDEN))
        if trouble is None and self._began is None:
            self._began = asyncio.get_running_loop().time()
        metrics.FOLLOWING.set(trouble is None)
        self._known.set()


async def _stands_at(consumer: Any, places: Iterable[Any], ends: dict[Any, int]) -> bool:
    """Say whether *consumer* is past *ends* of *places*."""
    return await clients.has_passed(consumer, {place: ends[place] for place in places})
