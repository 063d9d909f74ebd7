"""
Learns from labelled texts, in closed form, a function from text to probabilities.

Each text becomes its WordLlama vector beside its words weighted by TF-IDF: meaning, and
the exact words that meaning blurs. Kernel ridge regression (Gaussian kernel) on the labels
is solved exactly, so the result is deterministic and needs no training loop. Above 3,000
texts, the kernel is taken to 3,000 of them only (Nyström; Williams and Seeger, NIPS 2000).
Leave-one-out predictions come from the same solution (Hastie, Tibshirani, Friedman:
Elements of Statistical Learning, eq. 7.64), and a temperature fitted to them turns scores
into probabilities that were honest on texts not seen.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.text import embedding

Matrix = NDArray[np.float64]

_RIDGE: Final = 0.03
"""Penalty. On banking77, 10 texts a label, accuracy is flat from 0.03 to 0.3."""
_NARROWNESS: Final = 1.0
"""The kernel is exp(-this * squared distance); accuracy there is flat from 0.5 to 2."""
_WORDS_WEIGHT: Final = 0.5
"""Length of a text's words beside its vector's, which is 1."""
_MOST_WORDS: Final = 4_000
"""Words and pairs of words that are told apart, the commonest first."""
_LANDMARKS: Final = 3_000
"""Texts that a new one is compared with: bounds time and memory for each ticket."""
_TEMPERATURES: Final = np.geomspace(1.0, 60.0, 40)
_CONSIDERED: Final = 400
"""Characters of a text that count: the vector of a long text says little."""
_WORD: Final = re.compile(r"\w+")


def lowercase_words(text: str) -> list[str]:
    """Return the words of *text* in lower case, an apostrophe dividing none."""
    return _WORD.findall(text.lower().replace("’", "").replace("'", ""))


@dataclass(frozen=True)
class _Features:
    """Texts as unit vectors (rows), and as weighted words: columns and weights of each."""

    meaning: Matrix
    words: tuple[tuple[NDArray[np.int_], Matrix], ...]

    def squares(self) -> Matrix:
        """Return the squared length of each text, meaning and words together."""
        lexical = [weights @ weights for _, weights in self.words]
        squares: Matrix = np.einsum("ij,ij->i", self.meaning, self.meaning) + lexical
        return squares

    def lexical(self, columns: int) -> Matrix:
        """Return the words as a dense matrix, shape (texts, *columns*)."""
        dense = np.zeros((len(self.words), columns))
        for row, (at, weights) in zip(dense, self.words, strict=True):
            row[at] = weights
        return dense


class RidgeModel:
    """Probabilities of labels for texts, learnt from *texts* and their *labels*."""

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[int],
        count: int,
        *,
        landmarks: int = _LANDMARKS,
    ) -> None:
        """
        Learn from *texts*; *labels* are 0 to *count* - 1, at least one text in all.

        *landmarks*: texts that new ones are compared with, at most. Takes a quarter of a second
        for 400 texts, some seconds for 10,000.
        """
        self._vocabulary, self._idf = _vocabulary(texts)
        features = self._features(texts)
        # every k-th text of a label-wise order: each label keeps its share
        chosen = np.argsort(np.asarray(labels), kind="stable")[:: -(-len(texts) // landmarks)]
        self._meaning = np.ascontiguousarray(features.meaning[chosen].T)
        lexical = features.lexical(len(self._idf))[chosen].T
        self._words = np.ascontiguousarray(lexical, dtype=np.float32)
        self._squares = features.squares()[chosen]
        targets = np.zeros((len(texts), count))
        targets[np.arange(len(texts)), labels] = 1.0
        self._prior = targets.mean(axis=0)
        near = self._kernel(features)
        root = _inverse_root(near[chosen])
        weights, left_out = _solve(near @ root, targets - self._prior)
        self._weights = root @ weights
        self._temperature = _fitted(left_out + self._prior, np.asarray(labels))
        right = (left_out + self._prior).argmax(axis=1) == np.asarray(labels)
        self.left_out_accuracy = float(np.mean(right))
        """Share of *texts* that the others alone would have labelled right, 0 to 1."""

    def logits(self, texts: Sequence[str]) -> Matrix:
        """Return log-odds up to a constant a row, shape (len(texts), count)."""
        near = self._kernel(self._features(texts))
        scores: Matrix = (near @ self._weights + self._prior) * self._temperature
        return scores

    def _features(self, texts: Sequence[str]) -> _Features:
        texts = [text[:_CONSIDERED] for text in texts]
        meaning = embedding.embed(texts).astype(np.float64)
        return _Features(meaning, tuple(self._weighted(text) for text in texts))

    def _weighted(self, text: str) -> tuple[NDArray[np.int_], Matrix]:
        """Return the columns of *text*'s words and their weights, of length `_WORDS_WEIGHT`."""
        known = self._vocabulary.keys() & set(_grams(text))
        at = np.array(sorted([self._vocabulary[gram] for gram in known]), dtype=np.int_)
        weights = self._idf[at]
        return at, weights * (_WORDS_WEIGHT / max(math.sqrt(weights @ weights), 1e-9))

    def _kernel(self, some: _Features) -> Matrix:
        """Return how like each landmark each text is, 0 to 1; only its own words are touched."""
        alike = some.meaning @ self._meaning
        for row, (at, weights) in zip(alike, some.words, strict=True):
            row += weights.astype(np.float32) @ self._words[at]
        distance = some.squares()[:, None] + self._squares - 2 * alike
        kernel: Matrix = np.exp(-_NARROWNESS * np.maximum(distance, 0))
        return kernel


def softmax(logits: Matrix) -> Matrix:
    """Return the probabilities that *logits* stand for, over the last axis."""
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Matrix = odds / odds.sum(axis=-1, keepdims=True)
    return probabilities


def _grams(text: str) -> list[str]:
    found = lowercase_words(text)
    return found + [f"{a} {b}" for a, b in pairwise(found)]


def _vocabulary(texts: Sequence[str]) -> tuple[dict[str, int], Matrix]:
    """Return the columns of the words that count, and their inverse document frequencies."""
    counted = Counter(word for text in texts for word in set(_grams(text[:_CONSIDERED])))
    common = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_MOST_WORDS]
    counts = np.array([n for _, n in common], dtype=np.float64)
    idf: Matrix = np.log((1 + len(texts)) / (1 + counts)) + 1
    return {word: i for i, (word, _) in enumerate(common)}, idf


def _inverse_root(kernel: Matrix) -> Matrix:
    """Return the inverse square root of *kernel*; equal texts make it singular, hence the floor."""
    values, axes = np.linalg.eigh(kernel)
    root: Matrix = axes * (np.where(values > 1e-8, values, np.inf) ** -0.5) @ axes.T
    return root


def _solve(features: Matrix, targets: Matrix) -> tuple[Matrix, Matrix]:
    """Return the ridge weights, and what each row's prediction is without that row."""
    gram = features.T @ features + _RIDGE * np.eye(features.shape[1])
    spread = np.linalg.solve(gram, features.T)
    weights = spread @ targets
    leverage = np.einsum("ij,ji->i", features, spread)
    misses = (targets - features @ weights) / np.maximum(1 - leverage, 1e-9)[:, None]
    return weights, targets - misses


def _fitted(scores: Matrix, labels: NDArray[np.int_]) -> float:
    """Return the temperature under which *scores* make *labels* likeliest."""
    likelihoods = [
        np.log(softmax(scores * t)[np.arange(len(labels)), labels] + 1e-12).mean()
        for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmax(likelihoods))])
