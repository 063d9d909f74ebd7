"""
What all knowledge bases rank alike: how deep they look, and in what order passages come.

Words (BM25) and vectors find candidates within the scope. Their order is that of BM25 and that
of the score of `relevance.py`, in which the vectors have their part, joined by reciprocal rank
fusion (Cormack, Clarke and Buettcher, SIGIR 2009): on public data this puts the right article
first more often than BM25 fused with the vectors' own order (bench/quality/retrieval.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas import Article
from streams.ports import Scope
from streams.text.words import rarity

RANK_CONSTANT = 60
"""k of reciprocal rank fusion, as in the paper."""
FETCHED = 30
"""How deep each ranking is read before the best are taken, at least."""
COMMON = 6.2
"""Words no rarer than this (the, is, can) are not searched for if there are others: it takes
most of the time and changes nothing."""
MOST_STEMS = 64
"""A longer question is searched for its rarest stems only."""
FEW = 20
"""Passages that a knowledge base is taken to have beside its own when words are counted."""
PER_ARTICLE = 3
"""More passages of one article than this come after those of others."""
NEVER = 2**53

_P = TypeVar("_P", bound=Hashable)


def depth(limit: int) -> int:
    """Return how deep each ranking is read for *limit* passages."""
    return max(FETCHED, 4 * limit)


def stems_to_search(weights: Mapping[str, float]) -> list[str]:
    """Return the stems of *weights* that are worth a search for words, weightiest first."""
    telling = [stem for stem in weights if rarity(stem) >= COMMON] or list(weights)
    return sorted(telling, key=weights.__getitem__, reverse=True)[:MOST_STEMS]


def share_with_stem(having: float, passages: float) -> float:
    """Return the share, 0 to 1, of *passages* for a stem that *having* of them have."""
    return min(1.0, having / (passages + FEW))


def fused(*rankings: Iterable[_P]) -> list[_P]:
    """Return all of *rankings* by reciprocal rank fusion; ties in order of the first."""
    points: dict[_P, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            points[one] = points.get(one, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(points, key=lambda one: -points[one])


@dataclass(frozen=True)
class Places:
    """A passage's place in each ranking, from 1; None if it is not among those read."""

    words: int | None
    meaning: int | None
    score: int


@dataclass(frozen=True)
class Rankings(Generic[_P]):
    """What was found for a question: by words and by meaning, best first, and all scores."""

    words: Sequence[_P]
    meaning: Sequence[_P]
    scores: Mapping[_P, float]

    def best(self, limit: int, told: Callable[[_P], tuple[str, str, str]]) -> list[_P]:
        """Return the best *limit*; *told* as for `spread`."""
        return spread(fused(self.words, self._by_score()), limit, told)

    def places(self, one: _P) -> Places:
        """Return where *one*, which was found, stands."""
        rankings = (self.words, self.meaning, self._by_score())
        words, meaning, score = (r.index(one) + 1 if one in r else None for r in rankings)
        assert score is not None, "what was found has a score"  # noqa: S101
        return Places(words, meaning, score)

    def _by_score(self) -> list[_P]:
        return sorted(self.scores, key=lambda one: -self.scores[one])


def spread(order: Iterable[_P], limit: int, told: Callable[[_P], tuple[str, str, str]]) -> list[_P]:
    """
    Return the first *limit* of *order*, no text twice, none of many of one article.

    *told* says the doc_id, the title and the text of a passage.
    """
    first: list[_P] = []
    later: list[_P] = []
    texts: set[tuple[str, str]] = set()
    per_article: dict[str, int] = {}
    for one in order:
        doc_id, title, text = told(one)
        if (title, text) in texts:
            continue
        texts.add((title, text))
        count = per_article[doc_id] = per_article.get(doc_id, 0) + 1
        (first if count <= PER_ARTICLE else later).append(one)
        if len(first) == limit:
            break
    return (first + later)[:limit]


def audiences(scope: Scope) -> list[str]:
    """Return whose articles *scope* may read: internal readers read what is public, too."""
    return sorted({"public", scope.audience})


def expires(article: Article) -> int:
    """Return when *article* stops being evidence, in whole seconds since 1970, 1 at least."""
    until = article.expires_at
    return max(1, math.ceil(until.timestamp())) if until else NEVER
