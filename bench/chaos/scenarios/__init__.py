"""
Every scenario, in order. What each does reads like what is said of it.

A number that has several rows (with rivals beside it, or each `on_outage`) is run as a whole.
"""

from __future__ import annotations

from bench.chaos.run import Run
from bench.chaos.scenarios import (
    backends,
    brokers,
    everything,
    knowledge,
    members,
    poison,
    sidecar,
    upgrades,
    workers,
)

RUNS: tuple[Run, ...] = tuple(
    sorted(
        (
            *workers.KILLED,
            *brokers.AWAY,
            *backends.LLM_AWAY,
            *knowledge.KNOWLEDGE,
            *members.MEMBERS,
            *upgrades.UPGRADES,
            *poison.POISON,
            *sidecar.SIDECAR,
            *brokers.ONE_OF_THREE,
            *everything.EVERYTHING,
        ),
        key=lambda run: run.number,
    )
)


def chosen(numbers: tuple[int, ...], *, quick: bool) -> list[Run]:
    """Return the runs with *numbers*; without any, all but those by hand, or the quick ones."""
    if numbers:
        return [run for run in RUNS if run.number in numbers and (run.quick or not quick)]
    return [run for run in RUNS if not run.by_hand and (run.quick or not quick)]
