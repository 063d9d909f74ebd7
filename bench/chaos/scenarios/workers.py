"""What happens to workers: they are killed."""

from __future__ import annotations

from bench.chaos.rival import RIVALS
from bench.chaos.run import Run
from bench.chaos.world import World

CALL_SECONDS, QUICK_CALL_SECONDS = 1.0, 0.3
"""Seconds of a call of the model. Longer calls mean more tickets in hand when a worker dies."""


async def workers_killed(world: World) -> None:
    """Kill -9 random workers while 10 % of the model's calls fail."""
    await world.llm.fail(0.1)
    await world.llm.set(seconds=QUICK_CALL_SECONDS if world.quick else CALL_SECONDS)
    await world.workers(2 if world.quick else 3)
    async with world.publishing(400 if world.quick else 2000):
        kills, pause = (3, 2) if world.quick else (5, 5)
        world.happened(await world.kill_workers(kills, pause))
    await world.all_out()
    failed = (await world.llm.tally())["failed"]
    world.happened(f"{failed} calls failed")
    world.insist(failed, "no call failed")


_SAYS = "5 × kill -9 of random workers during 2,000 tickets, 10 % of LLM calls failing"
KILLED = (
    Run(1, _SAYS, workers_killed, "ticketstream", quick=True),
    *(Run(1, f"the same with {r.name}", workers_killed, rival=r) for r in RIVALS),
)
