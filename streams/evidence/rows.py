"""
A row of a table as text, the same wherever one is quoted or compared.

`Team: Largest file 100 MB; Storage – by contract`: the first cell is what the row is about, and
each further one is a header with its value. All of it stands in the table, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from streams.text.tables import table, words_of
from streams.text.words import content, words

Cell = tuple[str, str]
"""A header, empty where a table has none, and a value."""

_TABLE = table("rows")
_NOTHING = words_of(_TABLE["nothing"])
_ASKING = words_of(_TABLE["asking"])
_DENYING = words_of(_TABLE["denying"])
_BEGINS_WITH_NUMBER = re.compile(r"[$€£¥]?\s?\d")
_BARE_NUMBER = re.compile(r"(?<!\S)\d[\d.,]*(?!\S)")


@lru_cache(maxsize=4_096)
def row_text(cells: tuple[Cell, ...]) -> str:
    """
    Return the row of *cells* as text; empty if they say nothing.

    Cells without a value are left out, and so is a header that its value repeats: "Not
    refundable" needs no "What is refunded". What a row is about needs its header if it has bare
    numbers: "0 to 14" of what?
    """
    told = telling_cells(cells)
    if not told:
        return ""
    (header, subject), *further = told
    if not further:
        return f"{header}: {subject}" if header and not _is_said(header, subject) else subject
    about = _named(header, subject) if _BARE_NUMBER.search(subject) else subject
    return f"{about.rstrip(':')}: {'; '.join(_named(*cell) for cell in further)}"


def telling_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return those of *cells* whose value says something, a dash does not."""
    return tuple(cell for cell in cells if says_something(cell[1]))


def says_something(value: str) -> bool:
    """Return whether *value* is neither empty nor a dash."""
    return bool(value.strip()) and value.strip().casefold() not in _NOTHING


def _named(header: str, value: str) -> str:
    if not header or _is_said(header, value):
        return value
    between = " " if _BEGINS_WITH_NUMBER.match(value) else " – "
    return f"{header}{between}{value}"


def _is_said(header: str, value: str) -> bool:
    """Return whether *value* says what *header* does, or answers what it asks."""
    said_by_header = {word.casefold() for word in words(header)}
    if said_by_header & _DENYING:
        return False
    meant = content(header)
    return said_by_header <= _ASKING or (bool(meant) and meant <= content(value))


def labelled(cells: Sequence[Cell]) -> str:
    """Return the row of *cells* with every header, as it is compared with a question."""
    return "; ".join(f"{header}: {value}" if header else value for header, value in cells)
