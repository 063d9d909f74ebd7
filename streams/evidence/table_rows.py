"""Which rows of a table answer a question: those that it names, or all, or none."""

from __future__ import annotations

from collections.abc import Sequence

from streams.evidence import amounts
from streams.evidence.line_units import LineUnit
from streams.evidence.verification.names import names_subject
from streams.text.codes import codes, share_code, share_family
from streams.text.words import content

MOST_ROWS = 8
"""Rows of a table that is shown whole."""


def rows_for(row: LineUnit, units: Sequence[LineUnit], asked: str, said: str) -> list[LineUnit]:
    """
    Return what stands for *row* in an answer to *asked*, by a customer who has *said* all that.

    That is the whole table, if what its rows are about is asked for ("which hosts"); the rows that
    are named; the row, if it is about the same; all rows, if the question turns on a number; or
    nothing: the row of another misleads.
    """
    rows = sorted(
        (u for u in units if u.is_row and u.table == row.table), key=lambda unit: unit.refs
    )
    named = [one for one in rows if names_subject(asked, one.line)] or [
        one for one in rows if names_subject(said, one.line)
    ]
    if named:
        return named
    if is_of_code(row) and (meant := codes(f"{asked} {said}")):
        return [one for one in rows if is_meant(one, meant)]
    if asks_for_all(row, asked) and len(rows) <= MOST_ROWS:
        return rows
    if is_of_code(row):
        return []
    if content(asked) & content(row.line.cells[0][1]):
        return [row]
    return rows if amounts.turns_on(asked) and len(rows) <= MOST_ROWS else []


def asks_for_all(row: LineUnit, asked: str) -> bool:
    """Return whether *asked* names what all rows of the table are about: its first header."""
    return bool(content(row.line.cells[0][0]) & content(asked))


def is_meant(row: LineUnit, named: frozenset[str]) -> bool:
    """Return whether *row* is about an error code of those *named*, or about its family."""
    return share_code(row.signs.codes, named) or share_family(named, row.signs.codes)


def is_of_code(row: LineUnit) -> bool:
    """Return whether *row* is about an error code."""
    return bool(codes(row.line.cells[0][1]))
