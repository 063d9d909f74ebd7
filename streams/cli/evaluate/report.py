"""What both commands say at their end: the figures, and which goals were missed."""

from __future__ import annotations

from collections.abc import Sequence

from streams.cli import terminal
from streams.cli.evaluate.figures import Figure
from streams.cli.evaluate.goals import Goal, missed


def show_figures(figures: Sequence[Figure]) -> None:
    """Write *figures*: a table on a terminal, one line of JSON elsewhere."""
    if terminal.is_read_by_person():
        terminal.show_rows(map(_row, figures))
    else:
        terminal.json_line({"figures": [vars(figure) for figure in figures]})


def ended(goals: Sequence[Goal], figures: Sequence[Figure]) -> bool:
    """Say which of *goals* were missed, and return whether any was."""
    sentences = list(missed(goals, figures))
    for sentence in sentences:
        terminal.complain(sentence)
    return bool(sentences)


def _row(figure: Figure) -> terminal.Row:
    interval = "" if figure.value is None else f"{figure.low:g} to {figure.high:g}"
    value = "" if figure.value is None else f"{figure.value:g}"
    return {"figure": figure.name, "value": value, "95 % interval": interval, "of": figure.of}
