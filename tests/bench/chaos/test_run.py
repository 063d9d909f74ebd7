"""`make chaos` itself: a run on real processes, and what it says where things go wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from bench.chaos.__main__ import main
from bench.chaos.row import RunRow
from bench.chaos.run import Run
from bench.chaos.world import World
from tests.support.kafka import RealKafka
from tests.support.machine import needs_real_servers


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealKafka]:
    """Return a running Kafka."""
    needs_real_servers()
    with RealKafka() as running:
        yield running


async def run(does: Run, cluster: RealKafka) -> RunRow:
    """Return the row that a run gives."""
    async with World(cluster, quick=True) as world:
        await does.does(world)
        return RunRow.of(does, await world.found())


@pytest.mark.real
async def test_a_killed_worker_loses_nothing(cluster: RealKafka) -> None:
    """
    The row of a run tells all tickets, that a kill hit a call, and that nothing is lost.
    """

    async def one_kill(world: World) -> None:
        await world.llm.set(seconds=0.5)  # long enough to be hit on a busy machine, too
        await world.workers(1)
        async with world.publishing(60, rate=30):
            world.happened(await world.kill_workers(1, pause=0))
        await world.all_out()
        assert world.fleet.deaths == 1

    row = await run(Run(1, "", one_kill), cluster)

    assert row.failures == ()
    assert row.counts
    assert (row.counts.tickets, row.counts.processed) == (60, 60)
    assert "1 in the middle of calls" in row.happened
    assert row.recovery


@pytest.mark.real
async def test_what_does_not_come_out_is_lost(cluster: RealKafka) -> None:
    """
    A run without a worker fails: what is not out in time is lost.
    """

    async def nobody_works(world: World) -> None:
        async with world.publishing(5):
            pass
        await world.all_out(most_seconds=1)

    row = await run(Run(1, "", nobody_works), cluster)

    assert row.fails
    assert "5 lost" in row.failures
    assert not row.proves_nothing


@pytest.mark.real
async def test_a_run_in_which_nothing_happened_fails(cluster: RealKafka) -> None:
    """
    Kills that hit nobody prove nothing, and the row says so.
    """

    async def idle(world: World) -> None:
        await world.kill_workers(1, pause=0, idle_seconds=0.1)

    row = await run(Run(1, "", idle), cluster)

    assert row.failures == ("only 0 of 1 kills hit a call", "no message came")
    assert row.fails
    assert row.proves_nothing


def test_scenarios_are_told_by_number() -> None:
    """
    Each of the twelve has a sentence; one that does not exist is refused, and nothing is started.
    """
    listed = CliRunner().invoke(main, ["--list"])

    assert listed.exit_code == 0
    assert {line.split()[0] for line in listed.output.splitlines()} == set(map(str, range(1, 13)))
    assert CliRunner().invoke(main, ["13"]).exit_code == 2
    assert CliRunner().invoke(main, ["--quick", "12"]).exit_code == 2
