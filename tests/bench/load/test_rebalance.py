"""`bench.load.rebalance` in small."""

from __future__ import annotations

import pytest

from tests.support.bench import figures


@pytest.mark.real
@pytest.mark.timeout(400)
def test_workers_come_and_go(real_servers: None) -> None:
    """
    It tells of a worker that comes, leaves, and dies, and how many tickets were done twice.
    """
    options = (*("--slowest", "0.5"), *("--session", "6"), *("--after", "7"))
    before, *events, done = figures("bench.load.rebalance", *options, seconds=350)

    assert before["before"] > 0
    assert [line["event"] for line in events] == ["joins", "leaves", "killed, started again"]
    assert done["tickets"] > 0
