"""`ticketstream evaluate`: its options."""

from __future__ import annotations

from streams.cli.evaluate.options import OF_VERIFIER
from streams.cli.evaluate.verifier import figures_of


def test_the_figures_of_the_verifier_are_those_that_goals_name() -> None:
    """
    Each figure can have a goal, and no goal is for a figure that there is not.
    """
    assert tuple(figure.name for figure in figures_of([])) == tuple(OF_VERIFIER)
