"""
How close each unit of lines is to a question: by meaning, by the heading that it stands under, by
the rare words that they share, by its article, and by error codes.

The question and what the customer said around it count half each: "How long does that take?" says
little by itself, and what is said around it is not what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.evidence import relevance
from streams.evidence.asked import AskedQuestion
from streams.evidence.line_units import LineUnit
from streams.text.codes import codes, share_code
from streams.text.words import content

MEANING, HEADING, WORDS, ARTICLE = 0.4, 0.15, 0.3, 0.15
"""Weights of the vector of a unit's own text, of that of its title and heading, of shared rare
words, and of its article's score beside the best one's."""
SAME_CODE = 0.15
"""Bonus of a unit with an error code of the question."""
SAYS_ENOUGH, SAYS_ALL = 3, 4
"""Words with a meaning of their own from which a question is mostly compared by itself, and from
which a code around it is not what it is about."""
OWN, OWN_OF_LITTLE = 0.6, 0.4
"""Share of the question itself, beside what was said around it; and of one that says little."""


def closeness(
    question: AskedQuestion, units: Sequence[LineUnit], articles: Mapping[str, float]
) -> NDArray[np.float64]:
    """
    Return how close each of *units* is to *question*, some 0 to 1.

    Args:
        articles: the best score that a passage of each article has.
    """
    asks = [relevance.question(text) for text in dict.fromkeys((question.text, question.compared))]
    asked = np.array([ask.vector for ask in asks]).T
    meaning = np.array([unit.signs.vector for unit in units]) @ asked
    heading = np.array([unit.signs.context for unit in units]) @ asked
    shared = np.array([[_shared(ask, unit.signs.words) for ask in asks] for unit in units])
    found = MEANING * meaning + HEADING * heading + WORDS * shared
    own: NDArray[np.float64] = found @ _shares(question, len(asks))
    best = max(articles.values()) or 1.0
    says_all = len(content(question.text)) >= SAYS_ALL
    named = codes(question.text if says_all else question.compared)
    own += [ARTICLE * articles[unit.doc_id] / best for unit in units]
    own += [SAME_CODE * share_code(unit.signs.codes, named) for unit in units]
    return own


def _shares(question: AskedQuestion, asks: int) -> tuple[float, ...]:
    if asks == 1:
        return (1.0,)
    own = OWN if len(content(question.text)) >= SAYS_ENOUGH else OWN_OF_LITTLE
    return (own, 1 - own)


def _shared(ask: relevance.WeighedQuestion, words: frozenset[str]) -> float:
    """Return the share of the question's words that are in *words*, rare ones counting more."""
    shared = sum(weight for stem, weight in ask.weights.items() if stem in words)
    return shared / sum(ask.weights.values()) if shared else 0.0
