"""
The plans, editions, roles and products that a customer names, whether an article knows them or not.

What a line says of Saver is no answer for Gold, and none for "Saver Plus".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from streams.evidence.verification.alternatives import known_words
from streams.text.sentences import sentences
from streams.text.tables import spaced_alternatives, table, words_of
from streams.text.words import content

_TABLE = table("plan_names")
_TOKEN = re.compile(r"[„“”\"«»‘’']|[/,&]|\n|\w+(?:[+.&]\w+)*\+?|[^\w\s]")
_QUOTES = frozenset("„“”\"«»‘’'")
_MOST_WORDS = 4
_MOSTLY = 0.6
"""Share of words with a capital from which a sentence is a title, where a capital says nothing."""


class PlanName(NamedTuple):
    """A name, and whether the customer only says that they have it."""

    name: str
    had: bool


@dataclass(frozen=True)
class PlanEvidence:
    """What lines say of plans: `texts`, and the `rows` of a table that are of one plan each."""

    texts: Sequence[str]
    rows: Sequence[str] = ()
    host: str = ""
    """Of the articles' addresses. It has the name of the company, which is no plan."""

    def lacks(self, asked: str) -> bool:
        """
        Return whether a question in *asked* names a plan or the like that is not in the evidence.

        What the customer only says to have matters where the evidence tells plans apart.
        """
        named = self._named(asked)
        if any(not self._has(one.name) for one in named if not one.had):
            return True
        return self._lacks_all(named)

    def lacks_theirs(self, said: str) -> bool:
        """Return whether the evidence tells plans apart and has none that *said* names."""
        return self._lacks_all(self._named(said))

    def _lacks_all(self, named: Sequence[PlanName]) -> bool:
        tells_apart = self.rows or any(map(_told_plans, self.texts))
        return bool(named and tells_apart) and not any(self._has(one.name) for one in named)

    def _named(self, said: str) -> list[PlanName]:
        return [one for one in _named_in(said) if not _is_company(one.name, self.host)]

    def _has(self, name: str) -> bool:
        return is_in(name, self.texts)


def _is_company(name: str, host: str) -> bool:
    words = name.split()
    return not set(words) & _sure() and "".join(words) in re.sub(r"[^a-z0-9]", "", host)


def is_in(name: str, texts: Iterable[str]) -> bool:
    """Return whether one of *texts* names *name*, and not only a longer name that it is part of."""
    member = known_words(name) if " " not in name else frozenset()
    return any(
        member & known_words(text)
        or any(not _is_of_longer(name, text[: m.start()]) for m in _pattern(name).finditer(text))
        for text in texts
    )


def _is_of_longer(name: str, before: str) -> bool:
    """Return whether *name* goes on a name *before* it: "Plus" in "Saver Plus"."""
    last = re.search(r"(\w+)[ -]$", before)
    return (
        last is not None
        and name.split()[0] in words_of(_TABLE["further"])
        and last[1][0].isupper()
        and last[1].casefold() not in _no_names()
        and bool(content(last[1]))
        and _kind(last[1]) is None
    )


@lru_cache(maxsize=4_096)
def _pattern(name: str) -> re.Pattern[str]:
    """Return what finds *name*, also in "Premium-Tarif", but not in "Premium Plus"."""
    words = r"[ \N{NO-BREAK SPACE}-]+".join(map(re.escape, name.split()))
    further = "|".join(sorted(w.capitalize() for w in words_of(_TABLE["further"])))
    return re.compile(
        rf"(?<![\w+])(?i:{words})(?i:'s|’s|s|-?(?:{_joined()}))?(?![\w+])"
        rf"(?![ -](?:{further}|{further.upper()})\b)"
    )


@lru_cache(maxsize=4_096)
def _named_in(said: str) -> tuple[PlanName, ...]:
    found = (
        PlanName(name, not is_asked or _has().search(_text(before)) is not None)
        for sentence in sentences(said)
        for is_asked in [sentence.endswith(("?", "？"))]
        for name, before in _names(sentence)
    )
    return tuple(found)


@lru_cache(maxsize=8_192)
def _told_plans(text: str) -> frozenset[str]:
    """
    Return the names of plans that *text*, of an article, names as such: "on the Gold plan", but
    not "Select Cancel plan".
    """
    return frozenset(
        name
        for sentence in sentences(text)
        for name, before in _names(sentence)
        if _is_known(name) or (before and _is_function_word(before[-1]))
    )


def _is_function_word(word: str) -> bool:
    return word.isalpha() and (not content(word) or word.casefold() in _no_names())


def _is_known(name: str) -> bool:
    return bool(set(name.split()) & (_sure() | _capital()))


