"""
Politeness in a draft: what claims nothing is taken away, and the rest is left to be judged.

A pleasantry is known by its whole form, a greeting by the customer's own name. So nothing can be
claimed behind one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from streams.text.patterns import TERM, expanded
from streams.text.tables import table

Repeats = Literal["told", "asked"]

_NAME = "\ue000"
"""Stands for the customer's name: a character that means nothing."""
_TABLE = table("pleasantries")
_TERMS = {**_TABLE["terms"], "name": [_NAME]}


_LONGEST = 2_000
"""Characters of a sentence that can be polite. A longer one is not looked at."""


@lru_cache(maxsize=4_096)
def without_pleasantries(sentence: str, names: tuple[str, ...] = ()) -> str:
    """
    Return *sentence* without the pleasantries that it begins and ends with; "" if it is no more.

    Args:
        names: by which the customer may be called.
    """
    if len(sentence) > _LONGEST:
        return sentence
    plain = _plain(sentence)
    said = _without(_with_slot(plain, tuple(map(_plain, names))))
    rest = min(_without(plain), said.replace(_NAME, ""), key=len)
    return sentence if rest == plain else rest


def _plain(text: str) -> str:
    """Return *text* with one apostrophe for all, and one blank for several."""
    return " ".join(text.replace("’", "'").split())


def _with_slot(text: str, names: tuple[str, ...]) -> str:
    """Return *text* with `_NAME` wherever it calls the customer."""
    if not names:
        return text
    any_name = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{any_name})(?!\w)|^(?:{any_name})(?=様|さん|님)", _NAME, text)


def _without(text: str) -> str:
    forms = _forms()
    while text and (first := forms.first.match(text)):
        text = text[first.end() :]
    while text and (last := forms.last.search(text)):
        text = text[: last.start()]
    return text


def repeated(sentence: str) -> tuple[Repeats, str] | None:
    """Return what *sentence* says back to the customer, and whether he told or asked it."""
    plain = _plain(sentence)
    for what, form in _forms().repeats.items():
        if begins := form.match(plain):
            return what, plain[begins.end() :]
    return None


def only_asks(sentence: str) -> bool:
    """Return whether *sentence* is a question that tells nothing."""
    plain, forms = _plain(sentence), _forms()
    is_question = plain.endswith(("?", "？", "か。")) and forms.asks.match(plain)
    return bool(is_question) and not forms.tells.search(plain)


# The forms, of all languages at once.


@dataclass(frozen=True)
class _Forms:
    """Where politeness is looked for."""

    first: re.Pattern[str]
    """A polite part that a sentence begins with, and what parts it from the rest."""
    last: re.Pattern[str]
    repeats: dict[Repeats, re.Pattern[str]]
    asks: re.Pattern[str]
    tells: re.Pattern[str]


_STOP = r"\s*[,;:.!…、，。！：；–—-]+\s*"


def load_forms() -> None:
    """Compile what the first draft would wait for: 0.2 to 0.3 s, which no import should take."""
    _forms()


@cache
def _forms() -> _Forms:
    phrase, joins = _any_of("phrases"), _any_of("joins")
    join = rf"(?:{_STOP}(?:{joins}\s+)?|\s+{joins}\s+)"
    return _Forms(
        first=re.compile(rf"{phrase}(?:{join}|\s*\Z)", re.I),
        last=re.compile(rf"{join}{phrase}(?:{_STOP})?\Z", re.I),
        repeats={
            "asked": re.compile(rf"{_any_of('repeats_asked')}\s+", re.I),
            "told": re.compile(rf"{_any_of('repeats_told')}\s+", re.I),
        },
        asks=re.compile(rf"{_any_of('asks')}(?:(?!\w)|(?<=[\u3040-\u9fff]))", re.I),
        tells=re.compile(_any_of("tells"), re.I),
    )


def _any_of(section: str) -> str:
    """Return the expression of any line of *section*."""
    lines = "|".join(line for lines in _TABLE[section].values() for line in lines)
    whole = f"(?:{lines})"
    while TERM.search(whole):  # a term may have terms itself
        whole = expanded(whole, _TERMS)
    return whole
