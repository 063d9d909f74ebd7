"""
How to greet a customer: a name as the publisher gave it in, a first line of a mail out.

A name is customer text. One that could be more than a name (a link, markup, a citation, an
instruction) is not repeated.
"""

from __future__ import annotations

import re
import unicodedata

_NOBODY = frozenset(
    """admin administrator anonymous customer guest info na nobody none null root sales support
    team test tester unknown user webmaster""".split()  # noqa: SIM905
)
_TITLES = frozenset(
    (
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "mx",
        "herr",
        "frau",
        "sir",
        "dame",
        "rev",
        "hr",
        "mme",
        "sra",
    )
)
_FAMILY_NAME_FIRST = re.compile(r"HIRAGANA|KATAKANA|CJK|HANGUL|BOPOMOFO")
_ORDERS = re.compile(r"\b(?:ignore|disregard|forget|pretend|reply|respond|system)\b", re.I)
_MARKS = frozenset(" '’.,-‐‑·ʼ\u200c\u200d")
MOST_CHARACTERS = 60
MOST_WORDS = 6


def greeting(name: str | None, *, word: str = "Hi") -> str:
    """Return `Hi Marta,` for a usable *name*, else `Hello,`."""
    called = address(name)
    return f"{word} {called}," if called else "Hello,"


def address(name: str | None) -> str | None:
    """
    Return how to call a customer of this *name*: by the first name where it looks like
    `First Last`, else by the whole of it; None if it is not to be repeated.
    """
    whole = unicodedata.normalize("NFC", (name or "").strip())
    if not _usable(whole):
        return None
    if whole.count(",") == 1 and " " not in whole.split(",")[0].strip():
        last, first = (part.strip() for part in whole.split(","))
        whole = f"{first} {last}" if first and last else first or last
    return _first(whole.split()) or " ".join(whole.split())


def _usable(name: str) -> bool:
    if not name or len(name) > MOST_CHARACTERS or len(name.split()) > MOST_WORDS:
        return False
    if name.casefold() in _NOBODY or _ORDERS.search(name):
        return False
    if re.search(r"\.\w|\s-|-\s|--", name):  # a host name, an aside
        return False
    letters = [unicodedata.category(c)[0] in "LM" for c in name]
    return any(letters) and all(ok or c in _MARKS for ok, c in zip(letters, name, strict=True))


def _first(words: list[str]) -> str | None:
    """Return the first of *words* if they look like `First Last`."""
    if len(words) < 2 or not all(_is_name(w) for w in words):
        return None
    first = words[0]
    title = first.rstrip(".").casefold() in _TITLES
    if title or len(first.rstrip(".")) < 2 or "." in first or "," in first:
        return None
    family_first = _FAMILY_NAME_FIRST.match(unicodedata.name(first[0], ""))
    if family_first:
        return None
    return first.capitalize() if first.isupper() and first.isascii() else first


def _is_name(word: str) -> bool:
    """Return whether *word* begins as names do: with a capital, where its script has them."""
    return not word[0].islower() and word[0].isalpha()
