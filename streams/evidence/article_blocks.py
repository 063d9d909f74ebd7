"""
From markup to blocks: headings, paragraphs, entries of lists, rows of tables, code.

In: an article's body. Out: its blocks in reading order, as plain text, each with the entries of
lists that it stands in. A question in a list of definitions is a heading, and so are what an
accordion shows when it is closed, and what stands across a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from bs4.element import Tag

from streams.evidence.article_markup import (
    HEADINGS,
    clean,
    code_text,
    inline_text,
    is_block,
    is_hidden,
    markup_tree,
    shown_lines,
)
from streams.evidence.article_tables import TableRow, is_layout, table_rows
from streams.evidence.block import BETWEEN_CELLS, INNER, Block, ListEntry
from streams.evidence.implied_structure import with_implied


def article_blocks(body: str) -> list[Block]:
    """Return the blocks of *body*; those of a page nested beyond reason are its lines of text."""
    with markup_tree(body) as root:
        if root is None:
            return []
        try:
            found = list(_Reader().blocks(root))
        except RecursionError:
            found = [Block("paragraph", line) for line in shown_lines(root)]
    return with_implied(found)


class _Reader:
    """Reads blocks; lists and tables are counted through the article."""

    def __init__(self) -> None:
        self._ids = count()

    def blocks(self, root: Tag) -> Iterator[Block]:
        """Yield every block that shows text, outermost first."""
        inline: list[str] = []
        for child in root.children:
            if not isinstance(child, Tag) or (not is_hidden(child) and not is_block(child)):
                inline.append(inline_text(child))
            elif not is_hidden(child):
                yield from _of_inline("p", inline, bold=False)
                inline = []
                yield from self._block(child)
        yield from _of_inline(root.name, inline, bold=_is_bold(root))

    def _block(self, tag: Tag) -> Iterator[Block]:
        if tag.name == "table" and not is_layout(tag):
            yield from self._table(tag)
        elif tag.name in ("ol", "ul"):
            yield from self._items(tag)
        elif tag.name == "pre":
            if text := code_text(tag):
                yield Block("code", text)
        elif tag.name == "dl":
            yield from self._definitions(tag)
        elif tag.name == "details":
            yield from self.blocks(tag)
            yield Block("end", "", INNER)
        elif tag.name == "summary":
            yield from self._heading(tag)
        else:
            yield from self.blocks(tag)

    def _heading(self, tag: Tag) -> Iterator[Block]:
        if text := self._text(tag):
            yield Block("heading", text, INNER)

    def _text(self, tag: Tag) -> str:
        """Return all that *tag* shows, in one line."""
        return " ".join(b.text.replace("\n", " ") for b in self.blocks(tag) if b.text)

    def _items(self, tag: Tag) -> Iterator[Block]:
        """Yield a list's entries, numbered as the source numbers them; inner ones are indented."""
        list_id, number = next(self._ids), _integer(tag.get("start"), 1)
        items = [i for i in tag.find_all("li", recursive=False) if not is_hidden(i)]
        for place, item in enumerate(items):
            number = _integer(item.get("value"), number)
            is_step = tag.name == "ol"
            entry = ListEntry(list_id, place, number if is_step else 0)
            mark = f"{number}. " if is_step else "- "
            number += 1
            shown = (b for b in self.blocks(item) if b.kind != "end")
            for n, block in enumerate(shown):
                yield replace(
                    block,
                    kind="paragraph" if block.kind == "heading" else block.kind,
                    level=0,
                    prefix=(mark if n == 0 else "  ") + block.prefix,
                    entries=(entry, *block.entries),
                    begins_entry=block.begins_entry or n == 0,
                )

    def _definitions(self, tag: Tag) -> Iterator[Block]:
        """Yield a term and what it means as a row; a question as a heading over its answer."""
        table_id, terms, asked = next(self._ids), list[str](), False
        for child in _definition_parts(tag):
            if child.name == "dt":
                text = self._text(child)
                asked = text.endswith("?")
                terms = [text] if text and not asked else []
                if asked:
                    yield Block("heading", text, INNER)
            else:
                told = list(self.blocks(child))
                if terms and told and told[0].kind == "paragraph" and not told[0].entries:
                    yield _definition(terms[0], told.pop(0).text, table_id)
                else:
                    yield from (Block("paragraph", term) for term in terms)
                yield from told
                terms = []
        yield from (Block("paragraph", term) for term in terms)
        yield Block("end", "", INNER)

    def _table(self, table: Tag) -> Iterator[Block]:
        table_id = next(self._ids)
        caption = table.find("caption")
        if isinstance(caption, Tag) and not is_hidden(caption):
            yield from self.blocks(caption)
        for row in table_rows(table, self._text):
            if row.kind == "group":
                yield Block("heading", row.own[0].text, INNER)
            else:
                text = BETWEEN_CELLS.join(cell.text for cell in row.own)
                yield Block("row", text, row=row, table_id=table_id)
        yield Block("end", "", INNER)


def _definition_parts(tag: Tag) -> Iterator[Tag]:
    for child in tag.children:
        if isinstance(child, Tag) and not is_hidden(child):
            if child.name in ("dt", "dd"):
                yield child
            else:
                yield from _definition_parts(child)


def _definition(term: str, meaning: str, table_id: int) -> Block:
    row = TableRow.of_texts(term, meaning)
    return Block("row", f"{term}{BETWEEN_CELLS}{meaning}", row=row, table_id=table_id)


def _of_inline(name: str, inline: list[str], *, bold: bool) -> Iterator[Block]:
    """Yield what *inline* says: one block for a heading, else one for each `<br>`."""
    text = "".join(inline)
    level = HEADINGS.get(name, 0)
    for line in [text] if level else text.split("\n"):
        if shown := clean(line):
            yield Block("heading" if level else "paragraph", shown, level, is_bold=bold)


def _is_bold(tag: Tag) -> bool:
    """Return whether *tag* is a paragraph that has nothing but one bold text."""
    if tag.name not in ("p", "div"):
        return False
    told = [c for c in tag.children if isinstance(c, Tag) or str(c).strip()]
    return len(told) == 1 and isinstance(told[0], Tag) and told[0].name in ("b", "strong")


def _integer(value: object, default: int) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else default
