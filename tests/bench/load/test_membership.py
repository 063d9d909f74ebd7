"""`bench.load.membership` in small."""

from __future__ import annotations

import time

import pytest

from bench.load.membership import longest
from tests.support.bench import figures


def test_a_partition_that_gave_nothing_paused_all_the_time() -> None:
    """
    The longest pause is there for partitions with results, and for those without any.
    """
    now = time.monotonic()

    assert round(longest([now - 9, now - 2, now - 1], now - 5)) == 7
    assert round(longest([now - 3], now - 5)) == 3
    assert round(longest([], now - 5)) == 5


@pytest.mark.real
@pytest.mark.timeout(400)
def test_restarts_two_workers(real_servers: None) -> None:
    """
    It tells how long partitions rest, for each signal without and with a name.
    """
    lines = figures("bench.load.membership", *("--session", "6"), *("--after", "12"), seconds=350)

    assert [(line["signal"], line["instance_id"]) for line in lines] == [
        ("SIGKILL", False),
        ("SIGKILL", True),
        ("SIGTERM", False),
        ("SIGTERM", True),
    ]
    assert all(line["its_partitions_stall_s"] > 0 for line in lines)
