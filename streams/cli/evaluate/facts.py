"""
What a reply must say: a text, or a regular expression between slashes.

Case, line breaks and citations do not count. A text is found as whole words: `30 days` is not in
`130 days`. Expressions run in Rust's regex engine, as those of a policy do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from streams.text.citations import uncited
from streams.text.patterns import finder

_SLASHED = re.compile(r"/(.+)/", re.S)


def is_said(fact: str, reply: str) -> bool:
    """Return whether *reply* says *fact*."""
    return finder_of(fact)(in_one_line(uncited(reply)))


@lru_cache(maxsize=4_096)
def finder_of(fact: str) -> Callable[[str], bool]:
    """
    Return what tells whether a text of one line says *fact*.

    Raises:
        ValueError: It is empty, or no regular expression.
    """
    if expression := _SLASHED.fullmatch(fact.strip()):
        return finder(f"(?i){expression[1]}")
    words = in_one_line(fact).casefold()
    if not words:
        raise ValueError("it is empty")
    whole = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
    return lambda text: whole.search(text.casefold()) is not None


def in_one_line(text: str) -> str:
    """Return *text* with one blank where it has blanks and line breaks."""
    return " ".join(text.split())
