"""What happens to what the stages ask: the language model is away, then has too much to do."""

from __future__ import annotations

import asyncio

from bench.chaos.row import Run
from bench.chaos.world import World
from streams.ports import OnOutage


async def llm_away(world: World, on_outage: OnOutage) -> None:
    """Let the model be away for a minute, then answer 429 for half a minute."""
    await world.workers(2, on_outage=on_outage)
    async with world.publishing(300 if world.quick else 2000, rate=20):
        await asyncio.sleep(2)
        await world.llm.set(listening=False)
        await asyncio.sleep(4 if world.quick else 60)
        await world.llm.set(listening=True, default={"kind": "rate_limited", "retry_after": 1})
        await asyncio.sleep(8 if world.quick else 30)
        failed = (await world.llm.set(default={"kind": "answer"}))["failed"]
        world.fault_ended()
    await world.all_out()
    waited, degraded = world.fleet.said("held"), world.degraded()
    world.happened(f"{failed} × 429, {degraded} degraded, {waited} × held")
    world.insist(failed, "no call got a 429")
    world.insist(degraded if on_outage == "degrade" else waited, "nobody missed the model")


async def _degrade(world: World) -> None:
    await llm_away(world, "degrade")


async def _hold(world: World) -> None:
    await llm_away(world, "hold")


_SAYS = "the LLM away for 60 s, then 429 for 30 s, on_outage="
LLM_AWAY = (
    Run(3, f"{_SAYS}degrade", _degrade, "degrade", quick=True),
    Run(3, f"{_SAYS}hold", _hold, "hold", quick=True),
)
