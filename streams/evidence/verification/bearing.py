"""
How well each line of a ticket's passages bears on a question, by several measures.

* score: `relevance.py`'s absolute one, of the line under its title and headings; on the logit scale
* meaning: the cosine of the line's own vector and the question's
* words: the share of the question's words that the line and its headings have, rare ones counting
  more

Lines that answer a question are about as good as the best line by each of them. What they have
together is nearly what any one article has of the question's words. How near is fitted on answers
made of lines, and on wrong ones: `bench/quality/verifier.py` says how well it parts them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from streams.evidence import relevance
from streams.evidence.lines import PassageLines
from streams.ports import LineRef
from streams.text.embedding import cosines, embed
from streams.text.words import stems

FLOOR = relevance.DEFAULT_FLOOR
"""Least score, 0 to 1, of a line that answers a question."""
NEAR_SCORE, NEAR_MEANING, NEAR_WORDS, NEAR_TOGETHER = 0.6, 0.2, 0.2, 0.36
"""How far below the best line an answer's best one may be, by each measure."""


class Bearing:
    """The lines of a ticket's passages, ready to be compared with its questions."""

    def __init__(self, lines: PassageLines) -> None:
        self.refs = [ref for ref, line in lines.items() if line.quotable]
        own = [lines[ref].text for ref in self.refs]
        headed = ["\n".join((*lines[ref].headings, lines[ref].text)) for ref in self.refs]
        titles = [lines.passage(ref).title for ref in self.refs]
        whole = [relevance.whole(title, text) for title, text in zip(titles, headed, strict=True)]
        vectors = embed([*whole, *own])
        self._headed, self._own = vectors[: len(own)], vectors[len(own) :]
        self._ready = [_comparable(t, text) for t, text in zip(titles, headed, strict=True)]
        self._stems = dict(zip(self.refs, map(_stems, headed), strict=True))

    def on(self, text: str) -> Compared:
        """Return how the lines bear on the question *text*."""
        asked = relevance.question(text)
        scores = relevance.scores(asked, self._ready, self._headed)
        meaning = cosines(self._own, asked.vector).tolist() if self.refs else []
        return Compared(
            dict(zip(self.refs, scores, strict=True)),
            dict(zip(self.refs, meaning, strict=True)),
            asked.weights,
            self._stems,
        )


class Compared:
    """A question's lines, by each measure."""

    def __init__(
        self,
        scores: Mapping[LineRef, float],
        meaning: Mapping[LineRef, float],
        weights: Mapping[str, float],
        stems_of: Mapping[LineRef, frozenset[str]],
    ) -> None:
        self.scores = scores
        self._meaning, self._weights, self._stems = meaning, weights, stems_of
        self._words = {ref: self._share((ref,)) for ref in scores}

    def is_answered(self, used: Collection[LineRef], among: Collection[LineRef]) -> bool:
        """Return whether *used* has about as good lines as there are *among* the lines."""
        mine = [ref for ref in used if ref in among]
        logits = {ref: _logit(self.scores[ref]) for ref in among}
        return bool(mine) and all(
            max(of[ref] for ref in mine) >= max(of[ref] for ref in among) - near
            for of, near in (
                (logits, NEAR_SCORE),
                (self._meaning, NEAR_MEANING),
                (self._words, NEAR_WORDS),
            )
        )

    def are_enough(self, used: Collection[LineRef]) -> bool:
        """Return whether *used* together have about as many of the question's words as an article."""
        articles: dict[str, list[LineRef]] = {}
        for ref in self.scores:
            articles.setdefault(ref.doc_id, []).append(ref)
        best = max((self._share(refs) for refs in articles.values()), default=0.0)
        return self._share([ref for ref in used if ref in self.scores]) >= best - NEAR_TOGETHER

    def _share(self, refs: Iterable[LineRef]) -> float:
        whole = sum(self._weights.values())
        have = frozenset[str]().union(*(self._stems[ref] for ref in refs))
        return sum(w for stem, w in self._weights.items() if stem in have) / whole if whole else 0.0


_comparable = lru_cache(maxsize=8_192)(relevance.comparable)


@lru_cache(maxsize=8_192)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stems(text))


def _logit(share: float) -> float:
    share = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(share / (1 - share))
