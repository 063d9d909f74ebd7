"""
Whose case a line tells: for which plan, platform, way to pay or the like it holds.

A customer has one of each. What a line says of another one does not concern them, and what it says
of theirs does. Plans are those that the articles name beside a word such as "plan".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

from schemas import Line
from streams.text.patterns import Pattern
from streams.text.tables import spaced_alternatives, table, words_of

_TABLE = table("alternatives")
_TIER = "tier"
_FEWEST_AFTER = 3
"""Words after "only" from which it is not the case before it that it limits."""

Cases = Mapping[str, frozenset[str]]
"""The members of each group that a text names."""


class CaseGroups:
    """The cases that the articles of a ticket tell apart."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._tiers = frozenset(name for line in lines for name in _tiers(line))

    def named(self, text: str) -> Cases:
        """Return the cases that *text* names."""
        found = {group: set(members) for group, members in _named(text).items()}
        if tiers := self._tiers & _capitals(text):
            found[_TIER] = set(tiers)
        return {group: frozenset(members) for group, members in found.items()}

    def holds_for(self, text: str) -> Cases:
        """
        Return the cases for which *text* holds and for no others, as far as it names them.

        "Only on Business" says something to all: that others do not have it.
        """
        return self.named(_limited(text))


def is_of_another(text: Cases, theirs: Cases) -> bool:
    """Return whether *text* names a case of which the customer, of *theirs*, has another one."""
    return any(theirs.get(group) and not members & theirs[group] for group, members in text.items())


def is_of_theirs(text: Cases, theirs: Cases) -> bool:
    """Return whether *text* names a case of the customer's, of *theirs*."""
    return any(members & theirs.get(group, frozenset()) for group, members in text.items())


def known_words(text: str) -> frozenset[tuple[str, str]]:
    """Return the groups and members that *text* names of those known in any knowledge base."""
    return frozenset((group, one) for group, members in _named(text).items() for one in members)


@lru_cache(maxsize=8_192)
def _limited(text: str) -> str:
    """Return what of the line *text* may name the cases for which alone it holds."""
    only = _only().search(text)
    if only is None:
        return text
    after = re.findall(r"\w+", text[only.end() :])
    closed = text[only.end() :].lstrip()[:1] in (",", ".", ";", ")", "")
    return "" if closed or len(after) < _FEWEST_AFTER else text[: only.start()]


@lru_cache(maxsize=8_192)
def _named(text: str) -> Cases:
    found: dict[str, set[str]] = {}
    for match in _members().finditer(text) if _has_member()(text) else ():
        group, member = _member_of(re.sub(r"[ -]", "_", match[0].casefold().replace("’", "'")))
        found.setdefault(group, set()).add(member)
    return {group: frozenset(members) for group, members in found.items()}


@cache
def _members() -> re.Pattern[str]:
    words = spaced_alternatives(*_TABLE["groups"].values())
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I)


@cache
def _has_member() -> Callable[[str], bool]:
    """Return what tells whether a text may name a member: in no time where it does not."""
    return Pattern(f"(?i){spaced_alternatives(*_TABLE['groups'].values())}").is_in


@cache
def _by_word() -> dict[str, tuple[str, str]]:
    return {
        word.replace("_", ""): (group, member)
        for group, members in _TABLE["groups"].items()
        for member, words in members.items()
        for word in words_of(words)
    }


def _member_of(word: str) -> tuple[str, str]:
    return _by_word()[word.replace("_", "")]


@cache
def _only() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{spaced_alternatives({'': _TABLE['only']})})(?!\w)", re.I)


def _tiers(line: Line) -> frozenset[str]:
    """Return the names of plans in *line*: in a row under such a header, or beside such a word."""
    beside = _tiers_in(line.text)
    if not line.cells or line.cells[0][0].strip().casefold() not in tier_words():
        return beside
    return beside | {line.cells[0][1].strip().casefold()}


@lru_cache(maxsize=8_192)
def _tiers_in(text: str) -> frozenset[str]:
    """Return the words with a capital beside a word for a plan, within a sentence."""
    return frozenset((a or b).casefold() for a, b in _beside().findall(text))


@lru_cache(maxsize=8_192)
def _capitals(text: str) -> frozenset[str]:
    """Return the words of *text* that are written with a capital, or stand beside "plan"."""
    words = re.findall(r"\w+", text)
    tiers = tier_words()
    beside = (
        near
        for n, word in enumerate(words)
        if word.casefold() in tiers
        for near in words[max(0, n - 1) : n + 2]
    )
    return frozenset(word.casefold() for word in (*filter(_is_capital, words), *beside))


def _is_capital(word: str) -> bool:
    return word[0].isupper()


@cache
def tier_words() -> frozenset[str]:
    """Return the words beside which the name of a plan stands."""
    return words_of(_TABLE["tiers"])


@cache
def _beside() -> re.Pattern[str]:
    word, name = f"(?i:{spaced_alternatives({'': _TABLE['tiers']})})", r"([^\W\d_a-zß-ÿ]\w+)"
    return re.compile(rf"(?<!\w)(?:{word}\s+{name}|(?<=[a-zß-ÿ,]\s){name}\s+{word})(?!\w)")
