"""What is over is no answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.definitions.voice import load_voice
from streams.evidence.verification.verifier import verify
from tests.support.drafts import a_drafted, a_passage

VOICE = load_voice()
OFFER = "Until 30 November 2025 the first year costs half."
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def rules(text: str, now: datetime, title: str = "Invoices") -> set[str]:
    """Return what is found in a draft that quotes *text* alone."""
    drafted = a_drafted(f"{text[:-1]} [KB-1001].", a_passage(text, title=title))
    return {issue.rule for issue in verify(drafted, VOICE, now=now).findings}


def test_an_offer_that_is_over_does_not_pass() -> None:
    """
    Once its last day has passed a line is no answer; until then it may be.
    """
    assert "over" in rules(OFFER, NOW)
    assert "over" not in rules(OFFER, NOW.replace(year=2025))


@pytest.mark.parametrize("text", ["Since 1 March 2024 invoices are sent by email."])
def test_what_began_in_the_past_holds(text: str) -> None:
    """
    A day since which something holds does not end it.
    """
    assert "over" not in rules(text, NOW)


def test_an_article_of_a_past_year() -> None:
    """
    Its title says that it is about a year that has passed.
    """
    assert "over" in rules("Enter the code and select Apply.", NOW, title="Autumn 2025 promotion")
