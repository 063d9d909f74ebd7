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
    workers = plan.workers_needed(plan.tickets_per_worker("drafting", LOAD), LOAD)
    rows = {row["what"]: row["needed"] for row in plan.plan(LOAD)}

    spare = workers * plan.SHARE * plan.tickets_per_worker("drafting", LOAD)
    assert spare >= 100 > spare * (workers - 1) / workers
    assert rows["drafting workers"] == workers
    assert rows["partitions, for workers with a stage each"] == plan.partitions_needed(workers)
    assert (plan.partitions_needed(1), plan.partitions_needed(13)) == (12, 24)


def test_a_worker_with_all_stages_has_one_core() -> None:
    """
    All stages share its core: without a model it does 43 tickets a second, not 143.
    """
    limit, rate = plan.tickets_with_all_stages(replace(LOAD, model_seconds=0))

    assert (limit, rate) == ("the core", 1000 / 23)
    assert rate < min(1000 / ms for ms in measured.CPU_MS.values())


@pytest.mark.parametrize(
    ("changes", "limit", "expected"),
    [
        ({"model_seconds": 1.0}, "the core", 43.5),
        ({"model_seconds": 4.0}, "the slots", 16.0),
        ({"model_seconds": 4.0, "window": 16}, "the slots", 4.0),
        ({"model_seconds": 20.0, "slots": 900, "window": 900}, "the connections to the model", 25),
    ],
)
def test_what_limits_a_worker_with_all_stages(
    changes: dict[str, float], limit: str, expected: float
) -> None:
    """
    Its core, or the slots of one stage, or the connections that its stages share.
    """
    found, rate = plan.tickets_with_all_stages(replace(LOAD, **changes))  # type: ignore[arg-type]

    assert found == limit
    assert rate == pytest.approx(expected, rel=0.01)


def test_workers_with_all_stages() -> None:
    """
    A ticket a second more than one of them may do takes another, and partitions follow.
    """
    one = 0.75 * 1000 / 23
    for tickets, workers in ((one - 1, 1), (one + 1, 2), (14 * one, 14)):
        load = replace(LOAD, tickets_per_s=tickets, model_seconds=0)
        rows = {row["what"]: row["needed"] for row in plan.plan(load)}
        assert rows[plan.ALL_STAGES] == workers
        assert rows["partitions, for workers with all stages"] == 12 * (1 + (workers > 12))


def test_each_row_of_a_stage_says_that_it_is_alone() -> None:
    """
    Nobody takes the workers of a stage for workers with all stages.
    """
    hows = {str(row["what"]): str(row["how"]) for row in plan.plan(LOAD)}

    assert all("a worker with this stage alone" in hows[f"{stage} workers"] for stage in STAGES)
    assert hows[plan.ALL_STAGES].startswith("instead of those")


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
