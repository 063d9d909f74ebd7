"""
How good evidence a passage is for a question: an absolute score from 0 to 1.

A fused rank says which passage comes first, never whether it says anything about the
question. This score does, and means the same whatever backend found the passage: it is a
logistic function of four signs, all of which come from the two texts alone.

* meaning: the cosine of their WordLlama vectors, title included
* title: the cosine of the question's vector and the title's
* coverage: the share of the question's words that the passage has, by stem, each weighted
  by how rare it is
* content: how much the question says, ln(1 + the weights of its words / 50); a question that
  says much is never covered whole, and one of two words is covered by chance

A word is rare if it is late in the vocabulary of WordLlama's tokenizer, whose order is
roughly that of frequency in a large general corpus, so no backend needs to count words.
What general language cannot know is a word that one knowledge base has everywhere, the
product's name above all: a backend may say what share of its passages has a word, exactly
or from a sample.

The constants are fitted on public data, none of it from this product's sample:
`python -m bench.quality.retrieval --fit` does it again, and says on what and how well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from streams.text.embedding import CACHED_TEXTS, Vector, Vectors, cosines, vector
from streams.text.words import CACHED_WORDS, rarity, stems, words

DEFAULT_FLOOR = 0.25
"""
Below this, a passage is no evidence. Of public questions, 96 % have their right passage above
it, and 3 % of those from elsewhere have any (AUC .992). What it cannot do is to tell an answer
from its near miss: 81 % of questions whose own answer was taken away find a neighbour above it
(AUC .745), so a draft must still be checked against what it cites.
"""

WEIGHTS = (4.7, 3.3, 6.1, 1.9)
"""The weights of meaning, title, coverage and content."""
BIAS = -11.3

QUERY_CHARACTERS = 4_000
"""A question is read this far."""

Share = Callable[[str], float]
"""From a stem to the share of all passages, 0 to 1, that have it."""


def nowhere(_: str) -> float:
    """Return 0: nothing is known about this knowledge base's own words."""
    return 0.0


@dataclass(frozen=True)
class WeighedQuestion:
    """What has to be known of a question: its vector, shape (256,), and its stems' weights."""

    vector: Vector
    weights: dict[str, float]

    @property
    def content(self) -> float:
        """Return how much the question says, 0 to 3.5, which is the most of those fitted on."""
        return math.log1p(min(sum(self.weights.values()), _MOST_CONTENT) / 50)


def question(text: str, share: Share = nowhere) -> WeighedQuestion:
    """Return *text* as a question to a knowledge base whose words have the shares *share*."""
    plain = _plain_question(text[:QUERY_CHARACTERS])
    if share is nowhere:
        return plain
    shared = {stem: weight * (1 - share(stem)) ** 2 for stem, weight in plain.weights.items()}
    return WeighedQuestion(plain.vector, shared)


@lru_cache(maxsize=CACHED_TEXTS)
def _plain_question(text: str) -> WeighedQuestion:
    weights: dict[str, float] = {}
    for word in sorted(set(words(text))):
        for stem, weight in _weighted(word):
            weights[stem] = max(weight, weights.get(stem, 0.0))
    return WeighedQuestion(vector(text), weights)


@dataclass(frozen=True)
class Comparable:
    """
    What has to be known of a passage, beside its vector, to compare it with questions.

    `title` is the vector of its title, shape (256,), and `stems` are the hashes of the stems of
    title and text, each once. Hashes are those of this process, and nothing remembers the stems.
    """

    title: Vector
    stems: NDArray[np.int64]


def comparable(title: str, text: str) -> Comparable:
    """Return the passage of *title* and *text*, ready to be compared with questions."""
    found = set(stems(whole(title, text)))
    return Comparable(vector(title), np.fromiter(map(hash, found), np.int64, len(found)))


def scores(asked: WeighedQuestion, passages: Sequence[Comparable], vectors: Vectors) -> list[float]:
    """
    Return the score, 0 to 1, of each of *passages* for *asked*.

    *vectors* are those of `whole(title, text)` of each passage, shape (len(passages), 256).
    """
    found: list[float] = (
        1 / (1 + np.exp(-(signs(asked, passages, vectors) @ WEIGHTS + BIAS)))
    ).tolist()
    return found


def signs(
    asked: WeighedQuestion, passages: Sequence[Comparable], vectors: Vectors
) -> NDArray[np.float64]:
    """Return meaning, title, coverage and content of each passage, shape (len(passages), 4)."""
    out = np.zeros((len(passages), 4))
    if passages:
        out[:, 0] = cosines(vectors, asked.vector)
        out[:, 1] = cosines(np.array([passage.title for passage in passages]), asked.vector)
        out[:, 2] = _coverage(asked.weights, [passage.stems for passage in passages])
        out[:, 3] = asked.content
    return out


def whole(title: str, text: str) -> str:
    """Return the text that stands for a passage when its vector is made."""
    return f"{title}\n{text}"


_MOST_CONTENT = 1_500.0


@lru_cache(maxsize=CACHED_WORDS)
def _weighted(word: str) -> tuple[tuple[str, float], ...]:
    """Return the stems of *word*, each with the weight that its rarity gives it."""
    weight = rarity(word.lower()) ** 2
    return tuple((stem, weight) for stem in stems(word))


_LOW_BITS = (1 << 12) - 1
"""Bits of a hash by which nearly all words of passages that no question has are ruled out."""


def _coverage(
    weights: dict[str, float], passages: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Return the share of *weights* that each of *passages*, hashes of stems, has."""
    whole = sum(weights.values())
    if not whole:
        return np.zeros(len(passages))
    asked = np.fromiter(map(hash, weights), np.int64, len(weights))
    order = asked.argsort()
    asked, worth = asked[order], np.fromiter(weights.values(), np.float64, len(weights))[order]
    there = np.concatenate(passages)
    is_likely = np.zeros(_LOW_BITS + 1, dtype=np.bool_)
    is_likely[asked & _LOW_BITS] = True
    (likely,) = is_likely[there & _LOW_BITS].nonzero()
    at = np.minimum(asked.searchsorted(there[likely]), len(asked) - 1)
    same = asked[at] == there[likely]
    ends = np.array([len(passage) for passage in passages]).cumsum()
    owners = ends.searchsorted(likely[same], side="right")
    found = np.bincount(owners, weights=worth[at[same]], minlength=len(passages))
    return np.minimum(1.0, found / whole)
