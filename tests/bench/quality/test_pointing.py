"""The bench of pointing: tokens, and the exam."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from bench.quality.pointing import at_least, chance_of_one_line, measure, token_counter

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


async def test_pointing() -> None:
    """
    It prints tokens for both ways of drafting, and how an honest model does in the exam.
    """
    printed = StringIO()

    await measure(3, Console(file=printed, width=160))
    said = printed.getvalue()

    assert said.count(": answer ") == 2
    assert "exam: honest passed the exam: " in said
    assert "exam: 4 calls, " in said
    assert "exam: random lines pass once in " in said


def test_how_likely_some_of_several_happen() -> None:
    """
    Two coins, and one that never falls so: both in a quarter of all cases, three never.
    """
    assert at_least(2, [0.5, 0.5, 0.0]) == pytest.approx(0.25)
    assert at_least(1, [0.5, 0.5, 0.0]) == pytest.approx(0.75)
    assert at_least(3, [0.5, 0.5, 0.0]) == 0


def test_the_exam_is_not_passed_by_chance() -> None:
    """
    Who points at random lines passes less than once in a million exams.
    """
    assert chance_of_one_line() < 1e-6


def test_tokens_are_counted() -> None:
    """
    A word that the vocabulary has is one token.
    """
    count = token_counter()

    assert (count("hello"), count("")) == (1, 0)
    assert count("hello hello") == 2
