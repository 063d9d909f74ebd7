"""Publishing many messages: a bounded number of them waits for the broker's word at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from schemas.envelope import Headers
from schemas.topics import READS
from streams.backends.kafka import admin, clients, connection, message_spans, names
from streams.errors import Unavailable
from streams.settings import Settings

AT_ONCE = 1000
ROOM_BYTES = 2_000_000
"""Bytes of messages that a topic of the embedded Kafka keeps for certain until they are read."""
_STOP_SECONDS = 10
"""Time for what is still on its way when a person or an error ends the command."""

JSON = ("content-type", b"application/json")


class BulkPublisher:
    """Publishes to one topic, with the full *name*. `confirmed` counts what the broker has."""

    def __init__(self, producer: AIOKafkaProducer, name: str) -> None:
        self._producer, self.name = producer, name
        self._waiting: list[asyncio.Future[RecordMetadata]] = []
        self.confirmed = 0

    async def send(self, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Send one message; what aiokafka raises for an earlier one may come out here."""
        with message_spans.sending(self.name, headers) as onward:
            sent = await self._producer.send(self.name, value, key=key, headers=onward)
        self._waiting.append(sent)
        if len(self._waiting) >= AT_ONCE:
            await self.confirm()

    async def confirm(self) -> None:
        """Return when the broker has all that was sent."""
        waiting, self._waiting = self._waiting, []
        found = await asyncio.gather(*waiting, return_exceptions=True)
        errors = [one for one in found if isinstance(one, BaseException)]
        self.confirmed += len(found) - len(errors)
        if errors:
            raise errors[0]


@asynccontextmanager
async def publishing(settings: Settings, to: names.AnyTopic) -> AsyncIterator[BulkPublisher]:
    """
    Yield a publisher to a topic that exists; when the block ends, the broker has it all.

    Raises:
        Unavailable: Kafka does not answer. The message says how many it had taken.

        ConfigurationError: The topic does not exist or has a wrong policy.
    """
    await admin.verify_topics(settings, [to])
    producer = clients.producer(settings)
    publisher = BulkPublisher(producer, names.topic(settings, to))
    try:
        with connection.translated(settings):
            await connection.start(settings, producer)
            yield publisher
            await publisher.confirm()
    except Unavailable as error:
        raise Unavailable(f"{error} {publisher.confirmed:,} were published before.") from None
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await producer.stop()


class Pace:
    """Holds publishing back: the embedded Kafka forgets a topic's oldest messages after a while."""

    def __init__(
        self, settings: Settings, confirm: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """*confirm*: returns when the broker has what was taken; None if it always has by then."""
        self._settings, self._confirm = settings, confirm
        self._readers = {names.topic(settings, topic): (topic, s) for s, topic in READS.items()}
        self._bytes: Counter[str] = Counter()

    async def take(self, name: str, size: int) -> None:
        """
        Take a message of *size* bytes to the topic with this full *name*.

        When the topic has as much as surely fits, wait until its stage has read all of it.
        """
        self._bytes[name] += size
        if self._bytes[name] < ROOM_BYTES:
            return
        if self._confirm:
            await self._confirm()
        topic, stage = self._readers[name]
        async with aclosing(clients.lags(self._settings, topic, stage)) as lags:
            async for lag in lags:
                if not lag:
                    break
        del self._bytes[name]
