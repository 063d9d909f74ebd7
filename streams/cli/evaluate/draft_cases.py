"""The draft cases of a file or folder. Broken ones are named, and the others are judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from streams.cli.evaluate.draft_case import DraftCase, as_case
from streams.cli.evaluate.json_rows import BrokenRow, InputRow, misspelt, rows_at
from streams.errors import fields_at_fault


def cases_at(path: Path) -> Iterator[DraftCase | BrokenRow]:
    """
    Yield the cases at *path*, and what is wrong with those that are none. An id comes once.

    Raises:
        ConfigurationError: There is nothing, or it cannot be read.
    """
    first: dict[str, str] = {}
    for row in rows_at(path):
        made = row if isinstance(row, BrokenRow) else _case(row)
        if isinstance(made, DraftCase):
            if made.id in first:
                made = BrokenRow(row.place, f"its id is that of {first[made.id]}")
            else:
                first[made.id] = row.place
        yield made


def _case(row: InputRow) -> DraftCase | BrokenRow:
    if said := misspelt(row.fields, DraftCase.model_fields):
        return BrokenRow(row.place, said)
    try:
        return as_case(row.fields, row.name)
    except ValidationError as error:
        return BrokenRow(row.place, fields_at_fault(error))
