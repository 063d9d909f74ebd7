"""
The lines of an article, made once, when it is indexed.

In: an article. Out: its canonical text, and its lines in order, each with exact spans into that
text, the lines that it needs, and whether it may be quoted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas import Article, Line
from streams.evidence.article_blocks import article_blocks
from streams.evidence.canonical import CanonicalText, LaidBlock, laid_out
from streams.evidence.line_cutting import CutLine, cut_blocks
from streams.evidence.line_needs import needs_of, quotable_lines, unsafe_lines
from streams.evidence.line_places import placed_lines
from streams.evidence.line_rules import LineRules, article_language, rules_of


@dataclass(frozen=True)
class LinedArticle:
    """An article's canonical text and its lines; `cut` are the lines with where they stand."""

    canonical: CanonicalText
    lines: tuple[Line, ...]
    cut: tuple[CutLine, ...]

    @property
    def text(self) -> str:
        """The canonical text."""
        return self.canonical.text

    @property
    def text_hash(self) -> str:
        """The SHA-256 of the canonical text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def whole(self, numbers: Iterable[int]) -> Iterator[int]:
        """Yield *numbers* and what their lines need, directly or not, nearest needs first."""
        ahead = list(dict.fromkeys(numbers))
        found = set(ahead)
        for n in ahead:
            yield n
            new = [need for need in self.lines[n - 1].needs if need not in found]
            found.update(new)
            ahead += new


def article_lines(article: Article) -> LinedArticle:
    """Return the canonical text of *article* and its lines."""
    canonical = laid_out(article_blocks(article.body), article.title)
    rules = rules_of(article_language(article, canonical.text))
    cut = tuple(cut_blocks(canonical, has_rules=rules is not None))
    return LinedArticle(canonical, tuple(_lines(article, cut, rules)), cut)


def _lines(article: Article, cut: Sequence[CutLine], rules: LineRules | None) -> Iterator[Line]:
    placed = placed_lines(cut)
    unsafe = unsafe_lines(placed, article.url)
    needs = needs_of(placed, rules, unsafe)
    quotable = quotable_lines(placed, rules, needs, unsafe)
    for one in placed:
        line = one.line
        yield Line(
            n=one.n,
            kind=line.kind,
            text=line.text,
            spans=line.spans,
            headings=line.headings,
            conditions=_conditions(line.laid, rules),
            number=line.number,
            cells=line.cells,
            needs=tuple(sorted(needs[one.n])),
            quotable=one.n in quotable,
        )


def _conditions(laid: LaidBlock, rules: LineRules | None) -> tuple[str, ...]:
    return tuple(h for h in laid.headings if rules and rules.is_condition(h))
