"""
Regular expressions for whole texts, found thirty times as fast as by `re`.

Rust's regex engine, which pydantic brings along, looks at each character once, however many
alternatives a pattern has, and takes linear time on any text. It says whether a pattern is
there; where it is, `re` tells, in the few texts that have it. So a pattern must mean the
same to both: no look-around and no back-references, `\\z` for the end of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

Finder = Callable[[str], bool]
"""Tells whether a pattern is found in a text."""
_CACHED_FINDERS = 1_024
"""Compiled patterns that are kept: those of the operator's files are checked, then used."""


@lru_cache(maxsize=_CACHED_FINDERS)
def finder(pattern: str) -> Finder:
    """
    Return what tells whether *pattern* is found in a text, in time linear in the text.

    https://docs.rs/regex/latest/regex/#untrusted-patterns bounds size and time.

    Raises:
        ValueError: It is no regular expression of Rust's, or too large a one; says why.
    """
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
    except SchemaError as error:
        found = re.search(r"error: (.+)", str(error))
        raise ValueError(found[1] if found else "it is too large") from None


TERM = re.compile(r"\{([a-z_]+)\}")
"""Where an expression has a term that several of them share: `{service}`."""


def expanded(expression: str, terms: Mapping[str, Iterable[str]]) -> str:
    """Return *expression* with the alternatives of its terms in their places."""
    return TERM.sub(lambda match: f"(?:{'|'.join(terms[match[1]])})", expression)


class Pattern:
    """
    A regular expression of ours, or several, with inline flags (`(?i)`) before all of them.

    Several are joined, 16 at a time, where a text is ASCII, and looked for one by one where it is
    not: there one that joins them is up to ten times slower, and keeps Python's interpreter lock
    all that time. On ASCII it is six times as fast.
    """

    def __init__(self, *patterns: str, flags: str = "") -> None:
        """Compile *patterns*, any of which may be found; raises ValueError as `finder` does."""
        self.source = flags + "|".join(patterns)
        """The expression that joins them."""
        self.finders = tuple(finder(flags + pattern) for pattern in patterns)
        """What tells of each whether it is found in a text."""
        self._joined = _joined(patterns, flags) if len(patterns) > 1 else None
        self.is_in = self.finders[0] if len(patterns) == 1 else self._is_any_in
        """Whether one of them is found in a text."""

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Return the matches in *text*, in order, none overlapping another."""
        return self._where.finditer(text) if self.is_in(text) else iter(())

    def _is_any_in(self, text: str) -> bool:
        if self._joined and text.isascii():
            return self._joined(text)
        return any(is_in(text) for is_in in self.finders)

    @cached_property
    def _where(self) -> re.Pattern[str]:
        return re.compile(self.source)


def may_have(patterns: Sequence[str], flags: str = "") -> Finder:
    """
    Return what tells in one look that a text has none of *patterns*: whatever it lets through may
    have one. It tells so of ASCII alone, see `Pattern`.
    """
    has_any = _joined(patterns, flags)
    return (lambda text: not text.isascii() or has_any(text)) if has_any else lambda _: True


_JOINED = 16
"""
Patterns that are joined to one. Rust's engine has a limit from which on it is some hundred times
slower: 42 patterns of ours, with many bounded repetitions, passed it.
"""


def _joined(patterns: Sequence[str], flags: str) -> Finder | None:
    """Return what tells whether any of *patterns* is found; None if it would be too large."""
    some = (patterns[first : first + _JOINED] for first in range(0, len(patterns), _JOINED))
    try:
        joined = [finder(flags + "|".join(f"(?:{one})" for one in group)) for group in some]
    except ValueError:
        return None
    return joined[0] if len(joined) == 1 else lambda text: any(has(text) for has in joined)


_PIECE, _LONGEST_MATCH = 4_000, 200


def finditer_in_pieces(
    pattern: re.Pattern[str], text: str, begin: int, end: int
) -> Iterator[re.Match[str]]:
    """
    Yield what *pattern* finds from *begin* to *end* of *text*, a piece of 4,000 characters at a
    time: `re` keeps Python's interpreter lock through a call, and slow patterns are slow on all
    of a long text. A match, with what the pattern looks at beside it, has at most 200 characters.
    """
    for piece in range(begin, end, _PIECE):
        last = min(end, piece + _PIECE)
        for match in pattern.finditer(text, max(begin, piece), min(end, last + _LONGEST_MATCH)):
            if match.start() < last:
                begin = match.end()
                yield match
