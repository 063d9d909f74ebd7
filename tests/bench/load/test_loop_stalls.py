"""`bench.load.loop_stalls` in small."""

from __future__ import annotations

from tests.support.bench import figures


def test_tells_how_long_the_loop_stands_still() -> None:
    """
    It tells the longest stall of everything that is heavy.
    """
    options = ("--characters", "2000", "--tickets", "1", "--passages", "100", "--rounds", "1")
    lines = figures("bench.load.loop_stalls", *options)

    assert len(lines) > 3
    assert all(line["stall_ms"] >= line["by_work_ms"] >= 0 for line in lines)
