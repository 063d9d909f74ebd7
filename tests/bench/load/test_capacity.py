"""`bench.load.capacity` in small: what `ticketstream capacity` says is near to what is seen."""

from __future__ import annotations

from typing import Any

import pytest

from bench.load.capacity import rate_of
from tests.support.bench import figures


def test_the_rate_is_that_of_the_middle() -> None:
    """
    Results that come late, when slots are empty, do not count.
    """
    steady = [n / 10 for n in range(100)]

    assert rate_of(steady) == 10
    assert rate_of([*steady, 60.0, 70.0]) == 10


@pytest.fixture
def ratios(real_servers: None) -> dict[str, Any]:
    """Return what was measured, as a share of what the formulas say."""
    options = {"--tickets": "40", "--slots": "4", "--call-seconds": "1", "--passages": "400"}
    given = [text for option in options.items() for text in option]
    lines = figures("bench.load.capacity", *given, seconds=350)
    return {line["what"]: line["ratio"] for line in lines if "what" in line}


@pytest.mark.real
@pytest.mark.timeout(400)
def test_formulas_and_measurements(ratios: dict[str, Any]) -> None:
    """
    No worker does more than Little's law says, and even a busy machine half of it; a ticket takes
    no more bytes than is said.
    """
    rate = ratios.pop("tickets/s of a worker a stage")
    stored = {what: ratio for what, ratio in ratios.items() if "bytes a ticket" in what}

    assert 0.5 < rate < 1.05
    assert len(stored) == 5
    assert all(0.3 < ratio < 1.1 for ratio in stored.values()), stored
    assert 0.7 < ratios["incoming, bytes of its JSON"] < 1.3
    assert all(ratio > 0 for ratio in ratios.values())
