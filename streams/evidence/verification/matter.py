"""The words of a text that say what it is about, by its language: stems, without function words."""

from __future__ import annotations

from functools import cache, lru_cache

import tantivy

from streams.text.tables import table
from streams.text.words import content

_NAMES: dict[str, str] = table("verification")["stemmers"]


@lru_cache(maxsize=8_192)
def matter(text: str, language: str = "en") -> frozenset[str]:
    """Return the stems of *text*; of a language without a stemmer as if it was English."""
    name = _NAMES.get(language.partition("-")[0])
    return frozenset(_analyzer(name).analyze(text)) if name else content(text)


@cache
def _analyzer(name: str) -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(64))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stopword(name))
        .filter(tantivy.Filter.stemmer(name))
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )
