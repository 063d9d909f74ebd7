"""A run in which nobody disturbs a rival."""

from __future__ import annotations

from bench.chaos.ledger import Counts
from bench.chaos.rival import RIVALS
from bench.chaos.world import World
from tests.support.kafka import RealKafka


async def undisturbed(program: str) -> Counts:
    """Return what becomes of 20 messages with the rival that is this *program*."""
    rival = next(r for r in RIVALS if r.module == program.rsplit(".", 1)[1])
    with RealKafka() as cluster:
        async with World(cluster, quick=True, rival=rival) as world:
            await world.workers(1)
            async with world.publishing(20):
                pass
            await world.all_out()
            return (await world.found()).counts
