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
`python -m bench.retrieval_quality --fit` does it again, and says on what and how well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import tantivy
from numpy.typing import NDArray

from streams.backends import vectors as wordllama
from streams.backends.vectors import Vectors, embed

DEFAULT_FLOOR = 0.25
"""
Below this, a passage is no evidence. Of public questions, 96 % have their right passage above
it, and 3 % of those from elsewhere have any (AUC .991). What it cannot do is to tell an answer
from its near miss: 81 % of questions whose own answer was taken away find a neighbour above it
(AUC .743), so a draft must still be checked against what it cites.
"""

WEIGHTS = (4.7, 3.3, 6.1, 1.9)
"""Of meaning, title, coverage and content."""
BIAS = -11.3

QUERY_CHARACTERS = 4_000
"""A question is read this far."""

Share = Callable[[str], float]
"""From a stem to the share of all passages, 0 to 1, that have it."""


def nowhere(_: str) -> float:
    """Return 0: nothing is known about this knowledge base's own words."""
    return 0.0


@dataclass(frozen=True)
class Question:
    """What has to be known of a question: its vector, shape (256,), and its stems' weights."""

    vector: NDArray[np.float32]
    weights: dict[str, float]

    @property
    def content(self) -> float:
        """Return how much the question says, 0 to 3.5, which is the most of those fitted on."""
        return math.log1p(min(sum(self.weights.values()), _MOST_CONTENT) / 50)


def question(text: str, share: Share = nowhere) -> Question:
    """Return *text* as a question to a knowledge base whose words have the shares *share*."""
    text = text[:QUERY_CHARACTERS]
    weights: dict[str, float] = {}
    for word in sorted(set(_WORD.findall(text.lower()))):
        for stem in stems(word):
            weight = rarity(word) ** 2 * (1 - share(stem)) ** 2
            weights[stem] = max(weight, weights.get(stem, 0.0))
    return Question(embed([text])[0], weights)


def scores(asked: Question, texts: Sequence[tuple[str, str]], vectors: Vectors) -> list[float]:
    """
    Return the score, 0 to 1, of each passage for *asked*.

    Args:
        texts: (title, text) of each passage.
        vectors: of `whole(title, text)` of each passage, shape (len(texts), 256).
    """
    found: list[float] = (
        1 / (1 + np.exp(-(signs(asked, texts, vectors) @ WEIGHTS + BIAS)))
    ).tolist()
    return found


def signs(
    asked: Question, texts: Sequence[tuple[str, str]], vectors: Vectors
) -> NDArray[np.float64]:
    """Return meaning, title, coverage and content of each passage, shape (len(texts), 4)."""
    out = np.zeros((len(texts), 4))
    if texts:
        out[:, 0] = vectors @ asked.vector
        out[:, 1] = _title_vectors([title for title, _ in texts]) @ asked.vector
        out[:, 2] = [_coverage(asked.weights, title, text) for title, text in texts]
        out[:, 3] = asked.content
    return out


def whole(title: str, text: str) -> str:
    """Return the text that stands for a passage when its vector is made."""
    return f"{title}\n{text}"


@lru_cache(maxsize=50_000)
def rarity(word: str) -> float:
    """Return ln(1 + place in the vocabulary), about 5 to 12; more for a word only in pieces."""
    ids = wordllama._model().tokenizer.encode(word, add_special_tokens=False).ids
    if len(ids) == 1:
        return math.log1p(ids[0])
    return math.log(_VOCABULARY) + 0.5 * (len(ids) - 1)


def stems(text: str) -> list[str]:
    """Return the words of *text*, folded to ASCII, in lower case, by Snowball's English stem."""
    found: list[str] = analyzer().analyze(text)
    return found


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Return what cuts text into stems, here and in an index that wants the same stems."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


_WORD = re.compile(r"\w+")
_LONGEST_WORD = 64  # bytes; longer ones are not words
_MOST_CONTENT = 1_500.0
_VOCABULARY = 32_000


def _coverage(weights: dict[str, float], title: str, text: str) -> float:
    there = weights.keys() & _stem_set(text) | weights.keys() & _stem_set(title)
    covered = sum(weights[stem] for stem in sorted(there))  # sums depend on the order
    return min(1.0, covered / sum(weights.values())) if covered else 0.0


@lru_cache(maxsize=2_048)
def _stem_set(text: str) -> frozenset[str]:
    return frozenset(stems(text))


def _title_vectors(titles: Sequence[str]) -> Vectors:
    return np.stack([_title_vector(title) for title in titles])


@lru_cache(maxsize=2_048)
def _title_vector(title: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = embed([title])[0]
    return vector
