"""Which known name a misspelt one stands for: the one that shares most of its words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

_ALIKE = 0.5
"""Share of two names' words, 0 to 1, from which one is taken for the other."""
_WORD_ALIKE = 0.8
"""Likeness of two words, or of names without a word in common, from which one is a slip."""
_MOST = 2
"""Names that are suggested, at most."""


def names_like(name: str, known: Iterable[str]) -> list[str]:
    """Return the one or two of *known* that *name*, words joined by `_`, is most like, or none."""
    names = sorted(known)
    shared = {one: _shared_words(name.split("_"), one.split("_")) for one in names}
    most = max(shared.values(), default=0.0)
    if most < _ALIKE:
        return difflib.get_close_matches(name, names, n=1, cutoff=_WORD_ALIKE)
    best = [one for one in names if shared[one] == most]
    return best if len(best) <= _MOST else difflib.get_close_matches(name, best, n=1, cutoff=0)


def _shared_words(given: Sequence[str], other: Sequence[str]) -> float:
    """Return the share, 0 to 1, of words that *given* and *other* have both, or nearly so."""
    alike = sum(max(_likeness(word, one) for one in other) for word in given)
    return round(2 * alike / (len(given) + len(other)), 3)


def _likeness(word: str, other: str) -> float:
    found = difflib.SequenceMatcher(a=word, b=other).ratio()
    return found if found >= _WORD_ALIKE else 0
