"""`bench.membership` in small."""

from __future__ import annotations

import pytest

from tests.support.bench import figures


@pytest.mark.real
@pytest.mark.timeout(400)
def test_restarts_two_workers(real_servers: None) -> None:
    """
    It tells how long partitions rest, for each signal without and with a name.
    """
    lines = figures("bench.membership", *("--session", "6"), *("--after", "12"), seconds=350)

    assert [(line["signal"], line["instance_id"]) for line in lines] == [
        ("SIGKILL", False),
        ("SIGKILL", True),
        ("SIGTERM", False),
        ("SIGTERM", True),
    ]
    assert all(line["its_partitions_stall_s"] > 0 for line in lines)
