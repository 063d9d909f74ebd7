"""
How urgent a ticket is: its subcategory's priority, raised or lowered by what the customer says.
"""

from __future__ import annotations

from typing import Final

from schemas import Reading
from schemas.triage import Priority, Sentiment
from streams.definitions.urgency import PriorityPhrases
from streams.reading.phrase_lists import all_words, each_of
from streams.text.patterns import Pattern

_CONSIDERED: Final = 2_000
"""Characters that are searched for urgency."""


class Priorities:
    """Tells how urgent tickets are."""

    def __init__(self, phrases: PriorityPhrases) -> None:
        """
        Args:
            phrases: words of urgency.
        """
        self._blocked_payment = Pattern(*each_of(phrases.blocked_payment))
        self._in_danger = Pattern(*each_of(phrases.in_danger))
        self._no_outage = Pattern(*each_of(phrases.no_outage))
        self._significant = Pattern(*each_of(phrases.significant, r"\b"))
        self._denying = tuple(f"{word} " for word in all_words(phrases.denying_words))
        self._asks_how = Pattern(*each_of(phrases.asks_how, r"\b"))
        self._troubled = Pattern(*each_of(phrases.troubled, r"\b"))

    def of(self, own: Priority, reading: Reading, feels: Sentiment) -> Priority:
        """Return *own* priority, raised by what is urgent, lowered for a mere question."""
        text = reading.text[:_CONSIDERED].lower().replace("’", "'")
        signalled = not {"outage", "security_report"}.isdisjoint(reading.signals)
        if signalled or self._blocked_payment.is_in(text) or self._in_danger.is_in(text):
            return "P1"
        if own == "P1" and self._no_outage.is_in(text):
            own = "P3"
        pressing = feels == "frustrated" or self._is_significant(text)
        if not pressing and self._asks_how.is_in(text) and not self._troubled.is_in(text):
            return "P3"
        raised: Priority = "P2" if pressing else "P3"
        return min(own, raised)

    def _is_significant(self, text: str) -> bool:
        found = self._significant.finditer(text)
        before = (text[: match.start()].casefold() for match in found)
        return any(not said.endswith(self._denying) for said in before)
