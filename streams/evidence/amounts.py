"""
Which kinds of number a text has. An answer needs the kind that its question turns on.

"I deleted it 61 days ago" is decided by a time, "the largest file" by a size: a text that has
no number of the kind leaves out the condition that decides.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

from streams.text.codes import without_codes
from streams.text.numbers import numbers
from streams.text.patterns import Pattern
from streams.text.sentences import split
from streams.text.tables import table
from streams.text.words import content, coverage

NumberKind = Literal["time", "size", "money", "share", "count"]

_KINDS: dict[str, NumberKind] = {
    **dict.fromkeys(("s", "min", "h", "d", "w", "m", "y"), "time"),
    **dict.fromkeys(("kb", "mb", "gb", "tb"), "size"),
    **dict.fromkeys(("$", "€"), "money"),
    "%": "share",
}
_LONG = re.compile(r"\bhow (?:long|soon|fast|quickly)\b|\b(?:wie lange|combien de temps)\b", re.I)
_SIZE = re.compile(
    r"\b(?:how (?:big|large)|(?:file|upload) size|(?:max\w*|large\w*|bigg\w+) (?:\w+ )?(?:files?"
    r"|uploads?)|(?:files?|uploads?|storage)(?: size)? limits?)\b",
    re.I,
)
_COUNT = re.compile(
    r"\bhow (?:many|much|often)\b|\b(?:max(?:imum)?|limits?|quotas?|at most)\b[^.!\n]{0,60}[?？]"
    r"|\b(?:what|which)\b[^.!?\n]{0,40}\b(?:max(?:imum)?|limits?|quotas?)\b"
    r"|\b(?:wie ?viele?|combien|cu[aá]nt[oa]s?|quant[ie])\b",
    re.I,
)
_OF_A_LIMIT = re.compile(
    r"\bcount\w* (?:towards?|against|as|in(?:to)?|for)\b|\b(?:what|who) happens\b"
    r"|\b(?:limits?|quotas?)\b[^.!?\n]{0,20}\b(?:reach|hit|exceed|pass|raise|increase|lower|lift|change"
    r"|appl|count|cover|include|reset|mean)\w*"
    r"|\b(?:reach|hit|exceed|pass|raise|increase|lower|lift|change|set|reset)\w*\b[^.!?\n]{0,20}"
    r"\b(?:limits?|quotas?)\b",
    re.I,
)
"""Asks something of a limit, but not how high it is."""
_HOW_MUCH = re.compile(r"\bhow (?:many|much|often)\b|\bm(?:ax|aximum)\b", re.I)


def asked_kinds(text: str) -> frozenset[NumberKind]:
    """Return the kinds of number that *text* asks for."""
    if _LONG.search(text):
        return frozenset(("time",))
    if _SIZE.search(text):
        return frozenset(("size",))
    if not _COUNT.search(text) or (_OF_A_LIMIT.search(text) and not _HOW_MUCH.search(text)):
        return frozenset()
    return frozenset(("count",))


def turns_on(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number that decide *text*: those asked for, else those with a unit."""
    return asked_kinds(text) or kinds_with_unit(text, language)


def decides(line: str, question: str, *, is_row: bool) -> bool:
    """
    Return whether *line* has a number of a kind that *question* turns on. A size or a count
    has to stand in a row of a table, or in a sentence that speaks of just that: sentences
    have them in passing.
    """
    kinds = turns_on(question)
    if not kinds & answerable_kinds(line):
        return False
    if is_row or not kinds <= {"count", "size"}:
        return True
    asking = " ".join(s for s in split(question) if asked_kinds(s)) or question
    return coverage(content(asking), content(line)) > _SAME_MATTER


_SAME_MATTER = 0.5
"""Share of a question's words from which a sentence is about the same matter."""


def kinds_with_unit(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number with a unit that *text* has: a time, a size, money, a share."""
    units = (number.partition(" ")[2] for number in numbers(text, language))
    return frozenset(_KINDS[unit] for unit in units if unit in _KINDS)


@lru_cache(maxsize=8_192)
def answerable_kinds(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number that *text* can answer with; any number is a count."""
    text = without_codes(text)
    own = kinds_with_unit(text, language)
    if numbers(text, language) or _says("how_many", language).is_in(text):
        own |= {"count"}
    return own | {"time"} if _says("how_long", language).is_in(text) else own


@cache
def _says(section: str, language: str) -> Pattern:
    """Return what finds a *section* of the table in *language*, or in English."""
    by_language = table("quantities")[section]
    lines = by_language.get(language.partition("-")[0], by_language["en"])
    return Pattern(*lines, flags="(?i)")
