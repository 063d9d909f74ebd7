"""
An article's canonical text: what reading its markup yields, one block a line, headings included.

It is the same for the same body, always. Lines cite spans of it, and its hash says which it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from schemas.knowledge import TextSpan
from streams.evidence.article_tables import TableCell
from streams.evidence.block import BETWEEN_CELLS, Block

LONGEST_HEADING = 200
"""Characters of a heading that its lines carry."""


@dataclass(frozen=True, eq=False)
class LaidBlock:
    """A block, where its text begins in the canonical text, and the headings above it."""

    block: Block
    begin: int
    above: tuple[LaidBlock, ...] = ()
    is_title: bool = False
    """Whether it is a heading that only repeats the article's title."""
    section: int = 0
    """Counts through the article: blocks of one section stand under the same headings at once."""

    @property
    def span(self) -> TextSpan:
        """Where its text stands."""
        return self.begin, self.begin + len(self.block.text)

    @property
    def headings(self) -> tuple[str, ...]:
        """The texts of the headings above it, outermost first."""
        return tuple(one.block.text[:LONGEST_HEADING] for one in self.above)


@dataclass(frozen=True)
class CanonicalText:
    """The text, its blocks in order, and where each cell of a table stands."""

    text: str
    blocks: tuple[LaidBlock, ...]
    cells: dict[TableCell, TextSpan] = field(default_factory=dict)

    @cached_property
    def index(self) -> dict[int, int]:
        """The place of each block, by where its text begins."""
        return {laid.begin: n for n, laid in enumerate(self.blocks)}

    def cut(self, span: TextSpan) -> str:
        """Return what stands at *span*."""
        return self.text[slice(*span)]


def laid_out(blocks: Sequence[Block], title: str) -> CanonicalText:
    """Return *blocks* as one text. A heading that repeats *title* stands above no block."""
    parts: list[str] = []
    laid: list[LaidBlock] = []
    cells: dict[TableCell, TextSpan] = {}
    above: tuple[LaidBlock, ...] = ()
    at = section = 0
    for block in blocks:
        if block.kind in ("heading", "end"):
            kept = tuple(one for one in above if one.block.level < block.level)
            section += kept != above or block.kind == "heading"
            above = kept
        if block.kind == "end":
            continue
        is_title = block.kind == "heading" and block.text.casefold() == title.casefold()
        one = LaidBlock(block, at + len(block.prefix), above, is_title, section)
        laid.append(one)
        if block.kind == "heading" and not is_title:
            above = (*above, one)
        if block.row:
            cells.update(_cell_spans(block, one.begin))
        parts.append(f"{block.prefix}{block.text}\n")
        at += len(parts[-1])
    return CanonicalText("".join(parts).rstrip("\n"), tuple(laid), cells)


def _cell_spans(block: Block, begin: int) -> Iterator[tuple[TableCell, TextSpan]]:
    for cell in block.row.own if block.row else ():
        yield cell, (begin, begin + len(cell.text))
        begin += len(cell.text) + len(BETWEEN_CELLS)
