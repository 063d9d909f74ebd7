"""
Deduplication: what a stage has made lately is not made again.

    message -> the id that its result would have -> remembered?  -> nothing to do
                                                 -> it is not    -> the stage -> publish -> remember

Ids of results follow from the input alone, so a message that comes twice is known by them: one
that a publisher sent twice, and one that a worker had finished but not committed when it died.
What is remembered are the last results of each partition, and they lie on the topic that the
stage writes. Whoever is given a partition reads them there, from where it has read to before,
and begins with its messages when that is done.

That depends on a ticket being on the partition of the same number before and behind a stage, so
it is promised where publishers partition as Kafka's own clients do, by murmur2.

A repeat is processed again all the same if it is a dead letter that was replayed, if its
publisher says that an earlier result is no answer to it (`ANSWERED_SINCE`), and if it was
published so long after the result that sidecars may not know that one any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

import structlog

from schemas.dead_letters import REPLAY_OF
from schemas.envelope import ANSWERED_SINCE, NEVER, Headers, header
from schemas.topics import Topic
from streams.backends.kafka import clients
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

RETRY_SECONDS = 1.0
"""Seconds between two tries to read what was published, while Kafka is away."""
STOP_SECONDS = 3.0
"""Seconds for the reading to end by itself."""
MARGIN_HOURS = 0.1
"""
Milliseconds by which a repeat may be younger than what sidecars read back: their clocks differ.
"""

log = structlog.get_logger()


class Deduplication:
    """The last results of a stage, by their ids."""

    def __init__(
        self,
        settings: Settings,
        writes: Topic[Any],
        read: Callable[[Headers], None] = lambda _: None,
    ) -> None:
        """
        Args:
            writes: where the results lie.
            read: is told the headers of each result of others that is read there.
        """
        self._settings = settings
        self._read = read
        self._writes = writes
        self._most = settings.remembered
        self._limit_ms = max(settings.readback_hours - MARGIN_HOURS, 0) * 3_600_000
        self._made_at: dict[bytes, int] = {}
        self._made_of: dict[bytes, bytes] = {}
        self._order: defaultdict[int, deque[bytes]] = defaultdict(deque)
        self._read_to: dict[int, int] = {}
        self._reading: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        self._stopped = False

    def assigned(self, partitions: Iterable[int]) -> None:
        """Read what was published of *partitions*, which are ours now."""
        if self._most and not self._stopped:  # a rebalance may end when we have
            self._over.set()
            self._over = asyncio.Event()
            reading = self._read_back(list(partitions), self._over, self._reading)
            self._reading = asyncio.create_task(reading)

    async def stop(self) -> None:
        """Read no more. To cancel at once would leak connections: aiokafka cannot bear it."""
        self._stopped = True
        self._over.set()
        if self._reading:
            await asyncio.wait({self._reading}, timeout=STOP_SECONDS)
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None

    async def caught_up(self) -> None:
        """Return when what was published of the partitions that are ours has been read."""
        while (reading := self._reading) is not None:
            await asyncio.shield(reading)
            if reading is self._reading:  # else there are more of them meanwhile
                return

    def has(self, result_id: str, headers: Headers, published: float | None) -> bool:
        """
        Say whether the result is remembered that a message would have.

        Args:
            headers: the message's.
            published: its time, in seconds since the epoch; None or a negative one if it has none.
        """
        made_at = self._made_at.get(_digest(result_id))
        if made_at is None or header(headers, REPLAY_OF):
            return False
        if published is not None and published * 1000 - made_at > self._limit_ms:
            return False
        return made_at >= _since(headers)

    def is_of_another(self, result_id: str, made_of: str | None) -> bool:
        """Say whether the result is known to be of another input. Read back, it is not known."""
        known = self._made_of.get(_digest(result_id))
        return known is not None and made_of is not None and known != _digest(made_of)

    def add(
        self,
        result_id: str,
        partition: int,
        offset: int,
        made_at: int | None = None,
        made_of: str | None = None,
    ) -> None:
        """
        Remember a result that lies there.

        Args:
            made_at: in ms since the epoch, by default now.
            made_of: what stands for the input, if that is to be compared.
        """
        if not self._most:
            return
        known, order = _digest(result_id), self._order[partition]
        if known not in self._made_at:
            order.append(known)
        self._made_at[known] = int(time.time() * 1000) if made_at is None else made_at
        if made_of is not None:
            self._made_of[known] = _digest(made_of)
        read_to = self._read_to.get(partition, 0)
        if made_at is not None or offset == read_to:  # else others have published in between
            self._read_to[partition] = max(read_to, offset + 1)
        while len(order) > self._most:
            forgotten = order.popleft()
            del self._made_at[forgotten]
            self._made_of.pop(forgotten, None)

    async def _read_back(
        self, partitions: list[int], over: asyncio.Event, before: asyncio.Task[None] | None
    ) -> None:
        """Read what was published, when *before*, whose turn is over, has ended."""
        if before:
            await asyncio.gather(before, return_exceptions=True)
        while not over.is_set():
            try:
                await self._read_back_once(partitions, over)
            except (Unavailable, TimeoutError) as error:
                log.warning("results not read yet", error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), RETRY_SECONDS)
            except ConfigurationError as error:
                log.error(
                    "earlier results cannot be read: repeats of them are not known",
                    topic=self._writes.name,
                    reason=str(error),
                )
                return
            else:
                return

    async def _read_back_once(self, partitions: list[int], over: asyncio.Event) -> None:
        after = {number: self._read_to.get(number, 0) for number in partitions}
        reading = clients.last_messages(self._settings, self._writes, after, most=self._most)
        async with contextlib.aclosing(reading) as parts:
            async for records in parts:
                for record in records:
                    result_id = header(record.headers, "ce_id")
                    if result_id:
                        if _digest(result_id) not in self._made_at:
                            self._read(record.headers)
                        self.add(result_id, record.partition, record.offset, record.timestamp)
                if over.is_set():
                    return


def _since(headers: Headers) -> float:
    """Return from when on a result answers a message, in ms since the epoch."""
    said = header(headers, ANSWERED_SINCE) or ""
    if said == NEVER:
        return float("inf")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else 0


def _digest(result_id: str) -> bytes:
    """Return 16 bytes that stand for an id: others may have written one of any length."""
    return blake2b(result_id.encode(), digest_size=16).digest()
