"""
Codes by which a language model names lines: `KH`, `T7`.

They come from one fixed set, and are dealt anew for each ticket: a model that counts upwards, or
repeats the codes of an example, names nothing. A ticket that is tried again is dealt the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random

_FIRST, _SECOND = "BCDFGHJKLMNPRSTVWXZ", "23456789CDFHJKMNPRTVWX"
"""
No vowels, so that no code is a word; no O, 0, I and 1; as second letter none that looks like a
digit (B, G, L, S, Z), and no Q, which is for questions.
"""
_OTHER_SENSES = frozenset(
    """
    BN BT CC CD CF CH CM CV DC DD DH DK DM DR FC FR FX GM GP HD HR JR KM LP LT MC MD MM MP MR MT NR
    NT PC PM PR PX RX SD SM ST SW TC TD TH TM TN TR TV VC VM VR WC WX
    """.split()  # noqa: SIM905  # codes read better than a column of strings
)
"""Units, titles and abbreviations that a text may have."""
CODES = tuple(
    code for a in _FIRST for b in _SECOND if a != b and (code := a + b) not in _OTHER_SENSES
)
"""All codes there are."""
EXAMPLE_CODES = frozenset(("BX", "H9", "MK", "R4", "S2", "ZD"))
"""Never dealt: prompts have them in examples. A model that repeats one is found out."""
_WORD = re.compile(r"\b[A-Z][A-Z0-9]\b")


def deal(how_many: int, seed: str, texts: Iterable[str] = ()) -> tuple[str, ...]:
    """
    Return different codes, the same for the same *seed*; neighbours differ in both characters.

    Codes that stand in *texts* as words, such as a key F5 or a plan B2, are not dealt. There are
    fewer than *how_many* if the set has no more.
    """
    said = {word for text in texts for word in _WORD.findall(text)}
    deck = [code for code in CODES if code not in said and code not in EXAMPLE_CODES]
    Random(seed).shuffle(deck)  # noqa: S311  # no secret
    return tuple(islice(_apart(deck), how_many))


def _apart(deck: list[str]) -> Iterator[str]:
    """Yield *deck* with each code like the one before put off, as long as there are others."""
    last, waiting = "", deck[::-1]
    while waiting:
        at = next((i for i in range(len(waiting) - 1, -1, -1) if _differ(waiting[i], last)), -1)
        last = waiting.pop(at)
        yield last


def _differ(one: str, other: str) -> bool:
    return not other or (one[0] != other[0] and one[1] != other[1])
