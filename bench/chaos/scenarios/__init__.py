"""
Every scenario, in order. What each does reads like what is said of it.

A number that has several rows (with rivals beside it, or each `on_outage`) is run as a whole.
"""

from __future__ import annotations

from bench.chaos.row import Run
from bench.chaos.scenarios import backends, brokers, poison, workers

RUNS: tuple[Run, ...] = (*workers.KILLED, *brokers.AWAY, *backends.LLM_AWAY, *poison.POISON)


def chosen(numbers: tuple[int, ...], *, quick: bool) -> list[Run]:
    """Return the runs with *numbers*; without any, all but those by hand, or the quick ones."""
    if numbers:
        return [run for run in RUNS if run.number in numbers and (run.quick or not quick)]
    return [run for run in RUNS if not run.by_hand and (run.quick or not quick)]
