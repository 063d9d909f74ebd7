"""
A row of a table as text: on one line where it is compared, laid out where a customer reads it.

`Team: Largest file 100 MB; Storage – by contract`: the first cell is what the row is about, and
each further one is a header with its value. All of it stands in the table, word for word. In a
reply each of them is a point below `Team:`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from schemas import Line
from streams.text.sentences import split
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
MOST_PIECES = 12
"""Sentences and lines of a row that is laid out. A longer one is a single line."""
_FEW = 3
"""Words beside a number with which it does not say what is counted: "up to 24 hours"."""
_ENDS = (".", "!", "?", "…", "。", "！", "？")


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


def quoted_text(line: Line) -> str:
    """Return *line* as a reply has it, without the mark of a list: a row is laid out."""
    return (line.cells and row_layout(line.cells)) or line.text


@lru_cache(maxsize=4_096)
def row_layout(cells: tuple[Cell, ...]) -> str:
    """
    Return the row of *cells* as a customer reads it; empty if they say nothing.

    One value stands behind what the row is about, a second one in a sentence of its own, and more
    in a list below. Nothing that `row_text` says is left out.
    """
    told = telling_cells(cells)
    if len(told) < 2:
        return row_text(cells)
    (header, subject), *further = told
    values = [_labelled(*cell) for cell in further]
    counted = _counts_something(header, subject)
    about = _labelled(header, subject) if counted else subject.rstrip(": ")
    labelled_first = values[0] != further[0][1]
    if len(values) > (1 if counted or labelled_first else 2):
        text = "\n".join((about if counted else _opened(about), *(f"- {v}" for v in values)))
    elif counted:
        text = f"{_closed(about)} {_closed(values[0])}"
    elif labelled_first:
        text = f"{about} – {values[0]}"
    else:
        first = f"{_opened(about)} {values[0]}"
        text = " ".join([_closed(first), *map(_closed, values[1:])]) if values[1:] else first
    return text if len(split(text)) <= MOST_PIECES else row_text(cells)


def _labelled(header: str, value: str) -> str:
    """Return *value* behind the name of its column, if that says more."""
    return value if not header or _is_said(header, value) else f"{_opened(header)} {value}"


def _opened(text: str) -> str:
    """Return *text* with a colon, or with the mark that it asks by."""
    plain = text.rstrip(": ")
    return plain if plain.endswith(("?", "!", "？")) else f"{plain}:"


def _closed(text: str) -> str:
    return text if text.endswith(_ENDS) else f"{text}."


def _counts_something(header: str, subject: str) -> bool:
    """Return whether *subject* is little more than numbers, and only *header* says of what."""
    words_beside = sum(word.isalpha() for word in words(subject))
    return bool(header and _BARE_NUMBER.search(subject)) and words_beside <= _FEW


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
