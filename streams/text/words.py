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


def words(text: str) -> list[str]:
    """Return the words of *text* as they are written, cut where `stems` cuts."""
    found: list[str] = _cutter().analyze(text)
    return found


@cache
def _cutter() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .build()
    )


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


@lru_cache(maxsize=4_096)
def content(text: str) -> frozenset[str]:
    """Return the stems of the words of *text* that mean something by themselves."""
    return frozenset(stems(text)) - _FUNCTION_WORDS


def coverage(words: frozenset[str], among: frozenset[str]) -> float:
    """Return the share of *words* that are *among* others; 1 if there are none."""
    return len(words & among) / len(words) if words else 1.0


_FUNCTION_WORDS = frozenset(
    stems(
        " a about after all also am an and any are as at be because been before being but by can"
        " could did do does for from get got had has have having he her here him his how i if in"
        " into is it its just may me might more most must my of off on once or other our out over"
        " own she should so some such than that the their them then there these they this those"
        " through to too under until up us very was we were what when where which while who will"
        " with would you your not no nor never cannot without s t don isn aren doesn won didn"
    )
)
