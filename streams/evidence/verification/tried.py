"""
What the customer says they have done already: quoting just that again helps nobody.

"I restarted the box five times" tells of a step that was tried, "how else can I reach you" of a
number that was called. A draft that quotes what tells to do that is for a person to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.verification.asking import instructs
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.told_deeds import (
    DeedSpeech,
    ToldDeeds,
    alike_words,
    clauses_of,
    deed_speech,
    told_deeds,
)
from streams.ports import LineRef

ENOUGH = 0.6
"""Share of the words of what was done from which a line tells to do that."""
_FEWEST = 2
"""Words in common, at least."""
_MOST = 3
"""Words of a line, for each of a deed, up to which it may be the same though it did not help."""
_LIKE = 4
"""Letters of a stem that is found in a longer word: "start" in "gestartet"."""

_PHONE = re.compile(r"\+?\d[\d ()/.-]{4,}\d")
_SHORT = re.compile(r"\b\d{3,5}\b")
_MAIL = re.compile(r"\S@\S|https?://|\bwww\.")
_CODE = re.compile(r"\b(?:[A-ZÄÖÜ]{2,}|\d{3,})\b")


def of_tried(
    said: str, classified: Sequence[Classified], lines: PassageLines, language: str
) -> Iterator[Issue]:
    """
    Yield the first line of *classified* that the customer has tried.

    Args:
        said: what the customer wrote.
        language: of what they wrote.
    """
    quoted = [one for one in classified if one.ref]
    told = told_deeds(said, language) if quoted else None
    tried = _Tried(told) if told else None
    for one in quoted if tried else ():
        if tried and one.ref and tried.has(lines[one.ref], _headings(one.ref, lines)):
            yield one.issue("already-tried", "The customer says that they have tried this.", LOOK)
            return


def _is_step(line: Line, speaks: DeedSpeech) -> bool:
    """Return whether *line* tells what to do, or whom to call or write to, and not how often."""
    if _has_phone(line.text, speaks) or _MAIL.search(line.text):
        return True
    return (instructs(line) or speaks.orders.is_in(line.text)) and not speaks.often.is_in(line.text)


def _headings(ref: LineRef, lines: PassageLines) -> Sequence[str]:
    return (*lines[ref].headings[-1:], lines.passage(ref).title)


def _has_phone(text: str, speaks: DeedSpeech) -> bool:
    return bool(_PHONE.search(text)) or (speaks.phone.is_in(text) and bool(_SHORT.search(text)))


@dataclass(frozen=True)
class _Tried:
    """Compares lines with what the customer *told*."""

    told: ToldDeeds

    def has(self, line: Line, headings: Sequence[str] = ()) -> bool:
        """Return whether *line*, which stands under *headings*, tells to do what was done."""
        speaks = deed_speech(self.told.language)
        if not self.told.in_vain and not _is_step(line, speaks):
            return False
        if speaks.often.is_in(line.text) and not instructs(line):
            return False
        main, case = _parts(line.text, speaks)
        is_fallback = speaks.in_vain.is_in(case)
        is_contact = _has_phone(line.text, speaks) or _MAIL.search(line.text)
        if self.told.all_steps and not is_fallback and (line.number or not is_contact):
            return True
        return self._has_contact(line.text, speaks) or self._says(
            main, line.text, () if is_fallback else headings, is_fallback=is_fallback
        )

    def _has_contact(self, text: str, speaks: DeedSpeech) -> bool:
        """Return whether *text* has whom the customer called or wrote to."""
        is_phone, is_mail = _has_phone(text, speaks), _MAIL.search(text)
        return any(
            (is_phone and speaks.phone.is_in(clause)) or (is_mail and speaks.mail.is_in(clause))
            for clause, _ in self.told.deeds
        )

    def _says(self, main: str, whole: str, headings: Iterable[str], *, is_fallback: bool) -> bool:
        """Return whether *main*, the *whole* without its case, says what was done."""
        own = self._words(main)
        if len(own) <= _FEWEST:
            own = self._words(whole)
        if not self.told.in_vain and self.told.asked & own:
            return False
        titles = [self._words(heading) for heading in headings]
        return any(
            (
                self._is_same(main, clause, words, own)
                and not (is_fallback and len(own) > _MOST * len(words))
            )
            or any(_is_heading(title, words) for title in titles)
            for clause, words in self.told.deeds
        )

    def _words(self, text: str) -> frozenset[str]:
        return alike_words(matter(text, self.told.language), self.told.language)

    def _is_same(self, main: str, clause: str, words: frozenset[str], own: frozenset[str]) -> bool:
        named, codes = {*_CODE.findall(clause)}, {*_CODE.findall(main)}
        if not words or (named and not named & codes):
            return False
        common = [word for word in words if _has_like(word, own)]
        is_most = len(common) >= _FEWEST and len(common) / len(words) >= ENOUGH
        return is_most or (named <= codes and self._begins(main, words))

    def _begins(self, main: str, words: frozenset[str]) -> bool:
        """Return whether a part of *main* begins with what was done, and says to what."""
        for part in clauses_of(main):
            first, _, rest = part.strip().partition(" ")
            verb = self._words(first)
            about = self._words(rest) - verb
            if any(_has_like(w, words) for w in verb) and any(_has_like(w, words) for w in about):
                return True
        return False


def _parts(text: str, speaks: DeedSpeech) -> tuple[str, str]:
    """Return what *text* says, and the clauses that say when it holds."""
    clauses = text.split(", ")
    case = [clause for clause in clauses if speaks.case.is_in(clause)]
    main = [clause for clause in clauses if clause not in case]
    return ", ".join(main or clauses), ", ".join(case)


def _is_heading(heading: frozenset[str], words: frozenset[str]) -> bool:
    """Return whether all that *heading* says was done."""
    return len(heading) >= _FEWEST and all(_has_like(word, words) for word in heading)


def _has_like(word: str, others: frozenset[str]) -> bool:
    return word in others or any(
        (len(other) >= _LIKE and other in word) or (len(word) >= _LIKE and word in other)
        for other in others
    )
