"""How urgent a ticket is, beside what its subcategory says."""

from __future__ import annotations

import pytest

from schemas import Reading
from schemas.triage import Priority, Sentiment
from streams.backends.embedded.priority import Priorities
from streams.definitions.urgency import load_urgency

PRIORITIES = Priorities(load_urgency().priority)


@pytest.mark.parametrize(
    ("own", "text", "feels", "priority"),
    [
        ("P3", "I cannot pay and our account is blocked.", "neutral", "P1"),
        ("P3", "Ich will mich umbringen.", "neutral", "P1"),
        ("P1", "There is no outage, the export is slow.", "neutral", "P3"),
        ("P1", "The export does not start.", "neutral", "P1"),
        ("P3", "We lost all our data.", "neutral", "P2"),
        ("P3", "It is not urgent.", "neutral", "P3"),
        ("P3", "The colours changed.", "frustrated", "P2"),
        ("P2", "How do I export a board?", "neutral", "P3"),
        ("P2", "How do I export a board? It fails.", "neutral", "P2"),
        ("P2", "Wie kann ich ein Board exportieren?", "neutral", "P3"),
    ],
)
def test_priority(own: Priority, text: str, feels: Sentiment, priority: str) -> None:
    """
    Danger and a loss of service come first, what presses is raised, and a mere question waits.
    """
    assert PRIORITIES.of(own, Reading(text=text), feels) == priority


@pytest.mark.parametrize("signal", ["outage", "security_report"])
def test_a_signal_comes_first(signal: str) -> None:
    """
    An outage and a security report are P1, whatever else is said.
    """
    reading = Reading(text="How do I export?", signals=(signal,))

    assert PRIORITIES.of("P3", reading, "neutral") == "P1"