def _names(sentence: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each name beside a word for a plan in *sentence*, and the words before it."""
    tokens = [(m[0], m.start()) for m in _TOKEN.finditer(_spaced(sentence))]
    words = [word for word, _ in tokens]
    is_name = _NameTest(words)
    seen: set[int] = set()
    for n, word in enumerate(words):
        near = _kind(word)
        if near is None:
            continue
        runs = list(_before(words, n, is_name.of(near)))
        if not runs:
            known = word.casefold() in words_of(_TABLE["before_nouns"])
            runs = list(_after(words, n, is_name.known if known else is_name.of(near)))
        for first, last in runs:
            if first in seen:
                continue
            seen.add(first)
            yield _cased(words[first:last]), words[:first]
    for n, word in enumerate(words):
        if n and n not in seen and word[0].isupper() and word.casefold() in _sure():
            last = next((m for m in range(n, len(words)) if not is_name.any(m)), len(words))
            if not any(m in seen for m in range(n, last)) and words[n - 1] not in _QUOTES:
                yield _cased(words[n:last]), words[:n]


def _text(words: list[str]) -> str:
    return " ".join(words[-6:]).casefold().replace(" ' ", "'").replace(" ’ ", "’")


def _cased(words: list[str]) -> str:
    return " ".join(word.casefold() for word in words if word not in _QUOTES)


def _spaced(text: str) -> str:
    """Return *text* with a compound of a name and a thing in two: "Gold-Tarif", "Goldtarif"."""
    return _compound().sub(r"\1 \2", text)


@cache
def _compound() -> re.Pattern[str]:
    sure = "|".join(sorted(_sure() | words_of(_TABLE["capital"])))
    return re.compile(rf"\b((?i:{sure}))-?((?i:{_joined()}))\b")


@cache
def _joined() -> str:
    """Return the things to which German and Dutch join a name."""
    return spaced_alternatives({lang: _TABLE["things"][lang] for lang in ("de", "nl")})


class _NameTest:
    """Whether words of a sentence can be part of a name."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        real = [word for word in words if word[0].isalpha()]
        capitals = sum(word[0].isupper() for word in real)
        self._is_title = len(real) > _MOST_WORDS and capitals > _MOSTLY * len(real)

    def of(self, kind: str) -> Callable[[int], bool]:
        """Return the test for words beside a thing, members or people."""
        return {"things": self.any, "members": self._of_member, "people": self._sure}[kind]

    def any(self, n: int) -> bool:
        """Return whether word *n* can be one: it has a capital, or is known for a plan's."""
        word = self._words[n]
        small = word.casefold()
        if not word[0].isalnum() or _kind(word) or small in _no_names():
            return False
        if small in _sure() or (small in _capital() and self._stands_out(n)):
            return True
        if n == 0 or self._is_title or not (word[0].isupper() or word[0].isdigit()):
            return self._is_quoted(n)
        return bool(content(word)) and not (word[0].isdigit() and not self._is_near(n))

    def known(self, n: int) -> bool:
        """Return whether word *n* is known for a plan's."""
        return self.any(n) and self._words[n].casefold() in _sure() | _capital()

    def _of_member(self, n: int) -> bool:
        return self.any(n) and (
            self._words[n].casefold() not in _capital() or self._words[n][0].isupper()
        )

    def _sure(self, n: int) -> bool:
        small = self._words[n].casefold()
        return small in _sure() or (
            small in words_of(_TABLE["further"]) and self._words[n][0].isupper()
        )

    def _stands_out(self, n: int) -> bool:
        """Return whether a word such as "pro" is a name: by its capital, or between two words."""
        if self._words[n][0].isupper():
            return True
        after = self._words[n + 1].casefold() if n + 1 < len(self._words) else ""
        return n > 0 and after in words_of(_TABLE["things"]["en"])

    def _is_quoted(self, n: int) -> bool:
        around = self._words[max(0, n - _MOST_WORDS) : n], self._words[n + 1 : n + _MOST_WORDS]
        return all(any(word in _QUOTES - {"'", "’"} for word in side) for side in around)

    def _is_near(self, n: int) -> bool:
        return n > 0 and self._words[n - 1][0].isupper()


def _before(words: list[str], n: int, is_name: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Yield the names before word *n*: "Gold plan", "Platinum/Gold members"."""
    last = n
    while True:
        while last > 0 and words[last - 1] in _QUOTES:
            last -= 1
        first = last
        while first > 0 and last - first < _MOST_WORDS and is_name(first - 1):
            first -= 1
        if first == last:
            return
        yield first, last
        last = first
        while last > 0 and words[last - 1] in _QUOTES:
            last -= 1
        if not last or words[last - 1].casefold() not in _joins():
            return
        last -= 1


def _after(words: list[str], n: int, is_name: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Yield the names after word *n*: "Tarif Gold", "formule Pro et Gold"."""
    first = n + 1
    while True:
        while first < len(words) and words[first] in _QUOTES:
            first += 1
        last = first
        while last < len(words) and last - first < _MOST_WORDS and is_name(last):
            last += 1
        if first == last:
            return
        yield first, last
        first = last
        while first < len(words) and words[first] in _QUOTES:
            first += 1
        if first >= len(words) or words[first].casefold() not in _joins():
            return
        first += 1


@lru_cache(maxsize=4_096)
def _kind(word: str) -> str | None:
    """Return "things", "members" or "people" if *word* is one of them."""
    small = word.casefold()
    return next((k for k in ("things", "members", "people") if small in words_of(_TABLE[k])), None)


@cache
def _has() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_TABLE['has'].values())})(?: \w+){{0,2}}\s*$", re.I)


@cache
def _sure() -> frozenset[str]:
    return words_of(_TABLE["sure"])


@cache
def _capital() -> frozenset[str]:
    return words_of(_TABLE["capital"])


@cache
def _no_names() -> frozenset[str]:
    return words_of(_TABLE["no_names"])


@cache
def _joins() -> frozenset[str]:
    return words_of(_TABLE["joins"]) | {"/", ",", "&"}
