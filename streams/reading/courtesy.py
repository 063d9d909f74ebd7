"""
Courtesy in a message: the greeting it begins with, and sentences that are mere politeness.
"""

from __future__ import annotations

from streams.reading.phrase_lists import PhraseList, Section, any_of
from streams.reading.thanks import Thanks
from streams.text.patterns import Pattern


class CourtesyPhrases(Section):
    """How people greet and are polite, and what turns politeness into something else."""

    greetings: PhraseList
    greeted: PhraseList
    polite: PhraseList
    turns: PhraseList


class Courtesy:
    """Tells courtesy."""

    def __init__(self, phrases: CourtesyPhrases, *, thanks: Thanks) -> None:
        """
        Args:
            phrases: how people are polite, beside thanks.
        """
        self._thanks = thanks
        self._greeting = Pattern(
            rf"(?i)\A\s*{any_of(phrases.greetings)}"
            rf"(?:[ ,]+(?:{any_of(phrases.greeted)}|(?-i:[A-ZÄÖÜÉ])[\w.'-]*)){{0,5}}"
            r"\s*(?:[,!.:;–—-]+|$)\s*"
        )
        self._polite = Pattern(rf"(?i)\A{any_of(phrases.polite)}\z")
        self._turns = Pattern(rf"(?i)[?？؟]|\b{any_of(phrases.turns)}\b")

    def without_greeting(self, text: str) -> str:
        """Return *text* without the greeting that it begins with."""
        greeting = next(self._greeting.finditer(text[:120]), None)
        return text[greeting.end() :] if greeting else text

    def is_polite(self, sentence: str) -> bool:
        """Return whether *sentence* is courtesy and says nothing of a problem."""
        if len(sentence) > 160 or self._turns.is_in(sentence):
            return False
        if self._thanks.is_courtesy(sentence):
            return True
        return self._polite.is_in(sentence.strip(" .!,:;-–—)(\"'"))
