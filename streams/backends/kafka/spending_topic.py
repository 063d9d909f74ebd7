"""
The topic `llm-spending`: workers tell one another what they have spent on the language model.

    a call is paid -> the account grew -> our total is published -> every worker hears it

A total is told as soon as it grew, with what comes within TELL_SECONDS. A worker hears all that was
told today before it makes its first call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas import Spending
from schemas.topics import SPENDING
from streams.backends.day_account import DayAccount
from streams.backends.kafka import clients, connection, names
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

TELL_SECONDS = 0.1
"""Seconds between two messages of one worker."""
RETRY_SECONDS = 1.0
"""Seconds between two tries to reach Kafka."""
END_SECONDS = 3.0
"""Seconds to tell the last total, when a worker ends."""
_POLL_MS = 100

log = structlog.get_logger()


class SpendingTopic:
    """Keeps an account in step with those of other workers, until the `async with` block ends."""

    def __init__(self, settings: Settings, account: DayAccount) -> None:
        self._settings = settings
        self._account = account
        self._told: dict[date, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for follow in (self._tell, self._hear):
            self._tasks.append(asyncio.create_task(self._again_and_again(follow)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell what is still untold, and end."""
        try:
            async with asyncio.timeout(END_SECONDS):
                while self._untold():  # noqa: ASYNC110  # a look now and then will do
                    await asyncio.sleep(TELL_SECONDS)
        except TimeoutError:
            log.error("the last dollars are not told: Kafka does not answer")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _again_and_again(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Do *follow* until cancelled, and once more when Kafka is back."""
        while True:
            try:
                await follow()
            except (Unavailable, ConfigurationError, TimeoutError, KafkaError) as error:
                log.warning("dollars are not exchanged", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    def _untold(self) -> list[Spending]:
        return [s for s in self._account.own() if self._told.get(s.day, 0.0) < s.dollars]

    async def _tell(self) -> None:
        """Publish what this worker has spent, whenever that has grown."""
        with connection.translated(self._settings):
            producer = clients.producer(self._settings, linger_ms=0)
            try:
                await connection.start(self._settings, producer)
                while True:
                    await self._tell_once(producer)
                    await asyncio.sleep(TELL_SECONDS)
                    await self._account.grew.wait()
            finally:
                await clients.close(producer.stop())

    async def _tell_once(self, producer: AIOKafkaProducer) -> None:
        self._account.grew.clear()
        for spending in self._untold():
            value = spending.model_dump_json().encode()
            topic = names.topic(self._settings, SPENDING)
            await producer.send_and_wait(topic, value, key=spending.key)
            self._told[spending.day] = spending.dollars

    async def _hear(self) -> None:
        """Take note of what all workers tell."""
        consumer = await _consumer(self._settings)
        try:
            with connection.translated(self._settings):
                await _catch_up(self._account, consumer)
                while True:
                    for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                        _take_note(self._account, records)
        finally:
            await clients.stop(consumer)


async def read_account(settings: Settings, account: DayAccount) -> None:
    """
    Have *account* hear what was told today, up to the end that there is now.

    Raises:
        Unavailable, ConfigurationError: Kafka does not answer, or the topic is missing.
    """
    consumer = await _consumer(settings)
    try:
        with connection.translated(settings):
            await _catch_up(account, consumer)
    finally:
        await clients.stop(consumer)


async def _catch_up(account: DayAccount, consumer: AIOKafkaConsumer) -> None:
    """Have *account* take note of all that *consumer* can read now."""
    async with aclosing(clients.read_to_end(consumer)) as parts:
        async for records in parts:
            _take_note(account, records)
    account.read_to_end()


def _take_note(account: DayAccount, records: Sequence[ConsumerRecord]) -> None:
    """Tell *account* the totals in *records*; the log says which record has none."""
    for record in records:
        try:
            account.hear(Spending.model_validate_json(record.value or b""))
        except ValidationError:
            log.warning("a message of llm-spending is none", offset=record.offset)


async def _consumer(settings: Settings) -> AIOKafkaConsumer:
    """Return a consumer of what was told today; workers' clocks may differ by an hour."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(hours=1)
    return await clients.follower(
        settings,
        [SPENDING],
        since=since,
        fetch_max_wait_ms=_POLL_MS,
        auto_offset_reset="earliest",
    )
