"""The tickets of `up` on their way: sent as they fit, and shown as they come out."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from schemas import IncomingTicket, ProcessedTicket
from schemas.dead_letters import failure, is_mark, letter_id
from schemas.envelope import CORRELATION_ID, event_id, header, input_identity
from schemas.topics import DEAD_LETTERS, INCOMING, PROCESSED
from streams.backends.kafka import clients
from streams.cli.bulk_publisher import JSON, BulkPublisher, Pace, publishing
from streams.cli.publish.tickets import BrokenLine, FileLine, lines_of
from streams.cli.up import texts
from streams.cli.up.display import Display
from streams.cli.up.sources import Sources
from streams.settings import Settings

SHOWN_AFTER_MS = 100
"""Milliseconds until a result is shown, at most. To look more often takes a tenth of a core."""


class Tour:
    """Sends the tickets of *sources* through, and shows what comes out of them and of others."""

    def __init__(self, settings: Settings, sources: Sources, display: Display) -> None:
        self._settings, self._sources, self._display = settings, sources, display
        self._sent: set[str] = set()
        self._awaited: dict[str, IncomingTicket] = {}
        self._all_sent = False
        self._through = asyncio.Event()
        self.failed = 0
        """Tickets that were broken, or became dead letters."""

    @property
    def is_through(self) -> bool:
        """Say whether all tickets of the sources came out."""
        return self._through.is_set()

    async def run(self, *, url: str, once: bool) -> None:
        """Return when all is out and shown, with *once*; else show what comes after, for ever."""
        consumer = await clients.follower(
            self._settings,
            [PROCESSED, DEAD_LETTERS],
            since="beginning",
            fetch_max_wait_ms=SHOWN_AFTER_MS,
        )
        showing = asyncio.create_task(self._show_all(consumer))
        try:
            with self._display.counting():
                await _unless(showing, self._send_all())
                await _unless(showing, self._wait_until_through())
            self._display.summary()
            if self._settings.llm == "embedded":
                self._display.say(texts.EMBEDDED)
            self._display.score()
            if once:
                await self._display.flushed()
                return
            brokers = self._settings.kafka_brokers
            self._display.say_as_it_is(texts.addresses(self._sources, url, brokers))
            await showing
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
            await clients.stop(consumer)

    async def _send_all(self) -> None:
        """Publish the tickets as the embedded Kafka has room, and name those that are broken."""
        with self._sources.open_tickets() as file:
            if file:
                async with publishing(self._settings, INCOMING) as publisher:
                    pace = Pace(self._settings, publisher.confirm)
                    async for line in lines_of(file):
                        if isinstance(line, BrokenLine):
                            self.failed += 1
                            self._display.broken(self._sources.name_of_tickets, line)
                        else:
                            await self._send(publisher, line)
                            await pace.take(publisher.name, len(line.value))
        self._all_sent = True

    async def _send(self, publisher: BulkPublisher, line: FileLine) -> None:
        ticket = line.ticket
        result = event_id(PROCESSED.ce_type, ticket, input_identity(ticket, []))
        if result not in self._sent:  # what comes twice has one result
            self._sent.add(result)
            self._awaited[result] = ticket
            self._display.expect_one()
        headers = [JSON, (CORRELATION_ID, result.encode())]
        await publisher.send(ticket.ticket_id.encode(), line.value, headers)

    async def _wait_until_through(self) -> None:
        self._note_end()
        await self._through.wait()

    def _note_end(self) -> None:
        if self._all_sent and not self._awaited:
            self._through.set()

    async def _show_all(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            sent = self._awaited.pop(header(record.headers, CORRELATION_ID) or "", None)
            self.failed += show_result(self._display, record, sent)
            self._note_end()


def show_result(
    display: Display, record: ConsumerRecord, sent: IncomingTicket | None = None
) -> bool:
    """Show what came out of what we *sent*, or of another's; say whether it is a dead letter."""
    if not record.topic.endswith(DEAD_LETTERS.name):
        ticket = ProcessedTicket.model_validate_json(record.value)
        display.processed(record.value, ticket, sent)
        return False
    if is_mark(record.headers):
        return False
    failed = failure(record.headers)
    display.dead_letter(
        (record.key or b"").decode(errors="replace"),
        letter_id((record.partition, record.offset)),
        failed.error_class or "without a class",
        failed.reason or "it does not say why",
    )
    return True


async def _unless(failing: asyncio.Task[None], does: Coroutine[Any, Any, None]) -> None:
    """Return when *does* is done; if *failing* ends before that, raise what ended it."""
    doing = asyncio.create_task(does)
    try:
        await asyncio.wait({failing, doing}, return_when=asyncio.FIRST_COMPLETED)
        if failing.done():
            await failing
        await doing
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
