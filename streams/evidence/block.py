"""A block of an article: a heading, a paragraph, an entry of a list, a row of a table, code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streams.evidence.article_tables import TableRow

BETWEEN_CELLS = " | "
"""What stands between the cells of a row where it is one text."""
INNER = 7
"""The level of headings that no heading's tag marks: it is below all of those."""


@dataclass(frozen=True)
class ListEntry:
    """Where an entry stands: in which of the article's lists, at which place, and its number."""

    list_id: int
    place: int
    number: int = 0
    """As the list numbers it; 0 for bullets."""


@dataclass(frozen=True)
class Block:
    """
    A block of an article.

    `prefix` is the mark of its entry and the indentation; `entries` are those it stands in,
    outermost first, and `begins_entry` says whether it is the first block of the last of them.
    """

    kind: Literal["heading", "paragraph", "row", "code", "end"]
    text: str
    level: int = 0
    prefix: str = ""
    entries: tuple[ListEntry, ...] = ()
    begins_entry: bool = False
    is_bold: bool = False
    row: TableRow | None = None
    table_id: int = -1
