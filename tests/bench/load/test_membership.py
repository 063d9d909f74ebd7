"""`bench.load.membership` in small."""

from __future__ import annotations

import time

import pytest

from bench.load import membership
from bench.load.membership import longest, members_of
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.settings import Settings
from tests.support.bench import figures


def test_a_partition_that_gave_nothing_paused_all_the_time() -> None:
    """
    The longest pause is there for partitions with results, and for those without any.
    """
    now = time.monotonic()

    assert round(longest([now - 9, now - 2, now - 1], now - 5)) == 7
    assert round(longest([now - 3], now - 5)) == 3
    assert round(longest([], now - 5)) == 5


async def test_a_group_that_nobody_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It is not waited for without an end, and the error says for whom.
    """
    monkeypatch.setattr(membership, "JOIN_SECONDS", 1.0)
    with (
        EmbeddedBroker(Settings(), wanted=()) as broker,
        pytest.raises(RuntimeError, match=r"triage has not come to have 2 members"),
    ):
        await members_of(Settings(kafka_brokers=broker.brokers), 2)


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.parametrize("ending", ["SIGKILL", "SIGTERM"])
def test_restarts_two_workers(real_servers: None, ending: str) -> None:
    """
    It tells how long partitions rest, without and with a name.
    """
    lines = figures(
        "bench.load.membership",
        *("--session", "6", "--after", "8", "--signal", ending),
        seconds=240,
    )

    assert [(line["signal"], line["instance_id"]) for line in lines] == [
        (ending, False),
        (ending, True),
    ]
    assert all(line["its_partitions_stall_s"] > 0 for line in lines)
