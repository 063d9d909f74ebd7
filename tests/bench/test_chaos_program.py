"""`bench.chaos` and its rivals in small."""

from __future__ import annotations

import json

import pytest

from bench.chaos.rival import RIVALS
from bench.chaos.world import World
from tests.support.bench import done
from tests.support.kafka import RealKafka


@pytest.mark.real
@pytest.mark.timeout(820)
def test_a_scenario(real_servers: None) -> None:
    """
    A row on standard output tells what became of the tickets, and the code whether one is lost.
    """
    made = done("bench.chaos", "--quick", "--ours", "1", seconds=750)
    *_, row = map(json.loads, made.stdout.splitlines())  # the one before proved nothing

    assert made.returncode == bool(row["failures"]), made.stderr
    assert row["scenario"] == "1 ticketstream"
    assert row["lost"] == 0
    assert row["tickets"] > 0


@pytest.mark.real
@pytest.mark.parametrize(
    "program", ["bench.chaos.rivals.faststream_worker", "bench.chaos.rivals.plain_faust"]
)
async def test_a_rival(real_servers: None, program: str) -> None:
    """
    A rival that nobody disturbs takes every ticket.
    """

    async def undisturbed(world: World) -> None:
        await world.workers(1)
        async with world.publishing(20):
            pass
        await world.all_out()

    rival = next(r for r in RIVALS if r.module == program.rsplit(".", 1)[1])
    with RealKafka() as cluster:
        async with World(cluster, quick=True, rival=rival) as world:
            await undisturbed(world)
            counts = (await world.found()).counts

    assert (counts.tickets, counts.lost) == (20, 0)
