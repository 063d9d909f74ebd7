"""
Of what a question asks about quoted lines speak: in its words, or in words that are near.

A short question is compared together with what was said around it, and lines that answer that bear
on the whole. "And can I bring my dog?" after a question about a fee is answered by no line that has
neither a dog nor anything like one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from streams.evidence.lines import PassageLines
from streams.evidence.verification.matter import matter
from streams.ports import LineRef
from streams.text.embedding import cosines, embed, vector
from streams.text.tables import table, words_of
from streams.text.words import content, rarity, words

RARE = 8.5
"""Rarity of a word from which it says what a question is about: "dog", but not "long"."""
NEAR = 0.5
"""Cosine of the vectors of two words that mean about the same: "cost" and "fee"."""
_CACHED = 4_096
"""Words of articles, and of questions, whose vectors are kept: 1 kB each."""

_of_word = lru_cache(maxsize=_CACHED)(vector)


@dataclass(frozen=True)
class OwnWords:
    """The words that say what a question is about, and those of them of which no line speaks."""

    all: frozenset[str]
    missing: frozenset[str]


def own_words(asked: str, used: Sequence[LineRef], lines: PassageLines, language: str) -> OwnWords:
    """Return the own words of *asked*, which is in *language*, beside the lines *used*."""
    own = _own(asked, language)
    text = said_by(used, lines)
    have = content(text)
    missing = [word for word in own if not content(word) & have]
    if missing:
        theirs = [word for word in dict.fromkeys(words(text)) if content(word)]
        near = np.array([_of_word(word) for word in theirs]) if theirs else embed([])
        missing = [w for w in missing if cosines(near, _of_word(w)).max(initial=0) < NEAR]
    return OwnWords(frozenset(own), frozenset(missing))


def _own(asked: str, language: str) -> list[str]:
    """Return the words of *asked* that say what it is about, if that is all it goes by."""
    little = words_of(table("asked")["says_little"])
    found = [
        word
        for word in dict.fromkeys(words(asked))
        if rarity(word.lower()) >= RARE and word.lower() not in little and matter(word, language)
    ]
    refers = not words_of(table("asked")["refers_back"]).isdisjoint(words(asked.casefold()))
    return [] if refers and len(found) < _FEWEST else found


_FEWEST = 2
"""Words of its own that a question needs that refers to what was said before."""


def said_by(used: Sequence[LineRef], lines: PassageLines) -> str:
    """Return the text of *used*, with headings and titles."""
    return "\n".join(
        text
        for ref in used
        for text in (
            lines.passage(ref).title,
            *lines[ref].headings,
            lines[ref].text,
            *(text for cell in lines[ref].cells for text in cell),
        )
    )
