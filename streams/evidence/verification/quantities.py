"""
The quantities that a text names: a number, its unit, what it is counted per, the kind of day.

"300 requests per minute" is 300 per min, "a dozen hours" 12 h, "USD50" 50 $, "half" 0.5. In the
rows of a table a unit may stand in the column's header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from streams.text.codes import without_codes
from streams.text.numbers import numbers
from streams.text.tables import table, words_of

_TABLE = table("quantities")
_MONEY = {sign: unit for unit, names in _TABLE["money"].items() for sign in names.split()}
_KINDS = {word: kind for kind, names in _TABLE["kinds_of_day"].items() for word in names.split()}
_PER = words_of(_TABLE["per"])
_TOKEN = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[%$€£/]|\S")
_FAR = 3
"""Words after a number among which its unit is looked for."""


@dataclass(frozen=True)
class NumberWithUnit:
    """A number with what makes it mean something; empty where the text does not say."""

    value: str
    unit: str = ""
    per: str = ""
    day: str = ""


@lru_cache(maxsize=4_096)
def quantities(text: str, language: str = "en") -> tuple[NumberWithUnit, ...]:
    """Return the quantities in *text*, in order; numbers of codes and of list items are none."""
    return tuple(_found(_TOKEN.findall(without_codes(text)), language))


def lacks(
    claim: Iterable[NumberWithUnit], evidence: Iterable[NumberWithUnit], units: frozenset[str]
) -> bool:
    """
    Return whether *evidence* lacks a quantity of *claim*.

    Args:
        units: those of the columns' headers: a bare number of *evidence* may have them.
    """
    evidence = tuple(evidence)
    return any(not any(_is_same(said, other, units) for other in evidence) for said in claim)


def units_of(text: str, language: str = "en") -> frozenset[str]:
    """Return the units that *text* names, with or without a number."""
    return frozenset(unit for word in _TOKEN.findall(text) if (unit := _unit(word, language)))


def _is_same(said: NumberWithUnit, other: NumberWithUnit, units: frozenset[str]) -> bool:
    if said.value != other.value:
        return False
    if said.day != other.day and (said.day or other.unit == said.unit):
        return False
    if said.unit and said.unit != other.unit and (other.unit or said.unit not in units):
        return False
    return not said.per or said.per == other.per or (not other.per and said.per in units)


def _found(words: list[str], language: str) -> Iterator[NumberWithUnit]:
    places = [(n, v) for n, word in enumerate(words) if (v := _value(word, language)) is not None]
    later: NumberWithUnit | None = None
    found: list[NumberWithUnit] = []
    for at, (n, value) in reversed(list(enumerate(places))):
        following = places[at + 1][0] if at + 1 < len(places) else len(words)
        quantity = _quantity(words, n, value, following, language)
        if not quantity.unit and later and following - n <= _BETWEEN:  # "5 to 10 days"
            quantity = replace(later, value=value)
        found.append(quantity)
        later = quantity
    return reversed(found)


_BETWEEN = 2


def _quantity(words: list[str], n: int, value: str, end: int, language: str) -> NumberWithUnit:
    after = words[n + 1 : min(end, n + 1 + _FAR)]
    unit = _MONEY.get(words[n - 1].casefold(), "") if n else ""
    rest = n + 1
    for m, near in enumerate(after):
        if near.casefold() in _PER or not (near[0].isalpha() or near in "-%$€£"):
            break
        if found := _unit(near, language):
            unit, rest = unit or found, n + m + 2
            break
    day = next((_KINDS[w.casefold()] for w in after if w.casefold() in _KINDS), "")
    return NumberWithUnit(value, unit, _per(words[rest:end][: _FAR + 3], language), day)


def _per(words: list[str], language: str) -> str:
    """Return the unit behind a word such as "per": also "per seat and month"."""
    begin = next((n for n, word in enumerate(words) if word.casefold() in _PER), None)
    near = words[begin + 1 : begin + 4] if begin is not None else []
    return next((unit for word in near if (unit := _unit(word, language))), "")


def _value(word: str, language: str) -> str | None:
    if not word[:1].isalnum():
        return None
    lower = word.casefold()
    given = _values(language).get(lower)
    if given is not None:
        return given
    found = numbers(word, language)
    return next(iter(found)) if len(found) == 1 else None


@cache
def _values(language: str) -> dict[str, str]:
    by_language = _TABLE["values"]
    own = by_language.get(language.partition("-")[0], "")
    given = (pair.partition("=") for pair in f"{by_language['en']} {own}".split())
    return {word: value for word, _, value in given}


def _unit(word: str, language: str) -> str:
    lower = word.casefold()
    if lower in _MONEY:
        return str(_MONEY[lower])
    if lower == "%":
        return "%"
    if lower in _KINDS and lower.startswith(("werk", "arbeit", "kalender")):
        return "d"
    found = numbers(f"5 {word}", language) - {"5"} if word[0].isalpha() else frozenset()
    return next((f.partition(" ")[2] for f in found), "")
