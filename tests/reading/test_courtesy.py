"""Courtesy: greetings, and sentences that say nothing."""

from __future__ import annotations

import pytest

from tests.support.readings import PHRASES


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi there, it fails", "it fails"),
        ("Dear Support Team,\nit fails", "it fails"),
        ("Sehr geehrte Damen und Herren, es geht nicht", "es geht nicht"),
        ("Bonjour à tous ! rien ne marche", "rien ne marche"),
        ("Hola", ""),
        ("Hello my export fails", "Hello my export fails"),
        ("Higher limits, please", "Higher limits, please"),
    ],
)
def test_a_greeting_goes(text: str, left: str) -> None:
    """
    A greeting, whoever is greeted, is no part of what is said; a sentence that begins like one is.
    """
    assert PHRASES.courtesy.without_greeting(text) == left


@pytest.mark.parametrize(
    ("sentence", "is_polite"),
    [
        ("I hope you are well.", True),
        ("Thanks in advance!", True),
        ("Please help", True),
        ("Kind regards from Lisbon", True),
        ("I hope you can refund me, but nobody answers", False),
        ("Thanks, it still fails", False),
        ("Please refund the invoice", False),
    ],
)
def test_politeness(sentence: str, is_polite: bool) -> None:
    """
    Courtesy says nothing of a problem; with a turn in it, it does.
    """
    assert PHRASES.courtesy.is_polite(sentence) == is_polite
