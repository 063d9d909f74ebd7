"""
Groups an article's lines into chunks: plain text of about 120 words each, in reading order.

A chunk is a piece of one section or of a few short ones. Its text is what a person would
read, one line for each paragraph, list item and table row, with no markup:

    How a duplicate charge is returned

    1. Open Settings > Billing > Invoices and count the invoices.
    What you see: One invoice; What it is: Authorization hold

A line that an empty line follows is the headings of what comes next, and no other line is
followed by one, so that whoever quotes a chunk can leave headings out.

A chunk has whole lines of the article (`article_lines.py`). Beside its own it brings those that
they need from elsewhere in the article.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from schemas import Article, Line
from streams.evidence.article_lines import LinedArticle, article_lines
from streams.evidence.line_cutting import CutLine
from streams.evidence.line_lengths import TARGET_WORDS, counted_words

SHORT_WORDS = 60
"""A new section goes on in a chunk that is shorter than this."""
NEEDED_CHARACTERS = 6_000
"""Text of lines from elsewhere that a chunk brings, at most."""


@dataclass(frozen=True)
class Chunk:
    """
    A part of an article, as plain text, and its lines.

    `heading` is the path of headings that its first line stands under, from the outside
    in, without the article's title; `text` begins with it. `lines` are its own, in order, and
    then those that they need from elsewhere.
    """

    chunk_id: str
    heading: tuple[str, ...]
    text: str
    lines: tuple[Line, ...] = ()
    text_hash: str = ""


def chunks(article: Article) -> list[Chunk]:
    """Return *article*'s chunks, `<doc_id>-c-1` first; none if it has no text to read."""
    lined = article_lines(article)
    text_hash = lined.text_hash
    found = []
    for n, pieces in enumerate(_packed(_pieces(lined)), start=1):
        own = [number for piece in pieces for number in piece.numbers]
        chunk = Chunk(
            chunk_id=f"{article.doc_id}-c-{n}",
            heading=pieces[0].heading,
            text=_joined(pieces),
            lines=tuple(_with_needed(lined, own)),
            text_hash=text_hash,
        )
        found.append(chunk)
    return found


@dataclass(frozen=True)
class _Piece:
    """Lines that are shown as one: a paragraph, or what of it fits into a chunk."""

    heading: tuple[str, ...]
    text: str
    numbers: tuple[int, ...]

    @property
    def words(self) -> int:
        return counted_words(self.text)


def _pieces(lined: LinedArticle) -> Iterator[_Piece]:
    """Yield the lines of *lined* as they are shown, and the questions with what answers them."""
    numbered = list(enumerate(lined.cut, start=1))
    waiting: list[int] = []
    for _, group in groupby(numbered, key=lambda pair: pair[1].laid.begin):
        lines = list(group)
        if lines[0][1].kind == "question":  # its text stands in the heading
            waiting += [n for n, _ in lines]
            continue
        for pack in _packs(lines):
            numbers = (*waiting, *(n for n, _ in pack))
            yield _Piece(pack[0][1].headings, _shown([line for _, line in pack]), numbers)
            waiting = []


def _packs(lines: Sequence[tuple[int, CutLine]]) -> Iterator[list[tuple[int, CutLine]]]:
    """Yield the lines of a block in groups that fit into a chunk."""
    pack: list[tuple[int, CutLine]] = []
    size = 0
    for n, line in lines:
        words = counted_words(line.text)
        if pack and size + words > TARGET_WORDS:
            yield pack
            pack, size = [], 0
        pack.append((n, line))
        size += words
    if pack:
        yield pack


def _shown(lines: Sequence[CutLine]) -> str:
    """Return *lines*, all of one block, as a chunk shows them."""
    first = lines[0]
    prefix = first.laid.block.prefix
    if first.kind == "row":
        return prefix + _shown_row(first)
    if first.kind == "code":
        shown = [text for line in lines for text in line.text.split("\n") if text.strip()]
        return f"\n{' ' * len(prefix)}".join([prefix + shown[0], *shown[1:]])
    if first.kind == "list":
        return prefix + first.text.removeprefix(prefix)
    begins = first.spans[0][0] == first.laid.begin
    return (prefix if begins else "") + " ".join(line.text for line in lines)


def _shown_row(row: CutLine) -> str:
    if not any(header for header, _ in row.cells):
        return ": ".join(value for _, value in row.cells[:2]) + "".join(
            f"; {value}" for _, value in row.cells[2:]
        )
    told = row.laid.block.row.told if row.laid.block.row else ()
    named = [(" ".join(h.text for h in headers), cell.text) for headers, cell in told if cell.text]
    return "; ".join(f"{header}: {value}" if header else value for header, value in named)


def _packed(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """Yield *pieces* in groups of about TARGET_WORDS, preferably whole sections."""
    group: list[_Piece] = []
    size = 0
    for piece in pieces:
        new_section = bool(group) and piece.heading != group[-1].heading
        full = size + piece.words > TARGET_WORDS
        if group and (full or (new_section and size >= SHORT_WORDS)):
            yield group
            group, size = [], 0
        group.append(piece)
        size += piece.words
    if group:
        yield group


def _joined(pieces: list[_Piece]) -> str:
    out: list[str] = []
    heading: tuple[str, ...] = ()
    for piece in pieces:
        if piece.heading != heading:
            heading = piece.heading
            out += [" > ".join(heading), ""] if heading else []
        out.append(piece.text)
    return "\n".join(out).strip()


def _with_needed(lined: LinedArticle, own: Sequence[int]) -> Iterator[Line]:
    """Yield the lines *own*, then what they need, until that is NEEDED_CHARACTERS long."""
    room = NEEDED_CHARACTERS
    for place, n in enumerate(lined.whole(own)):
        line = lined.lines[n - 1]
        if place >= len(own):
            room -= len(line.text)
            if room < 0:
                return
        yield line
