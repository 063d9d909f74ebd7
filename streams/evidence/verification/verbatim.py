"""
Which line of the passages a sentence is, word for word.

Blanks, quotation marks, the case of the first letter, the stop at the end and the marks of lists
may differ; nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from schemas import Line
from streams.evidence.cut_passage import is_row
from streams.evidence.lines import PassageLines
from streams.evidence.rows import labelled, row_layout, row_text
from streams.evidence.verification.sentences import LIST_MARK
from streams.ports import LineRef
from streams.text.sentences import split

_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟«»″", '"'))
_END = re.compile(r"[\s.,;:!…。]+$")
MOST_SENTENCES = 12
"""Sentences of the longest line that is looked for: an item or a step may have several."""


@lru_cache(maxsize=8_192)
def normal(text: str) -> str:
    """Return *text* as it is compared."""
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    words = " ".join(LIST_MARK.sub("", line) for line in text.split("\n")).split()
    plain = _END.sub("", " ".join(words))
    return plain[:1].casefold() + plain[1:]


class VerbatimLines:
    """The lines of a ticket's passages by their words, and the headings they stand under."""

    def __init__(self, lines: PassageLines) -> None:
        self._by_words: dict[str, list[LineRef]] = {}
        self._headings: set[str] = set()
        for ref, line in lines.items():
            written = (*forms(line), *_as_in_text(line, lines.passage(ref).text))
            for words in set(map(normal, map(_as_sentences, written) if line.cells else written)):
                self._by_words.setdefault(words, []).append(ref)
            self._headings.update(map(normal, (*line.headings, *line.conditions)))

    def refs(self, text: str) -> Sequence[LineRef]:
        """Return the lines that *text* is; several if articles or places have the same words."""
        return self._by_words.get(normal(text), ())

    def is_heading(self, text: str) -> bool:
        """Return whether *text* is a heading, shown as a lead-in with a colon."""
        return text.rstrip().endswith((":", "：")) and normal(text) in self._headings


def forms(line: Line) -> Iterator[str]:
    """
    Yield how *line* may be written: a row as a reply has it, on one line, or as `Header: value;
    Header: value`.
    """
    yield line.text
    if line.cells:
        yield row_layout(line.cells)
        yield row_text(line.cells)
        yield labelled(line.cells)


def _as_sentences(text: str) -> str:
    """Return *text* as a draft's sentences have it: what looks like the mark of a list is one."""
    return "\n".join(piece.strip() for piece in split(text))


def _as_in_text(line: Line, text: str) -> Iterator[str]:
    """Yield how the passage's *text* has the row *line*, with cells that say nothing, too."""
    if not line.cells:
        return
    values = [value for _, value in line.cells]
    rows = (row for row in text.split("\n") if is_row(row))
    yield from (row for row in rows if all(value in row for value in values))
