"""What figures must reach."""

from __future__ import annotations

import click
import pytest

from streams.cli.evaluate.figures import Figure
from streams.cli.evaluate.goals import Bound, Goal, GoalOption, missed

NAMES = ("wrong_passed", "answered")
FIGURES = (Figure("answered", 0.5, 0.4, 0.6, 90), Figure("wrong_passed", None, None, None, 0))


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("answered=0.8", 0.8),
        ("answered=80%", 0.8),
        ("answered=100%", 1.0),
        ("answered=1", 1.0),
        ("seconds=2.5", 2.5),
    ],
)
def test_a_goal_is_a_name_and_a_number(given: str, value: float) -> None:
    """
    A share can be given as a number or in percent; an amount may be greater than 1.
    """
    assert GoalOption("least", (*NAMES, "seconds"), ("seconds",))(given) == Goal(
        given.partition("=")[0], "least", value
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("answerd=0.8", "Did you mean answered?"),
        ("passed_wrong=0", "Did you mean wrong_passed?"),
        ("xyz=1", "choose among wrong_passed, answered, seconds."),
        ("answered", "give answered=NUMBER"),
        ("answered=", "give answered=NUMBER"),
        ("answered=nan", "give answered=NUMBER"),
        ("answered=-1", "give answered=NUMBER"),
        ("answered=200%", "answered is a share: give 0 to 1, or 0% to 100%"),
        ("answered=100.5%", "answered is a share"),
        ("answered=80", "answered is a share"),
        ("seconds=50%", "give seconds=NUMBER, such as seconds=2.5"),
    ],
)
def test_a_wrong_goal_is_told(given: str, said: str) -> None:
    """
    An unknown figure is told with the nearest that there is, and a value that is none, too.
    """
    with pytest.raises(click.BadParameter, match=said.replace("?", r"\?")):
        GoalOption("least", (*NAMES, "seconds"), ("seconds",))(given)


@pytest.mark.parametrize(
    ("bound", "value", "said"),
    [
        ("least", 0.5, []),
        ("least", 0.51, ["answered is 0.5 (0.4 to 0.6), below the 0.51 that --min asks for"]),
        ("most", 0.5, []),
        ("most", 0.49, ["answered is 0.5 (0.4 to 0.6), above the 0.49 that --max asks for"]),
    ],
)
def test_a_missed_goal_is_told(bound: Bound, value: float, said: list[str]) -> None:
    """
    A figure that reaches its goal exactly is good, one beyond is told with its interval.
    """
    assert list(missed([Goal("answered", bound, value)], FIGURES)) == said


def test_a_figure_of_nothing_misses_every_goal() -> None:
    """
    Where nothing was measured, nothing was reached.
    """
    (said,) = missed([Goal("wrong_passed", "most", 1)], FIGURES)

    assert "cannot be told" in said
