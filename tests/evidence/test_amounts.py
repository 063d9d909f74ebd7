"""The numbers that a question turns on, and the lines that give them."""

from __future__ import annotations

import pytest

from streams.evidence.amounts import answerable_kinds, asked_kinds, turns_on


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("How long do boards stay in the trash?", {"time"}),
        ("Wie lange dauert das?", {"time"}),
        ("What is the largest file I can upload?", {"size"}),
        ("How many guests can I invite?", {"count"}),
        ("HOW MANY GUESTS?", {"count"}),
        ("What is the API rate limit?", {"count"}),
        ("What happens when our cost limit is reached?", set()),
        ("Do guests count toward the limit of seats?", set()),
        ("Does the price limit apply to returns?", set()),
        ("Can my board be restored?", set()),
    ],
)
def test_asked(text: str, kinds: set[str]) -> None:
    """
    A question asks for a time, a size or a count, or for no number.
    """
    assert asked_kinds(text) == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I deleted it 61 days ago.", {"time"}),
        ("Is 12 dollars right?", {"money"}),
        ("I have used 12% of 9 GB.", {"share", "size"}),
        ("I was charged twice.", set()),
    ],
)
def test_what_is_not_asked_for_may_decide(text: str, kinds: set[str]) -> None:
    """
    A number with a unit decides a message that asks for none.
    """
    assert turns_on(text) == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("It takes 5 days.", {"time", "count"}),
        ("The error LK-429 means too many requests.", set()),
        ("It says error 1000.", set()),
    ],
)
def test_given(text: str, kinds: set[str]) -> None:
    """
    A text answers with its numbers, and never with the number of an error code.
    """
    assert answerable_kinds(text) == kinds


@pytest.mark.parametrize(
    ("text", "language", "kinds"),
    [
        ("You can change it twice.", "en", {"count"}),
        ("A code may be used once.", "en", {"count"}),
        ("You can change it.", "en", set()),
        ("Das geht einmal.", "de", {"count"}),
        ("Land: Wien; Dauer: 4 Werktage", "de", {"time", "count"}),
        ("Das geht sofort.", "de", {"time"}),
        ("Un seul report est possible.", "fr", {"count"}),
        ("Se puede aplazar una vez.", "es", {"count"}),
        ("Es una entrega.", "es", set()),
    ],
)
def test_given_in_words(text: str, language: str, kinds: set[str]) -> None:
    """
    How often, how many and how long are said without a digit, too, in the text's language.
    """
    assert answerable_kinds(text, language) == kinds
