"""
From the canonical text to lines: a sentence, an entry of a list, a row of a table, code.

A line is the least that is quoted. In a language without rules of how lines lean on one another,
a paragraph is one line, and so is a list. A line that would be longer than a chunk is cut, and
its pieces are not quoted, if they are not whole sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from schemas.knowledge import TextSpan
from streams.evidence.canonical import CanonicalText, LaidBlock
from streams.evidence.line_lengths import (
    TARGET_WORDS,
    code_spans,
    counted_words,
    sentence_spans,
    short_spans,
)
from streams.evidence.rows import row_text, says_something


@dataclass(frozen=True)
class CutLine:
    """
    A line as it was cut out, before it is known what it needs.

    `laid` is the block that it stands in. `is_whole` is false of what says nothing by itself: a
    piece of a sentence, a row of one cell, a heading with nothing under it.
    """

    kind: str
    text: str
    spans: tuple[TextSpan, ...]
    laid: LaidBlock
    is_whole: bool = True
    begins_entry: bool = False
    number: int = 0
    cells: tuple[tuple[str, str], ...] = field(default=())

    @property
    def headings(self) -> tuple[str, ...]:
        """What it stands under."""
        return self.laid.headings


def cut_blocks(canonical: CanonicalText, *, has_rules: bool) -> Iterator[CutLine]:
    """Yield the lines of *canonical* in order; paragraphs and lists are whole without rules."""
    asked: set[LaidBlock] = set()
    for laid, members in _groups(canonical, has_rules):
        if laid.block.kind == "heading":
            if laid.is_title and _is_question(laid.block.text):
                yield _line(canonical, "question", laid.span, laid)
            elif _heads_nothing(canonical, laid):
                yield _line(canonical, "heading", laid.span, laid, is_whole=False)
            continue
        above = laid.above[-1] if laid.above else None
        if above and above not in asked and _is_question(above.block.text):
            asked.add(above)
            yield replace(
                _line(canonical, "question", above.span, above), laid=_within(above, laid)
            )
        if len(members) > 1:
            last = members[-1]
            span = (laid.begin - len(laid.block.prefix), last.span[1])
            yield _line(canonical, "list", span, laid, begins_entry=True)
        else:
            yield from _of_block(canonical, laid, has_rules)


def _within(heading: LaidBlock, laid: LaidBlock) -> LaidBlock:
    """Return *heading* as the first of its own section, which is that of *laid*."""
    return replace(heading, section=laid.section)


def _is_question(heading: str) -> bool:
    return heading.rstrip(" \"'”»)").endswith(("?", "？"))


def _heads_nothing(canonical: CanonicalText, heading: LaidBlock) -> bool:
    """Return whether no block stands under *heading*, which is not the article's title."""
    at = canonical.index[heading.begin] + 1
    after = canonical.blocks[at] if at < len(canonical.blocks) else None
    return not heading.is_title and (after is None or heading not in after.above)


def _groups(
    canonical: CanonicalText, has_rules: bool
) -> Iterator[tuple[LaidBlock, Sequence[LaidBlock]]]:
    """Yield each block, and the blocks that are one line with it: a whole list without rules."""
    if has_rules:
        yield from ((laid, (laid,)) for laid in canonical.blocks)
        return
    for _, group in groupby(canonical.blocks, key=_outermost_list):
        members = list(group)
        whole = canonical.cut((members[0].begin, members[-1].span[1]))
        if members[0].block.entries and counted_words(whole) <= TARGET_WORDS:
            yield members[0], members
        else:
            yield from ((laid, (laid,)) for laid in members)


def _outermost_list(laid: LaidBlock) -> tuple[int, int]:
    entries = laid.block.entries
    return (entries[0].list_id, 0) if entries else (-1, laid.begin)


def _of_block(canonical: CanonicalText, laid: LaidBlock, has_rules: bool) -> Iterator[CutLine]:
    if laid.block.kind == "code":
        yield from _of_code(canonical, laid)
    elif laid.block.row:
        yield from _of_row(canonical, laid)
    else:
        yield from _of_text(canonical, laid, has_rules)


def _of_code(canonical: CanonicalText, laid: LaidBlock) -> Iterator[CutLine]:
    spans = list(code_spans(laid.block.text))
    for n, span in enumerate(spans):
        yield _line(
            canonical,
            "code",
            _moved(span, laid.begin),
            laid,
            is_whole=len(spans) == 1,
            begins_entry=laid.block.begins_entry and n == 0,
        )


def _of_text(canonical: CanonicalText, laid: LaidBlock, has_rules: bool) -> Iterator[CutLine]:
    block = laid.block
    number = block.entries[-1].number if block.begins_entry else 0
    kind = "step" if number else "item" if block.begins_entry else "sentence"
    stays = block.begins_entry or not has_rules
    if stays and counted_words(block.text) <= TARGET_WORDS:
        yield _line(
            canonical, kind, laid.span, laid, begins_entry=block.begins_entry, number=number
        )
        return
    for n, span in enumerate(sentence_spans(block.text)):
        first = n == 0 and block.begins_entry
        pieces = list(short_spans(block.text[slice(*span)]))
        for piece in pieces:
            yield _line(
                canonical,
                kind if first else "sentence",
                _moved(piece, laid.begin + span[0]),
                laid,
                is_whole=len(pieces) == 1,
                begins_entry=first and piece == pieces[0],
                number=number if first else 0,
            )


def _of_row(canonical: CanonicalText, laid: LaidBlock) -> Iterator[CutLine]:
    row = laid.block.row
    if row is None or row.kind != "value":
        return
    told = [(headers, cell) for headers, cell in row.told if says_something(cell.text)]
    cells = tuple((" ".join(h.text for h in headers), cell.text) for headers, cell in told)
    text = row_text(cells)
    if counted_words(text) > TARGET_WORDS:
        yield from _of_long_row(canonical, laid)
    elif text:
        written = [one for headers, cell in told for one in (*headers, cell)]
        yield CutLine(
            kind="row",
            text=text,
            spans=tuple(canonical.cells[one] for one in written if one.text),
            laid=laid,
            is_whole=len(cells) > 1 or len(row.told) == 1,
            begins_entry=laid.block.begins_entry,
            cells=cells,
        )


def _of_long_row(canonical: CanonicalText, laid: LaidBlock) -> Iterator[CutLine]:
    """Yield the sentences of a row that no chunk holds; none tells which column it is of."""
    for cell in laid.block.row.own if laid.block.row else ():
        for span in sentence_spans(cell.text):
            for piece in short_spans(cell.text[slice(*span)]):
                begin = canonical.cells[cell][0] + span[0]
                yield _line(canonical, "sentence", _moved(piece, begin), laid, is_whole=False)


def _moved(span: TextSpan, by: int) -> TextSpan:
    return span[0] + by, span[1] + by


def _line(
    canonical: CanonicalText,
    kind: str,
    span: TextSpan,
    laid: LaidBlock,
    *,
    is_whole: bool = True,
    begins_entry: bool = False,
    number: int = 0,
) -> CutLine:
    return CutLine(
        kind, canonical.cut(span), (span,), laid, is_whole, begins_entry=begins_entry, number=number
    )
