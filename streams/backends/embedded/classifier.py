"""
Triage without a language model: makes a `Classification` from a ticket and its reading.

Learns the taxonomy's examples (`ridge.py`), adds the evidence of key phrases, and takes
the fallback category where neither says much. Priority follows rules: the subcategory's
own, raised by what makes any ticket urgent. About half a millisecond for a ticket; the
same ticket always gets the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, cast

import numpy as np

from schemas import IncomingTicket, Reading
from schemas.triage import Priority
from streams.backends.embedded.priority import Priorities
from streams.backends.embedded.ridge import Matrix, RidgeModel, lowercase_words, softmax
from streams.backends.embedded.sentiment import Sentiments
from streams.definitions import urgency
from streams.definitions.taxonomy import Subcategory, Taxonomy
from streams.definitions.urgency import load_urgency
from streams.ports import Classification
from streams.text.sentences import different

_PHRASE_EVIDENCE: Final = 1.5
"""Log-odds that a key phrase adds to its subcategory: odds of 4.5 to 1."""
_MOST_EVIDENCE: Final = 3.0
_CONSIDERED: Final = 2_000
"""Characters that are searched for key phrases."""
_SURE: Final = 0.5
"""Probability of the category from which its subcategory alone can make a ticket P1."""
_UNSURE: Final = 0.15
"""Probability below which no subcategory stands out, and the ticket is the fallback's."""


class EmbeddedClassifier:
    """A `Classifier` made of a taxonomy alone."""

    name = "embedded"

    def __init__(self, taxonomy: Taxonomy, told: urgency.Urgency | None = None) -> None:
        """
        Args:
            taxonomy: its examples are learnt by `learn`, or for the first ticket.
            told: words of sentiment and priority; by default as `load_urgency` has them.
        """
        told = told or load_urgency()
        self._sentiments = Sentiments(told.sentiment)
        self._priorities = Priorities(told.priority)
        self._leaves = [(c.name, s) for c in taxonomy.categories for s in c.subcategories]
        self._names = [c.name for c in taxonomy.categories]
        self._belongs = np.array([[c == n for n in self._names] for c, _ in self._leaves], float)
        self._fallback = [c for c, _ in self._leaves].index(taxonomy.fallback)
        self._phrases = _phrases([leaf for _, leaf in self._leaves])
        self._examples = tuple(
            (text, i) for i, (_, leaf) in enumerate(self._leaves) for text in _texts(leaf)
        )

    def learn(self) -> None:
        """Learn the taxonomy's examples: a fifth of a second for the default one."""
        _ = self._model

    @cached_property
    def _model(self) -> RidgeModel:
        return _learnt(self._examples, len(self._leaves))

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """Return what *reading* is about. Never raises."""
        if not reading.asks:
            category, leaf = self._leaves[self._fallback]
            return Classification(category, leaf.name, "P3", self._sentiments.of(reading.text), 1.0)
        probabilities = self._probabilities(reading)
        of_category = probabilities @ self._belongs
        best = int(of_category.argmax())
        at = int((probabilities * self._belongs[:, best]).argmax())
        if probabilities.max() < _UNSURE and of_category[best] < _SURE:
            at = self._fallback
        category, leaf = self._leaves[at]
        feels = self._sentiments.of(reading.text)
        return Classification(
            category=category,
            subcategory=leaf.name,
            priority=self._priorities.of(self._own(leaf, of_category[best]), reading, feels),
            sentiment=feels,
            confidence=round(float(of_category[self._names.index(category)]), 4),
        )

    def _probabilities(self, reading: Reading) -> Matrix:
        """
        Return the probability of each subcategory, shape (subcategories,).

        It is the mean over the text as a whole and each of its problems; later problems
        count half, because people begin with what troubles them most.
        """
        texts = different((reading.text, *reading.queries)) or [""]
        evidence = np.array([self._evidence(text) for text in texts])
        found = softmax(self._model.logits(texts) + evidence)
        weights = np.where(np.arange(len(texts)) < 2, 1.0, 0.5)
        mean: Matrix = weights @ found / weights.sum()
        return mean

    @staticmethod
    def _own(leaf: Subcategory, confidence: float) -> Priority:
        """Return *leaf*'s priority. P1 needs a classifier that is sure, or a signal (see below)."""
        if leaf.priority == "P1" and confidence < _SURE:
            return "P2"
        return cast(Priority, leaf.priority)

    def _evidence(self, text: str) -> Matrix:
        """Return the log-odds that key phrases in *text* add to each subcategory."""
        added = [0.0] * len(self._leaves)
        said = lowercase_words(text[:_CONSIDERED])
        found = {
            phrase
            for i, word in enumerate(said)
            for phrase in self._phrases.get(word, ())
            if said[i : i + len(phrase.words)] == phrase.words
        }
        for phrase in found:
            for leaf in phrase.leaves:
                added[leaf] += _PHRASE_EVIDENCE
        return np.minimum(added, _MOST_EVIDENCE)


@lru_cache(maxsize=2)
def _learnt(examples: tuple[tuple[str, int], ...], leaves: int) -> RidgeModel:
    """Return what is learnt from *examples*, once for all parts of a process."""
    texts, labels = zip(*examples, strict=True)
    return RidgeModel(texts, labels, leaves)


def _texts(leaf: Subcategory) -> tuple[str, ...]:
    """Return what there is to learn *leaf* from."""
    return (*leaf.examples, *([leaf.description] if leaf.description else []))


@dataclass(frozen=True, eq=False)
class _Phrase:
    """The words of a key phrase, and the places of the subcategories that it speaks for."""

    words: list[str]
    leaves: list[int]


def _phrases(leaves: list[Subcategory]) -> dict[str, list[_Phrase]]:
    """Return the key phrases by their first word."""
    speaks_for: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, leaf in enumerate(leaves):
        for phrase in dict.fromkeys(tuple(lowercase_words(p)) for p in leaf.key_phrases):
            speaks_for[phrase].append(i)
    found: defaultdict[str, list[_Phrase]] = defaultdict(list)
    for phrase, places in speaks_for.items():
        if phrase:
            found[phrase[0]].append(_Phrase(list(phrase), places))
    return dict(found)
