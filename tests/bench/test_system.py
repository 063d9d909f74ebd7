"""`bench.system` in small."""

from __future__ import annotations

import pytest

from tests.support.bench import figures

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_measures_up_and_a_worker() -> None:
    """
    It tells times, rates and memory of `up` and of a worker, on one line.
    """
    (line,) = figures("bench.system", "--tickets", "3", "--calls", "2", "--idle", "0.1")

    assert line["tickets"] == 3
    assert 0 < line["first_ticket_s"] <= line["all_samples_s"]
    assert line["http_median_ms"] > 0
    assert line["up_memory_mb"] > 0
    assert line["worker_memory_mb"] > 0
    assert line.keys() >= {"up_tickets_per_s", "worker_tickets_per_s"}
