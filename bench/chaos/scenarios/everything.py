"""What happens in ten minutes in which all of it happens, in an order that chance decides."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from signal import SIGCONT

from bench.chaos.run import Run
from bench.chaos.scenarios.members import sleep_too_long
from bench.chaos.scenarios.poison import PROGRAM, poisoned
from bench.chaos.world import World
from tests.support.weaviate import RealWeaviate

RATE = 20
"""Messages a second."""
AWAY_SECONDS = 10
PAUSE = (2.0, 8.0)
"""Seconds between two faults, from and to."""
MOST_SECONDS = 600.0

Disturbance = Callable[[World, RealWeaviate], Awaitable[None]]


async def a_worker_dies(world: World, _: RealWeaviate) -> None:
    """Kill a worker at work, and two more soon after."""
    await world.kill_workers(3, pause=2, must_hit=0)


async def a_worker_sleeps(world: World, _: RealWeaviate) -> None:
    """Stop a worker at work for longer than its session."""
    if victim := await world.at_work():
        await sleep_too_long(world, victim)
        victim.send(SIGCONT)


async def a_worker_is_replaced(world: World, _: RealWeaviate) -> None:
    """Add a worker, and end another one that is at work."""
    await world.workers(1, program=PROGRAM)
    if victim := await world.at_work():
        await world.fleet.stop(victim)


async def a_broker_dies(world: World, _: RealWeaviate) -> None:
    """Kill one of the brokers, and start it again."""
    await asyncio.to_thread(world.cluster.kill, world.random.randrange(3))
    await asyncio.sleep(AWAY_SECONDS)
    await asyncio.to_thread(world.cluster.restart)


async def the_model_is_away(world: World, _: RealWeaviate) -> None:
    """Let the model be away, and then refuse most calls for a while."""
    await world.llm.set(listening=False)
    await asyncio.sleep(AWAY_SECONDS)
    await world.llm.set(listening=True)
    await world.llm.fail(0.7)
    await asyncio.sleep(AWAY_SECONDS)
    await world.llm.fail(0.05)


async def weaviate_dies(_: World, server: RealWeaviate) -> None:
    """Kill Weaviate, and start it again."""
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.restart)


FAULTS: tuple[Disturbance, ...] = (
    a_worker_dies,
    a_worker_sleeps,
    a_worker_is_replaced,
    a_broker_dies,
    the_model_is_away,
    weaviate_dies,
)


async def everything(world: World) -> None:
    """Let one fault follow the other until all messages are published."""
    server = await world.weaviate()
    await world.workers(3, program=PROGRAM)
    faults, happened = _in_turn(world), Counter[str]()
    count = int(world.minutes * 60 * RATE)
    async with world.publishing(poisoned(count, every=199), RATE) as published:
        while not published.done():
            fault = next(faults)
            await fault(world, server)
            world.fault_ended()
            happened[fault.__name__.replace("_", " ")] += 1
            await asyncio.sleep(world.random.uniform(*PAUSE))
    world.happened(", ".join(f"{n} × {name}" for name, n in happened.items()))
    cut = (await world.llm.tally())["cut"]
    world.happened(f"{cut} calls cut")
    world.insist(len(happened) == len(FAULTS), "not all faults happened")
    world.insist(cut, "no call was cut")
    await world.all_out(MOST_SECONDS)


def _in_turn(world: World) -> Iterator[Disturbance]:
    """Yield faults without end: each once, in any order, and then all again."""
    while True:
        yield from world.random.sample(FAULTS, len(FAULTS))


EVERYTHING = (
    Run(
        12,
        "all of it together for 10 minutes (only when it is named)",
        everything,
        by_hand=True,
        may_end=True,
        cluster="three",
    ),
)
