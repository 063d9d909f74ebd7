"""What a ticket asks."""

from __future__ import annotations

from schemas import Reading
from streams.evidence.asked import questions_of


def test_questions_of_the_reading_come_first() -> None:
    """Questions of the reading come first."""
    reading = Reading(text="A? B?", questions=("A?", "B?"), queries=("C",))
    assert questions_of(reading) == ("A?", "B?")


def test_a_short_question_that_refers_back_belongs_to_the_one_before() -> None:
    """A short question that refers back belongs to the one before."""
    reading = Reading(text="", queries=("How do I merge two workspaces?", "Does it cost anything?"))
    assert questions_of(reading) == ("How do I merge two workspaces? Does it cost anything?",)


def test_a_message_without_queries_is_its_own_question() -> None:
    """A message without queries is its own question."""
    assert questions_of(Reading(text="Refund")) == ("Refund",)
