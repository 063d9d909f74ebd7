"""
The lines of a ticket's passages: who they are, and what they need.

A line is named by its article and its number there. Choosing one takes what it needs with it:
conditions, lead-ins, earlier steps. Nothing of an article is quoted but whole lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from schemas import Line, Passage
from streams.evidence.cut_passage import cut_lines
from streams.ports import LineRef
from streams.text.language import language, primary_language


class PassageLines(Mapping[LineRef, Line]):
    """The lines of *passages*, each once; articles in the order of their best passage."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Take the lines that *passages* bring; those of older workers bring none: they are cut."""
        spoken = _language([passage for passage in passages if not passage.lines])
        by_article: dict[str, dict[int, Line]] = {}
        self._passage: dict[LineRef, Passage] = {}
        for passage in passages:
            lines = by_article.setdefault(passage.doc_id, {})
            first = max(lines, default=0) + 1
            for line in passage.lines or cut_lines(passage, first, spoken):
                lines.setdefault(line.n, line)
                self._passage.setdefault(LineRef(passage.doc_id, line.n), passage)
        self._lines = {
            LineRef(doc_id, n): lines[n]
            for doc_id, lines in by_article.items()
            for n in sorted(lines)
        }
        self._place = {ref: place for place, ref in enumerate(self._lines)}

    def __getitem__(self, ref: LineRef) -> Line:
        return self._lines[ref]

    def __iter__(self) -> Iterator[LineRef]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def passage(self, ref: LineRef) -> Passage:
        """Return the best passage that brought the line *ref*."""
        return self._passage[ref]

    def whole(self, chosen: Iterable[LineRef]) -> tuple[LineRef, ...]:
        """
        Return *chosen* and all that they need, each once: articles in order, lines in theirs.

        A line that another one needs and no passage brought is left out; `missing` names it.
        """
        return self._closure(chosen, self._needs)

    def understood(self, chosen: Iterable[LineRef]) -> tuple[LineRef, ...]:
        """Return the same without what only restricts them: conditions and exceptions beside."""
        return self._closure(chosen, self._leans_on)

    def _closure(
        self, chosen: Iterable[LineRef], needs: Callable[[LineRef], Iterator[LineRef]]
    ) -> tuple[LineRef, ...]:
        found: set[LineRef] = set()
        ahead = [ref for ref in chosen if ref in self._lines]
        while ahead:
            ref = ahead.pop()
            if ref not in found:
                found.add(ref)
                ahead += [need for need in needs(ref) if need in self._lines]
        return tuple(sorted(found, key=self._place.__getitem__))

    def missing(self, chosen: Iterable[LineRef]) -> set[LineRef]:
        """Return what *chosen* need, directly or not, and no passage brought."""
        needed = (need for ref in self.whole(chosen) for need in self._needs(ref))
        return {need for need in needed if need not in self._lines}

    def _needs(self, ref: LineRef) -> Iterator[LineRef]:
        return (LineRef(ref.doc_id, n) for n in self._lines[ref].needs)

    def _leans_on(self, ref: LineRef) -> Iterator[LineRef]:
        line = self._lines[ref]
        return (LineRef(ref.doc_id, n) for n in line.needs if n not in line.restricted_by)


def language_of(passage: Passage) -> str:
    """Return the language of *passage*, without region; `und` if nothing tells."""
    return primary_language(passage.locale or language(passage.text))


def _language(passages: Sequence[Passage]) -> str | None:
    """Return the language of most of *passages*, or None if none tells it, as rows do not."""
    told = Counter(spoken for passage in passages if (spoken := language_of(passage)) != "und")
    return told.most_common(1)[0][0] if told else None
