"""
How well each line of a ticket's passages bears on a question, by several measures.

* score: `relevance.py`'s absolute one, of the line under its title and headings; on the logit scale
* section: the same, of the whole section that the line stands in
* meaning: the cosine of the line's own vector and the question's
* words: the share of the question's words that the line and its headings have, rare ones counting
  more

Lines that answer a question are about as good as the best line by each of them, and have together
nearly what any one article has of the question's words; hardly a line that is left out is better
by all measures together. Where a question is so vague that all lines are alike, any line of it
would be a guess. How near is fitted on answers made of lines, and on wrong ones:
`bench/quality/verifier.py` says how well it parts them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from schemas import Line
from streams.evidence import relevance
from streams.evidence.lines import PassageLines
from streams.evidence.rows import labelled
from streams.ports import LineRef
from streams.text.embedding import Vector, Vectors, cosines, embed, vector
from streams.text.words import stems

FLOOR = relevance.DEFAULT_FLOOR
"""Least score, 0 to 1, of a line that answers a question."""
NEAR_SCORE, NEAR_MEANING, NEAR_WORDS, NEAR_TOGETHER = 0.6, 0.3, 0.2, 0.4
"""How far below the best line an answer's best one may be, by each measure."""
FLOOR_ELSEWHERE, NEAR_MEANING_ELSEWHERE = 0.1, 0.35
"""The same in other languages than English, which the vectors know less well."""
NEAR_SECTION, NEAR_BEST = 0.15, 0.05
"""How far below the best section; or else below the best line's score."""
MOST_BETTER = 2
"""Lines that a draft leaves out and that are better than its best one, all measures together."""
_WORTH_OF_MEANING, _WORTH_OF_WORDS = 2.0, 3.0
"""What meaning and words count beside the score's logit, all measures together."""

_Section = tuple[str, tuple[str, ...]]
_CACHED = 8_192
"""Lines and sections that are kept ready: some 3 kB each."""


@dataclass(frozen=True)
class _Ready:
    """A line or a section, as it is compared with questions."""

    vector: Vector
    text: relevance.Comparable
    stems: frozenset[str]


@lru_cache(maxsize=_CACHED)
def _ready(title: str, text: str) -> _Ready:
    return _Ready(
        vector(relevance.whole(title, text)),
        relevance.comparable(title, text),
        frozenset(stems(text)),
    )


_own = lru_cache(maxsize=_CACHED)(vector)


class Bearing:
    """The lines of a ticket's passages, ready to be compared with its questions."""

    def __init__(self, lines: PassageLines, language: str = "en") -> None:
        self.language = language
        self._is_english = language == "en"
        self.floor = FLOOR if self._is_english else FLOOR_ELSEWHERE
        self.refs = [ref for ref, line in lines.items() if line.quotable]
        self._section: dict[LineRef, _Section] = {
            ref: (ref.doc_id, lines[ref].headings) for ref in self.refs
        }
        sections: dict[_Section, list[LineRef]] = {}
        for ref in self.refs:
            sections.setdefault(self._section[ref], []).append(ref)
        self._sections = list(sections)
        ready = [
            _ready(
                lines.passage(group[0]).title,
                "\n".join((*lines[group[0]].headings, *(_compared(lines[ref]) for ref in group))),
            )
            for group in ([[ref] for ref in self.refs] + list(sections.values()))
        ]
        self._texts = [one.text for one in ready]
        self._vectors = _stacked([one.vector for one in ready])
        self._own = _stacked([_own(_compared(lines[ref])) for ref in self.refs])
        self._stems = {ref: one.stems for ref, one in zip(self.refs, ready, strict=False)}

    def on(self, text: str) -> QuestionLines:
        """Return how the lines bear on the question *text*."""
        asked = relevance.question(text)
        scores = relevance.scores(asked, self._texts, self._vectors)
        of_sections = dict(zip(self._sections, scores[len(self.refs) :], strict=True))
        meaning = cosines(self._own, asked.vector).tolist() if self.refs else []
        return QuestionLines(
            scores=dict(zip(self.refs, scores, strict=False)),
            sections={ref: _logit(of_sections[key]) for ref, key in self._section.items()},
            meaning=dict(zip(self.refs, meaning, strict=True)),
            weights=asked.weights,
            stems_of=self._stems,
            near_meaning=NEAR_MEANING if self._is_english else NEAR_MEANING_ELSEWHERE,
        )


