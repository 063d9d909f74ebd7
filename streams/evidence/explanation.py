"""
Why a passage was found for a question, and what its score is made of.

A `Why` is made from the two texts, the places that the passage had in each ranking, and what the
knowledge base knows of its own words. Its `points` and `bias` add up to what the score is the
logistic of, see `relevance.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas import Passage
from streams.evidence import relevance
from streams.evidence.ranking import Places, stems_to_search
from streams.text.embedding import vector
from streams.text.words import stems, words

SIGNS = ("meaning", "title", "coverage", "content")


@dataclass(frozen=True)
class Why:
    """What speaks for a passage, and what does not."""

    places: Places
    signs: dict[str, float]
    """What was measured, by the names of SIGNS."""
    points: dict[str, float]
    """What each of them adds to the score, and `bias`, before the logistic function."""
    matched: dict[str, float]
    """Words of the question that the passage has, with their share of what the question says."""
    missing: dict[str, float]
    """Words that it has not, likewise. Neither has the most common words, such as "the"."""


def why(query: str, passage: Passage, places: Places, share: relevance.Share) -> Why:
    """Return why *passage* was found for *query*, by a knowledge base with the word *share*s."""
    asked = relevance.question(query, share)
    text = relevance.comparable(passage.title, passage.text)
    whole = relevance.whole(passage.title, passage.text)
    measured = relevance.signs(asked, [text], np.array([vector(whole)]))[0].tolist()
    there = set(stems(whole))
    shares = dict(_shares(query, asked))
    return Why(
        places=places,
        signs=dict(zip(SIGNS, measured, strict=True)),
        points={
            "bias": relevance.BIAS,
            **{s: w * m for s, w, m in zip(SIGNS, relevance.WEIGHTS, measured, strict=True)},
        },
        matched={word: s for word, s in shares.items() if there.issuperset(stems(word))},
        missing={word: s for word, s in shares.items() if there.isdisjoint(stems(word))},
    )


def marks(text: str, matched: dict[str, float]) -> Iterator[tuple[int, int]]:
    """Yield where the words of *text* begin and end that are *matched*, be it in another form."""
    there = {stem for word in matched for stem in stems(word)}
    end = 0
    for word in words(text):
        begin = text.index(word, end)
        end = begin + len(word)
        if not there.isdisjoint(stems(word)):
            yield begin, end


def _shares(query: str, asked: relevance.WeighedQuestion) -> Iterator[tuple[str, float]]:
    """
    Yield the telling words of *query*, in their order, with their shares of what it says.

    Of several forms of a word, the first one stands for all.
    """
    whole, telling = sum(asked.weights.values()), set(stems_to_search(asked.weights))
    for word in words(query[: relevance.QUERY_CHARACTERS]):
        found = telling.intersection(stems(word))
        telling -= found
        if found and whole:
            yield word.lower(), sum(asked.weights[stem] for stem in found) / whole
