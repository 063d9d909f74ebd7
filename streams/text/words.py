"""
Words: the stems by which texts are compared, and how rare a word is in general language.

A word is rare if it is late in the vocabulary of WordLlama's tokenizer, whose order is
roughly that of frequency in a large general corpus.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import tantivy

from streams.text.embedding import token_ids

CACHED_WORDS = 32_768
"""Words whose stems and rarity are kept: some 300 bytes each."""


@lru_cache(maxsize=CACHED_WORDS)
def rarity(word: str) -> float:
    """Return ln(1 + place in the vocabulary), about 5 to 12; more for a word only in pieces."""
    ids = token_ids(word)
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


_LONGEST_WORD = 64  # bytes; longer ones are not words
_VOCABULARY = 32_000
