"""
How to greet a customer: the first line of a mail, from the name that the publisher gave.

A name is customer text. One that could be more than a name (a link, markup, a citation, an
instruction) is not repeated.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from streams.text.name_words import (
    is_claim,
    is_given_name,
    is_unspaced,
    is_unspaced_name,
    parts_of,
)
from streams.text.tables import alternatives, table, words_of
from streams.text.words import rarity

_TABLE = table("person_names")
_TITLES = {
    word: form for form, by_language in _TABLE["titles"].items() for word in words_of(by_language)
}
"""Titles and their English form: drafts are in English."""
ENGLISH_TITLES = frozenset(_TITLES.values())
_PARTICLES = words_of(_TABLE["particles"])
_NO_NAMES = words_of(_TABLE["no_names"]) | words_of(_TABLE["abuse"])
"""Words of departments, firms, sentences and abuse. A text with one of them is no person's name."""
_ALSO_NAMES = words_of(_TABLE["also_names"])
"""First names that are also everyday words."""
_EVERYDAY = 0.9
"""Rarity that a capital adds to an everyday word. A name is hardly rarer with its capital."""
_ABUSE = re.compile("|".join(_TABLE["abuse_spellings"]), re.I)
_FAMILY_NAME_FIRST = re.compile(r"HIRAGANA|KATAKANA|CJK|HANGUL|BOPOMOFO")
_ORDERS = re.compile(rf"\b{alternatives(_TABLE['orders'])}\b", re.I)
_MARKS = frozenset(" '’.,-‐‑·ʼ\u200c\u200d")
_KEPT_NAMES = 512
"""Names that are kept: two stages of a ticket ask for the same one."""
MOST_CHARACTERS = 60
MOST_WORDS = 4
"""Words of a name without particles (`van`, `de la`). A longer one is a sentence."""


def english_greeting(name: str | None, *, word: str = "Hi") -> str:
    """Return `Hi Marta,` for a usable *name*, `Hello Ms Vogt,` with a title, else `Hello,`."""
    called = address(name)
    if not called:
        return "Hello,"
    is_formal = called.split()[0].rstrip(".") in ENGLISH_TITLES and " " in called
    return f"{'Hello' if is_formal and word == 'Hi' else word} {called},"


@lru_cache(maxsize=_KEPT_NAMES)
def address(name: str | None) -> str | None:
    """
    Return how to call a customer of this *name*: by title and family name where it has a title,
    by the first name where it looks like `First Last`, else by the whole of it; None if it is
    not to be repeated. A name in small letters is used if its first one is a common given name.
    """
    whole = _in_order(name)
    if not _usable(whole):
        return None
    words = _cased(whole.split())
    if all(map(_is_small, words)):
        return _capitalized(words[0])
    if _title(words[0]):
        return _formal(words)
    return _first(words) or " ".join(words)


@lru_cache(maxsize=_KEPT_NAMES)
def names_of(name: str | None) -> tuple[str, ...]:
    """Return by what a customer of this *name* may be called: see `address`, and the whole name."""
    called = address(name)
    if not called:
        return ()
    whole = _in_order(name)
    if any(map(_is_everyday, whole.split())):
        return (called,)
    return tuple(dict.fromkeys((called, whole, " ".join(_cased(whole.split())))))


def _in_order(name: str | None) -> str:
    """Return *name* with the first name before the last: `Marta Vogt` of `Vogt, Marta`."""
    whole = unicodedata.normalize("NFC", " ".join((name or "").split()))
    if whole.count(",") == 1 and " " not in whole.split(",")[0].strip():
        last, first = (part.strip() for part in whole.split(","))
        return f"{first} {last}" if first and last else first or last
    return whole


