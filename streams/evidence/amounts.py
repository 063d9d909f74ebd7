"""
Which kinds of number a text has. An answer needs the kind that its question turns on.

"I deleted it 61 days ago" is decided by a time, "the largest file" by a size: a text that has
no number of the kind leaves out the condition that decides.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import Literal

from streams.text.codes import without_codes
from streams.text.numbers import numbers
from streams.text.tables import table

NumberKind = Literal["time", "size", "money", "share", "count"]

_KINDS: dict[str, NumberKind] = {
    **dict.fromkeys(("s", "min", "h", "d", "w", "m", "y"), "time"),
    **dict.fromkeys(("kb", "mb", "gb", "tb"), "size"),
    **dict.fromkeys(("$", "€"), "money"),
    "%": "share",
}


def asked_kinds(text: str) -> frozenset[NumberKind]:
    """Return the kind of number that *text* asks for, if it asks for one."""
    found = (kind for kind, asks in _asking().items() if asks.search(text))
    return frozenset(islice(found, 1))


@cache
def _asking() -> dict[NumberKind, re.Pattern[str]]:
    """Return how each kind is asked for, in any language."""
    given = table("amounts")
    kinds: tuple[NumberKind, ...] = ("time", "size", "count")
    return {
        kind: re.compile("|".join(line for some in given[kind].values() for line in some), re.I)
        for kind in kinds
    }


def turns_on(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number that decide *text*: those asked for, else those with a unit."""
    return asked_kinds(text) or kinds_with_unit(text, language)


def kinds_with_unit(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number with a unit that *text* has: a time, a size, money, a share."""
    units = (number.partition(" ")[2] for number in numbers(text, language))
    return frozenset(_KINDS[unit] for unit in units if unit in _KINDS)


def answerable_kinds(text: str, language: str = "en") -> frozenset[NumberKind]:
    """Return the kinds of number that *text* can answer with; any number is a count."""
    text = without_codes(text)
    own = kinds_with_unit(text, language)
    return own | ({"count"} if numbers(text, language) else frozenset())
