"""What is said at the end of an evaluation."""

from __future__ import annotations

import json

import pytest

from streams.cli.evaluate.figures import Figure
from streams.cli.evaluate.goals import Goal
from streams.cli.evaluate.report import ended, show_figures

FIGURE = Figure("answered", 0.5, 0.4, 0.6, 90)


def test_figures_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The figures are one line of JSON, with intervals and counts.
    """
    show_figures([FIGURE])

    assert json.loads(capsys.readouterr().out) == {
        "figures": [{"name": "answered", "value": 0.5, "low": 0.4, "high": 0.6, "of": 90}]
    }


def test_missed_goals_go_to_the_person(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What was missed is said on standard error, and counts.
    """
    assert not ended([Goal("answered", "least", 0.5)], [FIGURE])
    assert ended([Goal("answered", "least", 0.7)], [FIGURE])

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "answered is 0.5" in captured.err
