"""`bench.load.capacity` in small: what `ticketstream capacity` says is near to what is seen."""

from __future__ import annotations

from typing import Any

import pytest

from bench.load.capacity import rate_of
from schemas.topics import FLOW
from streams.pipeline import STAGES
from tests.support.bench import figures


def test_the_rate_is_that_of_the_middle() -> None:
    """
    Results that come late, when slots are empty, do not count.
    """
    steady = [n / 10 for n in range(100)]

    assert rate_of(steady) == 10
    assert rate_of([*steady, 60.0, 70.0]) == 10


@pytest.mark.parametrize("late", range(4))
def test_results_that_come_in_bursts(late: int) -> None:
    """
    Four slots that take a second each do four tickets a second at most, wherever the middle begins.
    """
    bursts = [float(n // 4) for n in range(late, 40)]

    assert 3.9 < rate_of(bursts) <= 4


@pytest.fixture
def ratios(real_servers: None) -> dict[str, Any]:
    """Return what was measured, as a share of what the formulas say."""
    options = {"--tickets": "40", "--slots": "4", "--call-seconds": "0.2", "--passages": "200"}
    given = [text for option in options.items() for text in option]
    lines = figures("bench.load.capacity", *given, seconds=200)
    return {line["what"]: line["ratio"] for line in lines if "what" in line}


@pytest.mark.real
@pytest.mark.timeout(240)
def test_formulas_and_measurements(ratios: dict[str, Any]) -> None:
    """
    Each formula has its row, and a ticket takes about the bytes that are said.

    How fast tickets go through is this machine's, and is no test's.
    """
    stored = {what: ratio for what, ratio in ratios.items() if "bytes a ticket" in what}

    assert ratios.keys() == {
        "tickets/s of a worker a stage",
        *(f"{part}, CPU ms a ticket" for part in (*STAGES, "sidecar")),
        *(f"{topic.name}, bytes a ticket" for topic in FLOW),
        "incoming, bytes of its JSON",
        "embedded knowledge, bytes",
        "Weaviate, bytes",
    }
    assert all(0.3 < ratio < 1.1 for ratio in stored.values()), str(stored)
    assert 0.7 < ratios["incoming, bytes of its JSON"] < 1.3
    assert all(ratio > 0 for ratio in ratios.values())
