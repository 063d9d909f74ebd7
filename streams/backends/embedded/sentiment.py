"""
How a customer feels, from what he writes: satisfied, neutral, frustrated.

Counts words, capitals, punctuation, and how often he had to ask. A negation within three
words turns a word of praise round. The words are data: `definitions/defaults/urgency.yaml`.
"""

from __future__ import annotations

import re

from schemas.triage import Sentiment
from streams.definitions.urgency import SentimentPhrases
from streams.reading.phrase_lists import all_words, any_of, each_of
from streams.text.patterns import Pattern

_CONSIDERED = 2_000
_FRUSTRATED_FROM = 1.0
_SATISFIED_FROM = 1.0

_CAPITALS = Pattern(r"[A-Z]{4}")
_SHOUTED = re.compile(r"(?<![\w.-])[A-Z]{4,}(?![\w.-])")
_MARKS = Pattern(r"[!?]{2,}|!")
_HAPPY_FACES = Pattern(r"[😀😁😃😄😊🙂😍🥰👍🎉❤🙏💯]|\B[:;]-?[)d]")
_ANGRY_FACES = Pattern(r"[😠😡🤬😤👎💢🙄😒]|\B:-?\(")


class Sentiments:
    """Tells how customers feel."""

    def __init__(self, phrases: SentimentPhrases) -> None:
        """
        Args:
            phrases: words of anger and praise.
        """
        self._angry = Pattern(*each_of(phrases.angry, r"\b"))
        self._again = Pattern(*each_of(phrases.again, r"\b"))
        self._pleased = Pattern(*each_of(phrases.pleased, r"\b"))
        self._trouble = Pattern(*each_of(phrases.trouble, r"\b"))
        self._negated = re.compile(rf"\b{any_of(phrases.negations)}\W+(?:\w+\W+){{0,2}}$")
        self._acronyms = all_words(phrases.acronym_words)

    def of(self, text: str) -> Sentiment:
        """Return how the writer of *text* feels. Only its first 2,000 characters count."""
        written = text[:_CONSIDERED]
        text = written.lower().replace("’", "'")
        anger = self._anger(text, written)
        if anger >= _FRUSTRATED_FROM:
            return "frustrated"
        pleased = self._unnegated(self._pleased, text) + _count(_HAPPY_FACES, text)
        if pleased - anger - 0.5 * _count(self._trouble, text) >= _SATISFIED_FROM:
            return "satisfied"
        return "neutral"

    def _anger(self, text: str, written: str) -> float:
        """Return a weight of evidence for frustration; 1 and more is enough by itself."""
        marks = sum(
            0.5 if len(m[0]) > 2 else 0.3 if len(m[0]) > 1 else 0.15 for m in _MARKS.finditer(text)
        )
        return (
            self._unnegated(self._angry, text)
            + 0.6 * _count(self._again, text)
            + min(0.7, marks)
            + min(0.7, self._shouting(written))
            + _count(_ANGRY_FACES, text)
        )

    def _unnegated(self, words: Pattern, text: str) -> int:
        return sum(
            not self._negated.search(text[max(0, m.start() - 40) : m.start()])
            for m in words.finditer(text)
        )

    def _shouting(self, text: str) -> float:
        """Return 0.25 for each shouted word; one alone may be an acronym."""
        if not _CAPITALS.is_in(text):
            return 0.0
        shouted = [w for w in _SHOUTED.findall(text) if w.casefold() not in self._acronyms]
        return 0.25 * len(shouted) if len(shouted) > 1 else 0.0


def _count(words: Pattern, text: str) -> int:
    return sum(1 for _ in words.finditer(text))
