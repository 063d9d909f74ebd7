"""Where lines stand to one another: in the same section, how far apart, in which list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from streams.evidence.block import Block
from streams.evidence.line_cutting import CutLine

_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_BEGIN = 6  # characters by which words of one stem are alike, in any of our languages


@dataclass(frozen=True, eq=False)
class PlacedLine:
    """
    A line with its number in the article.

    `unit` counts through a section: a list, a table or code is one unit, and so is each sentence
    beside them. How far lines are apart is counted in units.
    """

    n: int
    line: CutLine
    unit: int
    unit_begin: int
    """The number of the first line of its unit."""

    @property
    def block(self) -> Block:
        """The block that it stands in."""
        return self.line.laid.block

    @property
    def section(self) -> int:
        """The section that it stands in."""
        return self.line.laid.section

    @cached_property
    def is_in_list(self) -> bool:
        """Whether it stands in a list."""
        return bool(self.block.entries)

    @cached_property
    def is_in_table(self) -> bool:
        """Whether it is a row."""
        return self.block.row is not None

    @cached_property
    def is_grouped(self) -> bool:
        """Whether it stands in a list or table, or is code."""
        return self.is_in_list or self.is_in_table or self.block.kind == "code"

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading that was made a line."""
        return self.line.kind in ("heading", "question")

    @cached_property
    def long_words(self) -> frozenset[str]:
        """The begins of its long words, by which it is told what two lines both speak of."""
        return frozenset(w[:_BEGIN] for w in _LONG_WORD.findall(self.line.text.casefold()))

    def shares(self, other: PlacedLine) -> int:
        """Return how many long words *other* has, too."""
        return len(self.long_words & other.long_words)


def placed_lines(lines: Sequence[CutLine]) -> list[PlacedLine]:
    """Return *lines* numbered from 1, with their units."""
    found: list[PlacedLine] = []
    unit, begin = 0, 1
    for n, line in enumerate(lines, start=1):
        if found:
            before = found[-1]
            same = before.section == line.laid.section and _group(before.line) == _group(line)
            unit = 0 if before.section != line.laid.section else unit + (not same)
            begin = begin if same else n
        found.append(PlacedLine(n, line, unit, begin))
    return found


def _group(line: CutLine) -> tuple[str, int]:
    block = line.laid.block
    if block.entries:
        return "list", block.entries[0].list_id
    if block.row:
        return "table", block.table_id
    return "line", line.spans[0][0]
