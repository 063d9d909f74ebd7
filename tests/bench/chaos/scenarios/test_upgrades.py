"""The release that is rolled back: which version did what, and the whole of it in small."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from bench.chaos import previous
from bench.chaos.ledger import StoredRecord
from bench.chaos.row import RunRow
from bench.chaos.scenarios.upgrades import NONE, OURS, UPGRADES, mixed, ways
from bench.chaos.world import World
from tests.support.bench import ROOT
from tests.support.kafka import RealKafka
from tests.support.machine import needs_real_servers


def result(version: str, prompt: str | None) -> StoredRecord:
    """Return a result that *version* has triaged, with the drafting prompt that it tells."""
    meta = {"version": version, "stages": {"drafting": {"prompt": prompt}}}
    return StoredRecord(0, 0, 0.0, json.dumps({"meta": meta}).encode())


def test_who_did_what() -> None:
    """
    Tickets that met both versions are told apart by their direction from those that met one.
    """
    old = previous.VERSION
    found = ways(
        [
            *[result(old, "drafting-1")] * 3,
            *[result(old, OURS)] * 2,
            result("9.9.9", "drafting-1"),
            *[result("9.9.9", OURS)] * 4,
            result("9.9.9", None),
        ]
    )

    assert found == {
        (old, "drafting-1"): 3,
        (old, OURS): 2,
        ("9.9.9", "drafting-1"): 1,
        ("9.9.9", OURS): 4,
        ("9.9.9", NONE): 1,
    }
    assert mixed(found) == (2, 1)


@pytest.fixture
def cluster() -> Iterator[RealKafka]:
    """Return a running Kafka, where the version before can be taken out of the history."""
    needs_real_servers()
    known = subprocess.run(["git", "cat-file", "-e", previous.COMMIT], cwd=ROOT, check=False)
    if known.returncode:
        pytest.skip("the repository's history is not here")
    with RealKafka() as running:
        yield running


@pytest.mark.real
@pytest.mark.timeout(400)
async def test_an_upgrade_that_is_rolled_back_loses_nothing(cluster: RealKafka) -> None:
    """
    A worker of the version before becomes this one and then that one again, and every ticket
    comes out once, in order.
    """
    (run,) = UPGRADES
    async with World(cluster, quick=True) as world:
        await run.does(world)
        row = RunRow.of(run, await world.found())

    assert row.failures == ()
    assert row.counts
    assert row.counts.processed == row.counts.tickets > 0
    assert f"triaged by {previous.VERSION}" in row.happened
