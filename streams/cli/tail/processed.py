"""`ticketstream tail`: what comes out on `ticket-processed`, as it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from schemas import ProcessedTicket
from schemas.topics import PROCESSED
from streams.backends.kafka import clients, connection
from streams.cli import terminal
from streams.cli.exit_codes import DONE, PARTLY
from streams.settings import Settings

_COLUMNS = {"at": 8, "ticket": 14, "priority": 8, "category": 16, "verdict": 7, "team": 18}
"""Headings and widths of what stands before the draft."""
_SPARED = ("team", "at", "category")
"""Columns that a narrow terminal leaves out, in this order, so that the draft fits."""
_DRAFT = 24
"""Columns of a terminal below which a draft's beginning says nothing."""


async def show_processed(settings: Settings, *, from_beginning: bool, count: int | None) -> int:
    """
    Show processed tickets until *count* of them were shown, or for ever.

    A program gets each event whole, unknown fields included. What is no event is named on
    standard error by its place, and does not count.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic does not exist.
    """
    broken = shown = 0
    write = _person() if terminal.is_read_by_person() else _program
    async with aclosing(_records(settings, from_beginning)) as records:
        async for record in records:
            try:
                write(record.value)
                shown += 1
            except (ValidationError, ValueError):
                broken += 1
                place = f"partition {record.partition}, offset {record.offset}"
                terminal.complain(f"{record.topic}, {place}: not a processed ticket")
            if shown == count:
                break
    return PARTLY if broken else DONE


async def _records(
    settings: Settings, from_beginning: bool
) -> AsyncGenerator[ConsumerRecord[bytes, bytes], None]:
    since: clients.Since = "beginning" if from_beginning else "end"
    consumer = await clients.follower(settings, [PROCESSED], since=since)
    try:
        with connection.translated(settings):
            async for record in consumer:
                yield record
    finally:
        await clients.stop(consumer)


def _program(value: bytes | None) -> None:
    event: Any = json.loads(value or b"")
    if not isinstance(event, dict):
        raise ValueError
    terminal.json_line(event)


def _person() -> Callable[[bytes | None], None]:
    """Return what writes an event as a line of a table, after the table's head."""
    columns = terminal.fitting(_COLUMNS, _SPARED, _DRAFT)
    terminal.line([(name, width) for name, width in columns.items()], "draft")

    def write(value: bytes | None) -> None:
        event = ProcessedTicket.model_validate_json(value or b"")
        shown = {
            "at": event.timestamp.astimezone().strftime("%H:%M:%S"),
            "ticket": event.ticket_id,
            "priority": event.triage.priority,
            "category": event.triage.category,
            "verdict": event.policy_check.compliance,
            "team": event.triage.suggested_team,
        }
        uncut = {"ticket": terminal.width_of(event.ticket_id)}  # half an id finds nothing
        cells = [(shown[name], max(width, uncut.get(name, 0))) for name, width in columns.items()]
        terminal.line(cells, event.answer_draft.body)

    return write
