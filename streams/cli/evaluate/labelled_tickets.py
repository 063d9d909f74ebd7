"""The labelled tickets of a file, and labels that stand in a file of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas import IncomingTicket
from streams.cli.evaluate.csv_rows import csv_rows
from streams.cli.evaluate.json_rows import BrokenRow, InputRow, misspelt, rows_at
from streams.cli.evaluate.labelled_ticket import (
    ALIASES,
    COLUMNS,
    LABELS,
    LabelledTicket,
    MessageKey,
    TicketLabels,
)
from streams.errors import fields_at_fault

LabelsOf = dict[MessageKey, TicketLabels]
_OF_LABELS = ("id", "ticket_id", "message_id", *LABELS)


def labelled_tickets(file: Path, labels: LabelsOf) -> Iterator[LabelledTicket | BrokenRow]:
    """
    Yield the tickets of *file*, and what is wrong with rows that are none.

    A ticket without labels of its own has those that *labels* have for it.

    Raises:
        ConfigurationError: It cannot be read, or has an unknown column.
    """
    first: dict[MessageKey, str] = {}
    for row in _rows(file, COLUMNS):
        made = row if isinstance(row, BrokenRow) else _ticket(row, labels)
        if isinstance(made, LabelledTicket):
            if made.key in first:
                said = f"its ticket_id and message_id are those of {first[made.key]}"
                made = BrokenRow(row.place, said)
            else:
                first[made.key] = row.place
        yield made


def read_labels(file: Path) -> Iterator[tuple[MessageKey, TicketLabels] | BrokenRow]:
    """
    Yield the labels of *file*, each with the ticket that it is of, and rows that have none.

    Raises:
        ConfigurationError: It cannot be read, or has an unknown column.
    """
    for row in _rows(file, _OF_LABELS):
        if isinstance(row, BrokenRow):
            yield row
            continue
        fields, made = _named(row.fields), _labels(row, _OF_LABELS)
        if isinstance(made, BrokenRow):
            yield made
        elif not isinstance(fields.get("ticket_id"), str):
            yield BrokenRow(row.place, "ticket_id: it is missing")
        else:
            yield (fields["ticket_id"], fields.get("message_id")), made


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[InputRow | BrokenRow]:
    return csv_rows(file, columns) if file.suffix.lower() == ".csv" else rows_at(file)


def _ticket(row: InputRow, labels: LabelsOf) -> LabelledTicket | BrokenRow:
    own = _labels(row, COLUMNS)
    if isinstance(own, BrokenRow):
        return own
    given = {name: value for name, value in _named(row.fields).items() if name not in LABELS}
    fields = {"ticket_id": row.name, **given}
    try:
        ticket = IncomingTicket.model_validate(fields)
    except ValidationError as error:
        return BrokenRow(row.place, fields_at_fault(error))
    of_message = labels.get((ticket.ticket_id, ticket.message_id))
    said = own if own.model_fields_set else of_message or labels.get((ticket.ticket_id, None))
    return LabelledTicket(ticket, said or own)


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    """Return *fields* by the names that a ticket has for them."""
    return {ALIASES.get(name, name): value for name, value in fields.items()}


def _labels(row: InputRow, known: tuple[str, ...]) -> TicketLabels | BrokenRow:
    if said := misspelt(row.fields, known):
        return BrokenRow(row.place, said)
    try:
        return TicketLabels.model_validate(row.fields)
    except ValidationError as error:
        return BrokenRow(row.place, fields_at_fault(error))
