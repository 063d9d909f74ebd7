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
from streams.text.tables import of_language, table

NumberKind = Literal["time", "size", "money", "share", "count"]

_KINDS: dict[str, NumberKind] = {
    **dict.fromkeys(("s", "min", "h", "d", "w", "m", "y"), "time"),
    **dict.fromkeys(("kb", "mb", "gb", "tb"), "size"),
    **dict.fromkeys(("$", "€"), "money"),
    "%": "share",
}


_ASKED: tuple[NumberKind, ...] = ("time", "size", "count")
"""Kinds that a text asks for in so many words, the first one first."""


@lru_cache(maxsize=64)
def asked_kinds(text: str) -> frozenset[NumberKind]:
    """Return the kind of number that *text* asks for, if it asks for one."""
    said = text.lower()
    kind = next((kind for kind in _ASKED if _asks(kind).search(said)), None)
    if not kind or (kind == "count" and _is_of_a_limit(said)):
        return frozenset()
    return frozenset((kind,))


def _is_of_a_limit(said: str) -> bool:
    """Return whether *said* asks something of a limit, but not how high it is."""
    return bool(_asks("of_a_limit").search(said) and not _asks("how_high").search(said))


@cache
def _asks(section: str) -> re.Pattern[str]:
    """Return what finds a *section* of the table, in any language, in lower case."""
    lines = (line for some in table("amounts")[section].values() for line in some)
    return re.compile("|".join(lines))


def turns_on(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number that decide *text*: those asked for, else those with a unit."""
    return asked_kinds(text) or kinds_with_unit(text, language)


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
    return Pattern(*of_language(table("quantities")[section], language), flags="(?i)")
