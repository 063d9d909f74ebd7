"""The formulas: what a load needs, and of what that follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from schemas.topics import FLOW
from streams.cli.capacity import measured, plan
from streams.cli.capacity.plan import Load
from streams.pipeline import STAGES
from streams.settings import Settings

LOAD = Load(tickets_per_s=100, model_seconds=4, slots=64, window=256, replicas=3)


def test_littles_law() -> None:
    """
    A worker's rate is its slots divided by the seconds of a ticket, as far as its core can do it.
    """
    seconds = 4 + measured.CPU_MS["drafting"] / 1000

    assert plan.tickets_per_worker("drafting", LOAD) == pytest.approx(64 / seconds)
    assert plan.tickets_per_worker("drafting", replace(LOAD, slots=100_000, window=100_000)) == (
        min(plan.CONNECTIONS / seconds, 1000 / measured.CPU_MS["drafting"])
    )
    assert plan.tickets_per_worker("policy", LOAD) == 1000 / measured.CPU_MS["policy"]


def test_a_small_window_limits_the_slots() -> None:
    """
    A worker cannot work on more tickets than it may hold.
    """
    held = replace(LOAD, window=16)

    assert plan.tickets_per_worker("drafting", held) == pytest.approx(
        plan.tickets_per_worker("drafting", replace(LOAD, slots=16))
    )


def test_workers_and_partitions() -> None:
    """
    A quarter of each worker is left free; partitions are as many as the largest stage's workers.
    """
    workers = plan.workers_needed("drafting", LOAD)
    rows = {row["what"]: row["needed"] for row in plan.plan(LOAD)}

    spare = workers * plan.SHARE * plan.tickets_per_worker("drafting", LOAD)
    assert spare >= 100 > spare * (workers - 1) / workers
    assert rows["drafting workers"] == workers
    assert rows["partitions"] == plan.partitions_needed(workers)
    assert (plan.partitions_needed(1), plan.partitions_needed(13)) == (12, 24)


def test_disk() -> None:
    """
    Each topic keeps its tickets for its retention, on each replica; longer tickets take more.
    """
    one = replace(LOAD, replicas=1)
    days = {"incoming-tickets": 14, "ticket-processed": 14}
    stored = plan.stored_bytes(measured.TICKET_BYTES)
    expected = sum(size * days.get(name, 7) * 86_400 * 100 for name, size in stored.items())

    assert plan.disk_bytes(one) == pytest.approx(expected)
    assert plan.disk_bytes(LOAD) == pytest.approx(3 * expected)
    assert plan.disk_bytes(replace(one, ticket_bytes=5_000)) > plan.disk_bytes(one)


def test_a_small_load_is_not_nothing() -> None:
    """
    Of a ticket a second, a sidecar's share of a core and a stage's busy slots are above 0.
    """
    rows = {row["what"]: row for row in plan.plan(replace(LOAD, tickets_per_s=0.1))}

    assert rows["cores of each sidecar"]["needed"] == 0.1 * measured.FOLLOWING_MS / 1000
    assert str(rows["policy workers"]["how"]).startswith("< 0.1 slots busy")


def test_weaviate() -> None:
    """
    Memory grows by the same for each passage, by more than its vector.
    """
    step = plan.weaviate_bytes(2_000) - plan.weaviate_bytes(1_000)

    assert step == pytest.approx(plan.weaviate_bytes(1_000) - plan.weaviate_bytes(0))
    assert step > 1_000 * 256 * 4


def test_it_agrees_with_the_product() -> None:
    """
    Each stage and topic has its figure, and the chart's autoscaling aims at the same share.
    """
    values = yaml.safe_load(
        (Path(__file__).parents[3] / "helm/ticketstream/values.yaml").read_text()
    )

    assert tuple(measured.CPU_MS) == STAGES
    assert list(measured.STORED) == [topic.name for topic in FLOW]
    assert f"busyShare: {plan.SHARE:g}" in str(shares(values))
    assert plan.seconds_in("retrieval", LOAD) < 1 < plan.seconds_in("triage", LOAD)
    assert Settings().concurrency <= Settings().window


def shares(values: object) -> list[str]:
    """Return each `busyShare` in the chart's *values*."""
    if not isinstance(values, dict):
        return []
    own = [f"busyShare: {v:g}" for k, v in values.items() if k == "busyShare"]
    return own + [found for value in values.values() for found in shares(value)]
