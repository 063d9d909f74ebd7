"""
Rows from a CSV file, as spreadsheets save it: UTF-8, with comma, semicolon or tab between cells.

Cells are texts. Those of columns that hold several values are split; an empty cell is no value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from streams.cli.evaluate.json_rows import BrokenRow, InputRow
from streams.errors import ConfigurationError
from streams.near_names import names_like

SEPARATORS = ",;\t"
LONGEST_CELL = 1_000_000
_SEVERAL = {"answered_by": " ;,\n", "facts": ";\n"}
"""Columns of several values, and what may stand between these."""
_JSON = ("previous_messages", "attachments", "metadata")
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def csv_rows(file: Path, columns: Collection[str]) -> Iterator[InputRow | BrokenRow]:
    """
    Yield the rows of *file*, whose header names some of *columns*.

    Raises:
        ConfigurationError: It cannot be read, is not UTF-8, or has an unknown column.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{file}: it cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(
            f'{file}: it is not UTF-8: save it as "CSV UTF-8 (comma delimited)"'
        ) from None
    csv.field_size_limit(LONGEST_CELL)
    header = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(SEPARATORS, key=header.count)
    )
    _check([*(reader.fieldnames or ())], columns, file)
    yield from _rows(reader, file)


def _check(header: list[str], columns: Collection[str], file: Path) -> None:
    for name in header:
        if name not in columns:
            near = names_like(name.strip().lower().replace(" ", "_"), columns)
            meant = f"Did you mean {' or '.join(near)}?" if near else "Leave it out."
            raise ConfigurationError(
                f'{file}: the column "{name}" is unknown. {meant} Known are {", ".join(columns)}'
            )
        if header.count(name) > 1:
            raise ConfigurationError(f'{file}: the column "{name}" comes twice')


def _rows(reader: csv.DictReader[str], file: Path) -> Iterator[InputRow | BrokenRow]:
    number = 0
    while True:
        number += 1
        place = f"{file}, row {number}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BrokenRow(place, f"it is no row of CSV ({error})")
            continue
        if None in row:
            yield BrokenRow(place, "it has more cells than the first row")
            continue
        yield _row(place, f"{file.stem}-{number}", row)


def _row(place: str, name: str, row: Mapping[str, str | None]) -> InputRow | BrokenRow:
    try:
        fields = {key: _value(key, cell) for key, cell in row.items() if (cell or "").strip()}
    except _WrongCell as error:
        return BrokenRow(place, str(error))
    return InputRow(place, name, fields)


class _WrongCell(Exception):
    """A cell is not what its column holds."""


def _value(column: str, cell: str | None) -> Any:
    text = (cell or "").strip()
    if column == "answerable":
        if text.lower() not in _TRUTHS:
            raise _WrongCell(f"{column}: give true or false")
        return _TRUTHS[text.lower()]
    if column in _JSON or (column in _SEVERAL and text.startswith("[")):
        try:
            return from_json(text)
        except ValueError:
            raise _WrongCell(f"{column}: it is not JSON") from None
    if separators := _SEVERAL.get(column):
        for separator in separators:
            text = text.replace(separator, "\n")
        return [part.strip() for part in text.split("\n") if part.strip()]
    return text
