"""`bench.chaos` and its rivals in small."""

from __future__ import annotations

import pytest

from bench.chaos.rival import RIVALS
from bench.chaos.world import World
from tests.support.bench import printed
from tests.support.kafka import RealKafka


def test_it_lists_its_scenarios() -> None:
    """
    The program starts and tells what it would do; CI runs its quick scenarios after the tests.
    """
    said = printed("bench.chaos", "--list")

    assert "9 from the version before" in said


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
