"""The figures of `evaluate tickets`."""

from __future__ import annotations

import pytest

from streams.cli.evaluate.options import OF_TICKETS
from streams.cli.evaluate.ticket_figures import figures_of_tickets
from tests.support.evaluations import an_outcome


def test_the_figures_are_those_that_goals_name() -> None:
    """
    Each figure can have a goal, and of no tickets there is none.
    """
    figures = figures_of_tickets([])

    assert tuple(figure.name for figure in figures) == tuple(OF_TICKETS)
    assert {figure.value for figure in figures} == {None}


def test_what_is_counted() -> None:
    """
    Each figure is of those tickets only whose labels tell it.
    """
    outcomes = [
        an_outcome(answered_by=["KB-1001"], facts=["in full"], category="Billing", priority="P1"),
        an_outcome(answered_by=["KB-2"]),
        an_outcome(answered_by=["KB-9"], verdict="warning"),
        an_outcome("We will see.", "warning", answered_by=[]),
        an_outcome(),
    ]

    found = {figure.name: (figure.value, figure.of) for figure in figures_of_tickets(outcomes)}

    assert found["right_first"] == (0.3333, 3)
    assert found["right_found"] == (0.6667, 3)
    assert found["answered"] == (0.3333, 3)
    assert found["right_passed"] == (0.3333, 3)
    assert found["right_of_passed"] == (0.5, 2)
    assert found["wrong_passed"] == (0.25, 4)
    assert found["passed"] == (0.6, 5)
    assert found["holding"] == (0.2, 5)
    assert found["category"] == (1, 1)
    assert found["priority"] == (0, 1)
    assert found["seconds_p50"] == (0.5, 5)
    assert found["likeness"] == (None, 0)


def test_a_share_of_many_has_a_narrower_interval() -> None:
    """
    More tickets tell more.
    """
    few, many = (figures_of_tickets([an_outcome(answered_by=["KB-2"])] * n) for n in (4, 40))

    widths = [
        figure.high - figure.low for figure in (few[1], many[1]) if figure.low and figure.high
    ]
    assert widths[0] > widths[1] > 0
    assert few[1].value == pytest.approx(1)
