"""What happens to workers: they are killed."""

from __future__ import annotations

from bench.chaos.rival import RIVALS
from bench.chaos.row import Run
from bench.chaos.world import World


async def killed(world: World) -> None:
    """Kill -9 random workers while 10 % of the model's calls fail."""
    await world.llm.fail(0.1)
    await world.workers(2 if world.quick else 3)
    async with world.publishing(600 if world.quick else 2000):
        await world.kill_workers(3 if world.quick else 5, pause=2 if world.quick else 5)
    failed = (await world.llm.tally())["failed"]
    world.happened(f"{failed} calls failed")
    world.insist(failed, "no call failed")
    await world.all_out()


_SAYS = "5 × kill -9 of random workers during 2,000 tickets, 10 % of LLM calls failing"
KILLED = (
    Run(1, _SAYS, killed, "ticketstream", quick=True),
    *(Run(1, f"the same with {r.name}", killed, rival=r) for r in RIVALS),
)
