"""What a customer says that they do not have: steps that need it are no answer."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from streams.text.tables import alternatives, table
from streams.text.words import content


@lru_cache(maxsize=4_096)
def lacked(text: str) -> frozenset[frozenset[str]]:
    """Return the things of two words that *text* says are not there: "no recovery codes"."""
    found = (content(words) for words in _after_lack().findall(text.lower()))
    return frozenset(thing for thing in found if len(thing) == _WORDS)


def needs_lacked(text: str, things: frozenset[frozenset[str]]) -> bool:
    """Return whether *text* speaks of one of *things*, and not of doing without it."""
    words = content(text)
    return any(thing <= words for thing in things) and not things & lacked(text)


_WORDS = 2
"""Of one word ("no code") it is not clear which thing is meant."""


@cache
def _after_lack() -> re.Pattern[str]:
    given = table("lacking")
    lines = (line for lines in given["lacks"].values() for line in lines)
    lacks = "|".join(sorted(lines, key=len, reverse=True))  # "no tengo" goes before "no"
    articles = alternatives(given["articles"])
    return re.compile(rf"\b(?:{lacks})\s+(?:{articles}\s+){{0,2}}(\w+[ -]\w+)")