def _compared(line: Line) -> str:
    """Return what *line* says, with the names of a row's columns."""
    return labelled(line.cells) if line.cells else line.text


def _stacked(vectors: Sequence[Vector]) -> Vectors:
    return np.stack(vectors) if vectors else embed([])


@dataclass(frozen=True)
class QuestionLines:
    """A question's lines, by each measure."""

    scores: Mapping[LineRef, float]
    sections: Mapping[LineRef, float]
    meaning: Mapping[LineRef, float]
    weights: Mapping[str, float]
    stems_of: Mapping[LineRef, frozenset[str]]
    near_meaning: float = NEAR_MEANING

    def is_answered(
        self, used: Collection[LineRef], among: Collection[LineRef], named: Collection[LineRef] = ()
    ) -> bool:
        """
        Return whether *used* has about as good lines as there are *among* the lines.

        Args:
            named: rows of what the question names, in whatever section.
        """
        mine = [ref for ref in used if ref in among]
        if not mine:
            return False
        logits = self._logits
        most_words = max(self._shares[ref] for ref in among)
        return (
            _gap(logits, mine, among) <= NEAR_SCORE
            and _gap(self.meaning, mine, among) <= self.near_meaning
            and self._share(mine) >= most_words - NEAR_WORDS
            and (
                _gap(self.sections, mine, among) <= NEAR_SECTION
                or _gap(logits, mine, among) <= NEAR_BEST
                or any(ref in named for ref in mine)
            )
        )

    @cached_property
    def _logits(self) -> dict[LineRef, float]:
        return {ref: _logit(score) for ref, score in self.scores.items()}

    @cached_property
    def _shares(self) -> dict[LineRef, float]:
        """The share of the question's words that each line has."""
        return {ref: self._worth(self.stems_of[ref]) for ref in self.scores}

    @cached_property
    def _together(self) -> dict[LineRef, float]:
        """How good each line is by all measures together."""
        return {
            ref: self._logits[ref]
            + _WORTH_OF_MEANING * self.meaning[ref]
            + _WORTH_OF_WORDS * self._shares[ref]
            for ref in self.scores
        }

    def stand_out(self, used: Collection[LineRef], most_better: int = MOST_BETTER) -> bool:
        """Return whether *most_better* lines at most are better than *used*, and left out."""
        mine = [self._together[ref] for ref in used if ref in self._together]
        best = max(mine, default=0.0)
        better = (value > best and ref not in used for ref, value in self._together.items())
        return bool(mine) and sum(better) <= most_better

    def best(self, used: Iterable[LineRef]) -> LineRef | None:
        """Return the best line of *used*, if one of them is compared."""
        mine = [ref for ref in used if ref in self._together]
        return max(mine, key=self._together.__getitem__) if mine else None

    def are_enough(self, used: Collection[LineRef]) -> bool:
        """Return whether *used* have nearly as many of the question's words as an article."""
        articles: dict[str, list[LineRef]] = {}
        for ref in self.scores:
            articles.setdefault(ref.doc_id, []).append(ref)
        best = max((self._share(refs) for refs in articles.values()), default=0.0)
        return self._share([ref for ref in used if ref in self.scores]) >= best - NEAR_TOGETHER

    def _share(self, refs: Iterable[LineRef]) -> float:
        return self._worth(frozenset[str]().union(*(self.stems_of[ref] for ref in refs)))

    def _worth(self, words: frozenset[str]) -> float:
        """Return the share of the question's words that are *words*."""
        shared = sum(weight for stem, weight in self.weights.items() if stem in words)
        return shared / sum(self.weights.values()) if shared else 0.0


def _gap(of: Mapping[LineRef, float], mine: Iterable[LineRef], among: Iterable[LineRef]) -> float:
    """Return how far the best of *mine* is below the best *among* all."""
    return max(of[ref] for ref in among) - max(of[ref] for ref in mine)


def _logit(share: float) -> float:
    share = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(share / (1 - share))
