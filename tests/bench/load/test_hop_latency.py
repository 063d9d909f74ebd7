"""`bench.load.hop_latency` in small."""

from __future__ import annotations

from tests.support.bench import figures


def test_tells_what_four_hops_add() -> None:
    """
    It tells milliseconds that the topics add at a pace, and tickets a second of a backlog.
    """
    options = ("--tickets", "5", "--rate", "20", "--burst", "10", "--linger", "0")
    (line,) = figures("bench.load.hop_latency", *options)

    assert line["linger_ms"] == 0
    assert line["median_ms"] > 0
