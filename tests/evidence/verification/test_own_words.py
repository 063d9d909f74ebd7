"""The words that say what a question is about."""

from __future__ import annotations

import pytest

from streams.evidence.lines import PassageLines
from streams.evidence.verification.own_words import own_words
from tests.support.drafts import a_passage

TEXT = "The joining fee is refundable within 14 days of joining.\nA guest pass is valid for a day."
LINES = PassageLines([a_passage(TEXT, title="Fees and guests of the gym")])
FEE, GUEST = LINES


@pytest.mark.parametrize(
    ("asked", "language", "missing"),
    [
        ("Is the joining fee refundable?", "en", set()),
        ("Can I bring my dog?", "en", {"bring", "dog"}),
        ("What is the dress code?", "en", {"dress"}),
        ("Do guests pay?", "en", {"pay"}),
        ("Wo finde ich die Hausordnung?", "de", {"Hausordnung"}),
    ],
)
def test_what_no_line_speaks_of(asked: str, language: str, missing: set[str]) -> None:
    """
    A line speaks of a word if it has it, or one that means about the same.
    """
    assert own_words(asked, (FEE,), LINES, language).missing == missing


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("What must I do?", "en"),
        ("Was muss ich tun?", "de"),
        ("¿Qué hago?", "es"),
        ("How do we switch it on?", "en"),
    ],
)
def test_a_question_that_says_little_has_no_words_of_its_own(asked: str, language: str) -> None:
    """
    What every second question has says nothing, and one word beside an "it" is too little.
    """
    assert not own_words(asked, (FEE,), LINES, language).all


def test_headings_and_titles_speak_too() -> None:
    """
    A line is understood under its headings and its title.
    """
    assert not own_words("Is it refundable for guests of the gym?", (FEE,), LINES, "en").missing
    assert own_words("Is the sauna open?", (GUEST,), LINES, "en").all
