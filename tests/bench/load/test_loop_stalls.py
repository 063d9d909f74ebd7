"""`bench.load.loop_stalls` in small."""

from __future__ import annotations

from tests.support.bench import figures


def test_it_measures_every_case() -> None:
    """
    Each case has a line with what it took and how long the loop stood still.
    """
    options = ("--article", "2000", "--message", "2000", "--tickets", "1")
    rows = figures("bench.load.loop_stalls", *options, "--passages", "100", "--rounds", "1")

    named = {"start", "article, table", "1 tickets, German", "1 tickets with a model, log"}
    assert named <= {row["case"] for row in rows}
    assert all(0 <= row["by_work_ms"] <= row["stall_ms"] for row in rows)