def _usable(name: str) -> bool:
    if not name or len(name) > MOST_CHARACTERS:
        return False
    if _ORDERS.search(name) or _ABUSE.search(name):
        return False
    if re.search(r"\.\w|\s-|-\s|--", name):  # a host name, an aside
        return False
    letters = [unicodedata.category(c)[0] in "LM" for c in name]
    if not all(ok or c in _MARKS for ok, c in zip(letters, name, strict=True)):
        return False
    return any(letters) and _is_a_name([w.strip(".,'’") for w in name.split()])


def _is_a_name(words: list[str]) -> bool:
    """Return whether *words* could be a person's name, and not a department or a sentence."""
    named = [w for w in words if w]
    own = [w for w in named if w.casefold() not in _PARTICLES] or named
    small = sum(map(_is_small, own))
    if not own or len(own) > MOST_WORDS or 0 < small < len(own):
        return False
    if any(is_claim(w) or not _is_one_name(w) for w in own):
        return False
    if is_unspaced("".join(own)):
        return is_unspaced_name(" ".join(own))
    if small and not is_given_name(named[0]):
        return False
    return not any(map(_is_everyday, (named[0], *parts_of(named[0]))))


def _is_one_name(word: str) -> bool:
    """Return whether no part of *word* is a word that stands in no name, and they are few."""
    parts = parts_of(word)
    if len(re.split("[-‐‑]", word)) > _MOST_PARTS or word.casefold() in _NO_NAMES:
        return False
    return not any(p.casefold() in _NO_NAMES for p in parts if len(p) >= _SHORTEST_WORD)


_MOST_PARTS = 2
"""Names that hyphens join to one: `Anne-Marie`."""


def _is_everyday(word: str) -> bool:
    """Return whether *word* is an English word that is hardly a name: `fifty`, `yourself`."""
    lower = word.lower()
    if (
        len(lower) < _SHORTEST_WORD
        or not lower.isascii()
        or lower in _ALSO_NAMES
        or is_given_name(lower)
    ):
        return False
    return rarity(lower.capitalize()) - rarity(lower) >= _EVERYDAY


_SHORTEST_WORD = 4
"""Letters of a word. Any shorter word is a name somewhere."""


def _cased(words: list[str]) -> list[str]:
    """Return *words*, those that are shouted with one capital each."""
    shouted = all(w.upper() == w for w in words) and any(len(w) > len("JJ.") for w in words)
    return [
        _capitalized(w) if w.isupper() and (shouted or len(w) > len("TJ")) else w for w in words
    ]


def _capitalized(word: str) -> str:
    if "." in word or "İ" in word:  # initials; a letter that lower case takes apart
        return word
    if word.casefold() in _PARTICLES:
        return word.lower()
    return re.sub(r"\w+", lambda part: part[0].capitalize(), word)


def _title(word: str) -> str | None:
    """Return the English title that *word* is, or None."""
    return _TITLES.get(word.rstrip(".").casefold())


def _formal(words: list[str]) -> str | None:
    """Return title and family name of *words*, which begin with a title."""
    names = [w for w in words if not _title(w)]
    if not names:
        return None
    begins = next((n for n, w in enumerate(names) if n and w in _PARTICLES), len(names) - 1)
    return f"{_title(words[0])} {' '.join(names[begins:])}"


def _first(words: list[str]) -> str | None:
    """Return the first of *words* if they look like `First Last`."""
    if len(words) < 2 or not (_is_name(words[0]) and _is_name(words[-1])):
        return None
    first = words[0]
    if len(first.rstrip(".")) < 2 or "." in first or "," in first:
        return None
    if _FAMILY_NAME_FIRST.match(unicodedata.name(first[0], "")):
        return None
    return first


def _is_name(word: str) -> bool:
    """Return whether *word* begins as names do: with a capital, where its script has them."""
    return not _is_small(word) and word[0].isalpha()


def _is_small(word: str) -> bool:
    """Return whether *word* has no capital, where names have one. Georgian has none in use."""
    return word[0].islower() and not unicodedata.name(word[0], "").startswith("GEORGIAN")
