"""
How much of articles a ticket carries: lines of 16 kB at most.

A line is carried once, by the best passage that brings it. Passages are dropped whole, the worst
first. Only where the best one is too long by itself, lines at its end are dropped: those that its
own lines need from elsewhere come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from schemas import Line, Passage

MOST_LINES_BYTES = 16_000
"""Of the lines of a ticket's passages, about as they are written in an event."""
_OF_FIELDS = 135
"""Bytes that the names of a line's fields, its numbers and its spans take."""
_OF_CELL = 8
"""... and what a cell takes beside its text."""


def within_budget(passages: Sequence[Passage], most: int = MOST_LINES_BYTES) -> list[Passage]:
    """Return *passages*, best first, as far as their lines have room, no line of them twice."""
    kept: list[Passage] = []
    room = most
    for passage in _each_line_once(passages):
        size = sum(map(_bytes, passage.lines))
        if size > room and kept:
            break
        if size > room:
            passage = passage.model_copy(update={"lines": tuple(_fitting(passage.lines, room))})
        kept.append(passage)
        room -= size
    return kept


def _each_line_once(passages: Iterable[Passage]) -> Iterator[Passage]:
    seen: set[tuple[str, int]] = set()
    for passage in passages:
        new = tuple(line for line in passage.lines if (passage.doc_id, line.n) not in seen)
        seen.update((passage.doc_id, line.n) for line in new)
        # A passage without any lines would be taken for one of an older knowledge base.
        unchanged = not new or len(new) == len(passage.lines)
        yield passage if unchanged else passage.model_copy(update={"lines": new})


def _fitting(lines: Iterable[Line], room: int) -> Iterator[Line]:
    for n, line in enumerate(lines):
        room -= _bytes(line)
        if room < 0 < n:
            return
        yield line


def _bytes(line: Line) -> int:
    cells = [text for cell in line.cells for text in cell]
    texts = (line.text, *line.headings, *line.conditions, *cells)
    return _OF_FIELDS + _OF_CELL * len(line.cells) + sum(len(text.encode()) for text in texts)
