"""`bench.load.joining` in small."""

from __future__ import annotations

import pytest

from bench.load.joining import Phase, as_table
from tests.support.bench import figures


@pytest.mark.real
@pytest.mark.timeout(240)
def test_lag_falls_when_workers_join(real_servers: None) -> None:
    """
    One worker drafts less than comes, so its lag grows; with three of them it falls.
    """
    options = {"--call-seconds": "0.5", "--slots": "1", "--rate": "3", "--phase": "5"}
    given = [text for option in options.items() for text in option]
    lines = figures("bench.load.joining", *given, seconds=200)

    seen, phases = [one for one in lines if "lag" in one], [one for one in lines if "load" in one]
    assert [phase["workers"] for phase in phases] == [1, 2, 3]
    assert {one["workers"] for one in seen} == {1, 2, 3}
    assert phases[0]["lag_at_last"] > phases[0]["lag_at_first"]
    assert phases[2]["lag_at_last"] < phases[1]["lag_at_first"]
    assert phases[0]["drafted_per_s"] <= phases[0]["most_per_s"] + 0.5


def test_the_table() -> None:
    """
    It has a row for each number of workers.
    """
    phase = Phase(2, 6.0, 8.0, 7.5, 90, 60, 1.25)

    assert as_table([phase]).splitlines()[2] == "| 2 | 6 | 8 | 7.5 | 90 | 60 | 1.25 |"
