"""
What the sender wrote of a mail's subject: all but `Re:` and a ticket system's tag.
"""

from __future__ import annotations

import re

from streams.reading.phrase_lists import PhraseList, Section, any_of


class SubjectPhrases(Section):
    """What is put before the subject of a mail that is replied to or passed on."""

    replied: PhraseList
    forwarded: PhraseList
    replied_to_forwarded: PhraseList
    tags: PhraseList


class Subjects:
    """Reads subjects."""

    def __init__(self, phrases: SubjectPhrases) -> None:
        """
        Args:
            phrases: what is put before a subject.
        """
        marks = any_of(phrases.replied, phrases.forwarded)
        self._before = re.compile(
            rf"\s*(?:{marks}(?:\[\d+\])?\s*[:：]"
            rf"|\[[^\[\]]{{0,60}}#?\d+[^\[\]]{{0,10}}\]|{any_of(phrases.tags)})\s*",
            re.I,
        )
        self._forwarded = re.compile(
            rf"\s*(?:{any_of(phrases.replied_to_forwarded)}:\s*)?"
            rf"{any_of(phrases.forwarded)}\s*[:：]",
            re.I,
        )

    def core(self, subject: str) -> str:
        """Return *subject* without `Re:`, `Fwd:` and a ticketing system's tag."""
        while match := self._before.match(subject):
            subject = subject[match.end() :]
        return subject.strip()

    def is_forwarded(self, subject: str) -> bool:
        """Return whether *subject* is of a mail that is passed on."""
        return bool(self._forwarded.match(subject[:40]))
