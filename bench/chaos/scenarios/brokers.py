"""What happens to Kafka: a broker is killed, or is away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import time

from bench.chaos.run import Run
from bench.chaos.world import World


async def broker_killed(world: World) -> None:
    """Kill -9 the only broker, and start it again."""
    await _away(world, world.cluster.kill, 0)


async def stopped(world: World) -> None:
    """Stop the only broker for a minute."""
    await _away(world, world.cluster.stop, 10 if world.quick else 60)


async def _away(world: World, end: Callable[[], None], seconds: float) -> None:
    await world.workers(2)
    async with world.publishing(300 if world.quick else 900):
        await asyncio.sleep(2)
        victim = await world.at_work()
        world.insist(victim, "no worker was at work when the broker ended")
        began, confirmed = time(), world.publisher.published
        await asyncio.to_thread(end)
        await asyncio.sleep(seconds)
        world.insist(
            world.publisher.published - confirmed < 100, "messages were published meanwhile"
        )
        await asyncio.to_thread(world.cluster.restart)
        world.fault_ended()
        world.happened(f"the broker was away for {time() - began:.0f} s")
    await world.all_out()


AWAY = (
    Run(
        2,
        "the broker killed -9 and restarted",
        broker_killed,
        "killed",
        quick=True,
        cluster="own",
    ),
    Run(2, "the broker stopped for 60 s", stopped, "stopped", quick=True, cluster="own"),
)


async def one_of_three(world: World) -> None:
    """Kill -9 one of three brokers under load, and leave it dead."""
    await world.workers(2)
    async with world.publishing(1200):
        await asyncio.sleep(5)
        world.insist(await world.at_work(), "no worker was at work when the broker was killed")
        victim = world.random.randrange(3)
        await asyncio.to_thread(world.cluster.kill, victim)
        world.fault_ended()
        world.happened(f"broker {victim} of 3 killed, and left dead")
    await world.all_out()


ONE_OF_THREE = (
    Run(
        10,
        "three brokers, replication 3, min.insync 2: one killed under load",
        one_of_three,
        cluster="three",
    ),
)
