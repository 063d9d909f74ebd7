"""
Publishing: what a stage made, or the message as a dead letter. It never gives up.

    publish -> the broker confirms -> where it lies
            -> it does not         -> a pause, and once more
            -> it does not fit     -> Outgrown; a dead letter goes with less and less of it
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata
from pydantic import ValidationError

from schemas.dead_letters import error_headers, letters
from schemas.envelope import Headers, header
from schemas.topics import DEAD_LETTERS
from streams import metrics
from streams.backends.kafka import message_spans, names
from streams.delivery.entry import Entry
from streams.delivery.expiry import Expired
from streams.delivery.linger import Linger
from streams.delivery.waiting import Waiting
from streams.errors import TicketError, fields_at_fault
from streams.settings import Settings
from streams.stage import Message

DEAD_LETTER = "dead letter"
"""The line that the log has for each."""
LONGEST_LOGGED = 256
"""Characters of an id that a publisher gave."""


Send = Callable[[str, bytes | None, bytes | None, Headers], Awaitable[RecordMetadata]]
"""Takes topic, key, value and headers; returns where the message lies when the broker has it."""


class Outgrown(TicketError):
    """What a message became does not fit into its topic."""


class Publishing:
    """What a stage publishes with."""

    def __init__(
        self, stage: str, send: Send, settings: Settings, waiting: Waiting, linger: Linger
    ) -> None:
        """*send*: publishes to a topic once; raises KafkaError if the broker does not confirm."""
        self._stage = stage
        self._linger = linger
        self._send = send
        self._settings = settings
        self._waiting = waiting
        self._log = structlog.get_logger().bind(stage=stage)

    async def publish(self, to: names.AnyTopic, message: Message, entry: Entry) -> RecordMetadata:
        """
        Publish what *entry* became; return where it lies when the broker has it. Never gives up.

        Raises:
            Outgrown: It does not fit into the topic.
        """
        topic = names.topic(self._settings, to)
        await self._linger.wait(entry)
        with message_spans.sending(topic, message.headers) as headers:
            return await self._published(topic, replace(message, headers=headers))

    async def _published(self, topic: str, message: Message) -> RecordMetadata:
        """Return where *message* lies, however often it takes. Raises Outgrown."""
        for attempt in itertools.count(1):
            try:
                return await self._send(topic, message.key, message.value, message.headers)
            except MessageSizeTooLargeError:
                raise Outgrown(f"{len(message.value or b'')} bytes do not fit") from None
            except KafkaError as error:
                metrics.PUBLISH_RETRIES.labels(self._stage).inc()
                self._log.warning(
                    "not published", topic=topic, error=type(error).__name__, attempt=attempt
                )
                await self._waiting.pause(attempt)
        raise AssertionError("the tries do not end by themselves")

    async def dead_letter(
        self, message: Message, entry: Entry, error: Exception, attempts: int
    ) -> None:
        """Publish *message* as it came to the dead letters; without what does not fit."""
        origin_topic, partition = entry.partition
        error_class = "expired" if isinstance(error, Expired) else type(error).__name__
        errors = error_headers(
            stage=self._stage,
            error_class=error_class,
            reason=_reason(error),
            attempts=attempts,
            origin_topic=origin_topic,
            origin=(partition, entry.offset),
            at=datetime.now(UTC),
        )
        for letter in letters(message.key, message.value, message.headers, errors):
            try:
                await self.publish(DEAD_LETTERS, Message(DEAD_LETTERS.name, *letter), entry)
                break
            except Outgrown:
                continue
        metrics.DEAD_LETTERS.labels(self._stage, error_class).inc()
        self._log.warning(
            DEAD_LETTER,
            event_id=(header(message.headers, "ce_id") or "")[:LONGEST_LOGGED] or None,
            partition=partition,
            offset=entry.offset,
            error=error_class,
            reason=_reason(error),
        )


def _reason(error: Exception) -> str:
    """Return why, without customer text: a foreign exception's own words may contain some."""
    if isinstance(error, TicketError):
        return str(error)
    if isinstance(error, ValidationError):
        return fields_at_fault(error)
    return f"{type(error).__name__} at {_place(error)}"


def _place(error: Exception) -> str:
    """Return `file:line` of where *error* was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
