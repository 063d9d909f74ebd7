"""What a question asks to be told."""

from __future__ import annotations

import pytest

from schemas import Line
from streams.evidence.verification.asking import asking, asks_how, asks_of, instructs


def test_what_asks_for_itself() -> None:
    """
    Each sentence that asks something is a question of its own, and the whole is one.
    """
    assert asks_of("I forgot it. How do I reset it?") == ("I forgot it. How do I reset it?",)
    assert asks_of("Where is it kept? Is it safe there? Why?") == (
        "Where is it kept? Is it safe there? Why?",
        "Where is it kept?",
        "Is it safe there?",
    )
    assert asking("I forgot it. How do I reset it? Why?") == ["How do I reset it?"]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("How do I reset it?", True),
        ("Wie kann ich es ändern?", True),
        ("Comment le faire ?", True),
        ("¿Cómo lo cambio?", True),
        ("How long is it valid?", False),
        ("Where do I register?", False),
        ("Wo melde ich mich an?", False),
        ("Is it included?", False),
    ],
)
def test_what_asks_for_steps(text: str, how: bool) -> None:
    """
    Whoever asks how gets steps, in any of the languages.
    """
    assert asks_how(text) is how


@pytest.mark.parametrize(
    ("text", "number", "does"),
    [
        ("Select Save.", 0, True),
        ("To do so, öffnen Sie das Menü.", 0, True),
        ("It stands under Settings > Billing.", 0, True),
        ("Write to help@corp.example.", 0, True),
        ("The page.", 2, True),
        ("It is not refundable.", 0, False),
    ],
)
def test_what_instructs(text: str, number: int, does: bool) -> None:
    """
    A step, an order, a path through menus or an address tells what to do.
    """
    assert instructs(Line(n=1, text=text, number=number)) is does
