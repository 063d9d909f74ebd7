"""The inputs of a file or folder whose right reading is known. Broken ones are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from schemas.ticket import TooLarge
from streams.cli.evaluate.json_rows import BrokenRow, InputRow, misspelt, rows_at
from streams.cli.evaluate.reading_case import GIVEN_FIELDS, ReadingCase, as_reading_case
from streams.errors import fields_at_fault


def reading_cases_at(path: Path) -> Iterator[tuple[str, ReadingCase] | BrokenRow]:
    """
    Yield the cases at *path*, each with its place, and what is wrong with those that are none.

    Raises:
        ConfigurationError: There is nothing, or it cannot be read.
    """
    for row in rows_at(path):
        yield row if isinstance(row, BrokenRow) else _case(row)


def _case(row: InputRow) -> tuple[str, ReadingCase] | BrokenRow:
    if said := misspelt(row.fields, GIVEN_FIELDS):
        return BrokenRow(row.place, said)
    try:
        return row.place, as_reading_case(row.fields, row.name)
    except ValidationError as error:
        return BrokenRow(row.place, fields_at_fault(error))
    except TooLarge as error:
        return BrokenRow(row.place, f"input: {error}")
