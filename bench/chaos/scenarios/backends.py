"""What happens to what the stages ask: the language model is away, then has too much to do."""

from __future__ import annotations

import asyncio

from bench.chaos.run import Run
from bench.chaos.world import World
from streams.ports import OnOutage

MOST_SECONDS = 40
"""Seconds between two calls of a model that is down. The product leaves it alone for 30 at most."""


async def llm_away(world: World, on_outage: OnOutage) -> None:
    """Let the model be away for a minute, then answer 429 for half a minute."""
    await world.workers(2, on_outage=on_outage)
    async with world.publishing(450 if world.quick else 2600, rate=30 if world.quick else 20):
        await asyncio.sleep(2)
        await world.llm.set(listening=False)
        await asyncio.sleep(5 if world.quick else 60)
        await world.llm.set(listening=True, default={"kind": "rate_limited", "retry_after": 1})
        await asyncio.sleep(3 if world.quick else 30)
        refused = await _refused(world)
        await world.llm.set(default={"kind": "answer"})
        world.fault_ended()
    await world.all_out()
    held, degraded = world.fleet.said("held"), world.degraded()
    world.happened(f"{refused} × 429, {degraded} degraded, {held} × held")
    world.insist(refused, "no call got a 429")
    world.insist(degraded if on_outage == "degrade" else held, "nobody missed the model")


async def _refused(world: World) -> int:
    """Return how many calls failed, once one has: workers ask a model that is down rarely."""
    for _ in range(MOST_SECONDS * 10):
        if failed := int((await world.llm.tally())["failed"]):
            return failed
        await asyncio.sleep(0.1)
    return 0


async def _degrade(world: World) -> None:
    await llm_away(world, "degrade")


async def _hold(world: World) -> None:
    await llm_away(world, "hold")


_SAYS = "the LLM away for 60 s, then 429 for 30 s, on_outage="
LLM_AWAY = (
    Run(3, f"{_SAYS}degrade", _degrade, "degrade", quick=True),
    Run(3, f"{_SAYS}hold", _hold, "hold", quick=True),
)
