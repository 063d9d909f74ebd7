"""
What lines need by the form of the article: lists, steps, lead-ins, code. It is alike in all
languages.

* an entry of a list needs the list's lead-in, and the entry that it stands in
* a step needs the steps before it, whole
* a lead-in needs what it announces
* code needs the line before it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from streams.evidence.line_places import PlacedLine

MOST_ANNOUNCED = 8
"""Entries or rows that a lead-in needs at most; of a longer list any one may be quoted alone."""

Need = tuple[int, int]
"""The number of a line, and of one that it needs."""


def structural_needs(
    lines: Sequence[PlacedLine], announces: Callable[[str], bool]
) -> Iterator[Need]:
    """Yield what *lines*, all of an article, need by its form; *announces* tells a lead-in."""
    lists = _lists(lines)
    heads: dict[tuple[int, int], int] = {}
    for (list_id, place), members in lists.items():
        heads[list_id, place] = members[0].n
    for (list_id, place), members in lists.items():
        head = members[0]
        yield from ((one.n, head.n) for one in members[1:])
        if head.line.number or announces(head.line.text):
            yield from ((head.n, one.n) for one in members[1 : MOST_ANNOUNCED + 1])
        if head.line.number and (list_id, place - 1) in heads:
            yield head.n, heads[list_id, place - 1]
    for list_id, entries in groupby(lists, key=lambda key: key[0]):
        yield from _led_in(lines, [heads[list_id, place] for _, place in entries], announces)
    yield from _tables(lines, announces)
    yield from _code(lines)
    yield from _continued(lines)


def announcing(text: str) -> bool:
    """Return whether *text* announces what follows, in any language."""
    return text.rstrip().endswith((":", "："))


def _lists(lines: Sequence[PlacedLine]) -> dict[tuple[int, int], list[PlacedLine]]:
    """Return the lines of each entry, inner lists included, by list and place."""
    found: dict[tuple[int, int], list[PlacedLine]] = {}
    for one in lines:
        for entry in one.block.entries:
            found.setdefault((entry.list_id, entry.place), []).append(one)
    return dict(sorted(found.items()))


def _led_in(
    lines: Sequence[PlacedLine], heads: Sequence[int], announces: Callable[[str], bool]
) -> Iterator[Need]:
    """Yield what a list and its lead-in need of each other; *heads* begin its entries."""
    first = lines[heads[0] - 1]
    before = lines[heads[0] - 2] if heads[0] > 1 else None
    if before is None or before.section != first.section or before.is_heading:
        return
    if before.is_grouped and not _holds(before, first):
        return
    if announces(before.line.text):
        yield from ((head, before.n) for head in heads)
        if len(heads) <= MOST_ANNOUNCED:
            yield from ((before.n, head) for head in heads)


def _holds(outer: PlacedLine, inner: PlacedLine) -> bool:
    """Return whether *inner* stands in an entry of *outer*'s list, deeper than it."""
    depth = len(outer.block.entries)
    return 0 < depth < len(inner.block.entries) and (
        inner.block.entries[:depth] == outer.block.entries
    )


def _tables(lines: Sequence[PlacedLine], announces: Callable[[str], bool]) -> Iterator[Need]:
    """Yield that the lead-in of a small table needs its rows: they are told without it."""
    for rows in table_groups(lines):
        before = lines[rows[0].n - 2] if rows[0].n > 1 else None
        if before is None or before.section != rows[0].section or before.is_grouped:
            continue
        if announces(before.line.text) and len(rows) <= MOST_ANNOUNCED:
            yield from ((before.n, row.n) for row in rows)


def table_groups(lines: Sequence[PlacedLine]) -> Iterator[list[PlacedLine]]:
    """Yield the rows of each table."""
    rows = (one for one in lines if one.is_in_table)
    for _, group in groupby(rows, key=lambda one: one.block.table_id):
        yield list(group)


def _code(lines: Sequence[PlacedLine]) -> Iterator[Need]:
    for before, one in pairwise(lines):
        if one.line.kind == "code" and before.section == one.section:
            yield one.n, before.n
            if announcing(before.line.text):
                yield before.n, one.n


def _continued(lines: Sequence[PlacedLine]) -> Iterator[Need]:
    """Yield that a numbered list that goes on after a break needs what stands before it."""
    steps = (one for one in lines if one.line.number and len(one.block.entries) == 1)
    for last, one in pairwise(steps):
        breaks = last.block.entries[0].list_id != one.block.entries[0].list_id
        goes_on = one.section == last.section and one.line.number == last.line.number + 1
        if breaks and goes_on:
            yield from ((one.n, between) for between in range(last.n, one.n))
