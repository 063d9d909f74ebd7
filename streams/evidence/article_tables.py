"""
Tables of an article: which value stands under which headers, in every row.

In: a table's tag. Out: its rows in order, each cell that spans several rows or columns told in
all of them. A cell is one object wherever it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bs4.element import Tag

from streams.evidence.article_markup import is_hidden

MOST_SPANNED = 100
"""Rows or columns that a cell may span; a page that says more is broken."""


@dataclass(frozen=True, eq=False)
class TableCell:
    """A cell as it stands in the table once."""

    text: str


@dataclass(frozen=True)
class TableRow:
    """
    A row: `own` cells are written in it, `told` are (headers, value) of each column.

    `group` is a cell across the table that says what the rows below it are about.
    """

    kind: Literal["header", "value", "group"]
    own: tuple[TableCell, ...]
    told: tuple[tuple[tuple[TableCell, ...], TableCell], ...] = ()

    @classmethod
    def of_texts(cls, *texts: str) -> TableRow:
        """Return a row of *texts* without headers."""
        own = tuple(map(TableCell, texts))
        return cls("value", own, tuple(((), cell) for cell in own))


def is_layout(table: Tag) -> bool:
    """Return whether *table* only arranges a page: tables inside, or one cell in every row."""
    return table.find("table") is not None or all(len(_cells(tr)) < 2 for tr in _trs(table))


def table_rows(table: Tag, cell_text: Callable[[Tag], str]) -> list[TableRow]:
    """Return the rows of *table* that show something, its headers among them."""
    grid = list(_grid(table, cell_text))
    if not any(line.is_header for line in grid):
        grid = _with_first_as_header(grid)
    elif all(line.is_header for line in grid):
        grid = [replace(line, is_header=False) for line in grid]
    return [row for row in _under_headers(grid) if any(cell.text for cell in row.own)]


@dataclass(frozen=True)
class _GridRow:
    own: tuple[TableCell, ...]
    columns: tuple[TableCell, ...]
    is_header: bool
    begins_bold: bool = False
    is_bold: bool = False

    @property
    def is_group(self) -> bool:
        return len(self.own) == 1 < len(self.columns) and len(set(map(id, self.columns))) == 1


@dataclass
class _Spanning:
    """Cells that reach into rows below, by column: the cell, and how many rows more."""

    rows: dict[int, tuple[TableCell, int]] = field(default_factory=dict)

    def taken(self, column: int) -> TableCell | None:
        """Return the cell that reaches into *column* of this row, if one does."""
        cell, more = self.rows.pop(column, (None, 0))
        if cell and more > 1:
            self.rows[column] = (cell, more - 1)
        return cell


def _grid(table: Tag, cell_text: Callable[[Tag], str]) -> Iterator[_GridRow]:
    spanning = _Spanning()
    for tr in _trs(table):
        tags = _cells(tr)
        own = tuple(TableCell(cell_text(tag)) for tag in tags)
        columns: list[TableCell] = []
        new: dict[int, tuple[TableCell, int]] = {}
        for tag, cell in zip(tags, own, strict=True):
            _fill(columns, spanning)
            for _ in range(_spanned(tag, "colspan")):
                if (rows := _spanned(tag, "rowspan")) > 1:
                    new[len(columns)] = (cell, rows - 1)
                columns.append(cell)
        _fill(columns, spanning)
        spanning.rows |= new
        in_head = tr.parent is not None and tr.parent.name == "thead"
        headers = [tag.name == "th" for tag in tags]
        if tags:
            yield _GridRow(
                own=own,
                columns=tuple(columns),
                is_header=in_head or all(headers),
                begins_bold=headers[0],
                is_bold=len(tags) > 1
                and all(_is_bold(c) or not c.get_text(strip=True) for c in tags),
            )


def _fill(columns: list[TableCell], spanning: _Spanning) -> None:
    while cell := spanning.taken(len(columns)):
        columns.append(cell)


def _with_first_as_header(grid: list[_GridRow]) -> list[_GridRow]:
    """Return *grid* with its first row as headers if it looks like that, by print or by form."""
    by_print = (
        len(grid) > 1
        and grid[0].is_bold
        and not grid[1].is_bold
        and any(c.text for c in grid[0].own)
    )
    by_form = len(grid) > 1 and len(grid[0].columns) > 2 and all(r.begins_bold for r in grid)
    return [replace(grid[0], is_header=True), *grid[1:]] if by_print or by_form else grid


def _under_headers(grid: Sequence[_GridRow]) -> Iterator[TableRow]:
    headers: list[tuple[TableCell, ...]] = []
    after_header = False
    for line in grid:
        if line.is_group:
            yield TableRow("group", line.own)
        elif line.is_header:
            above = headers if after_header else []
            headers = _joined(above, line.columns)
            yield TableRow("header", line.own)
        else:
            named = [*headers, *[()] * len(line.columns)]
            yield TableRow("value", line.own, tuple(zip(named, line.columns, strict=False)))
        after_header = line.is_header and not line.is_group


def _joined(
    above: Sequence[tuple[TableCell, ...]], columns: Sequence[TableCell]
) -> list[tuple[TableCell, ...]]:
    """Return the headers of each column: those *above*, and then its own."""
    found = []
    for n, cell in enumerate(columns):
        upper = above[n] if n < len(above) else ()
        found.append(upper if cell in upper or not cell.text else (*upper, cell))
    return found


def _trs(table: Tag) -> list[Tag]:
    return [
        tr for tr in table.find_all("tr") if tr.find_parent("table") is table and not is_hidden(tr)
    ]


def _cells(tr: Tag) -> list[Tag]:
    return [
        c for c in tr.children if isinstance(c, Tag) and c.name in ("td", "th") and not is_hidden(c)
    ]


def _is_bold(cell: Tag) -> bool:
    whole = "".join(cell.get_text().split())
    bold = "".join("".join(b.get_text().split()) for b in cell.find_all(["b", "strong"]))
    return cell.name == "th" or (bool(whole) and bold == whole)


def _spanned(cell: Tag, name: str) -> int:
    value = cell.get(name)
    known = isinstance(value, str) and value.isdecimal() and value.isascii()
    return min(MOST_SPANNED, max(1, int(value))) if known and isinstance(value, str) else 1
