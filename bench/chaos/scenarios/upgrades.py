"""What happens at a release: the version before is replaced by this one, and comes back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from bench.chaos import previous, topics
from bench.chaos.fleet import Command, KeptWorker
from bench.chaos.ledger import StoredRecord
from bench.chaos.run import Run
from bench.chaos.tickets import REVISIONS, TOGETHER, messages
from bench.chaos.world import World
from schemas.topics import PROCESSED
from streams import prompts

OURS = prompts.prompt_of("pointing").version
"""Names who drafted: each version has a prompt of its own."""
NONE = "no model"
"""Stands for a prompt where the embedded step drafted: of which version, nobody can tell."""
RATE, QUICK_RATE = 30, 10
"""Messages a second, until the last worker is back."""
ROUND = 2 * REVISIONS * TOGETHER
"""Messages that are published before the next look at whether it is time to end."""


async def upgrade_and_roll_back(world: World) -> None:
    """
    Replace all workers of the version before by this one, and then these by the version before.

    One by one, under load. The first new worker hosts triage alone and is the last one to go, so
    that tickets meet both versions: workers of all stages have the same partitions in each. In
    small there is one worker, which hosts all stages.
    """
    packages = await asyncio.to_thread(previous.packages)
    before = world.command(
        program=previous.PROGRAM, packages=packages, without=previous.NOT_YET_SETTINGS
    )
    await world.load_articles()
    old = await world.fleet.start(before, 1 if world.quick else 3)
    stages = () if world.quick else ("--stage", "triage")
    async with _under_load(world, QUICK_RATE if world.quick else RATE):
        new = [await _replaced(world, old[0], world.command("worker", *stages))]
        new += [await _replaced(world, worker, world.command()) for worker in old[1:]]
        for worker in reversed(new):
            await _replaced(world, worker, before)
    await world.all_out()
    await _tell(world)


@asynccontextmanager
async def _under_load(world: World, rate: float) -> AsyncIterator[None]:
    """Publish for as long as the block runs, however slow the machine is."""
    over = asyncio.Event()

    async def publish() -> None:
        for number in count():
            async with world.publishing(messages(ROUND, run=f"m{number}"), rate):
                pass
            if over.is_set():
                return

    async with asyncio.TaskGroup() as group:
        group.create_task(publish())
        yield
        over.set()


async def _replaced(world: World, worker: KeptWorker, command: Command) -> KeptWorker:
    """Replace *worker* by one that runs *command*, and return that once it is at work."""
    await asyncio.sleep(1 if world.quick else 4)
    made = await world.fleet.restart(worker, command)
    world.fault_ended()
    await world.working(made)
    return made


async def _tell(world: World) -> None:
    """Note how many tickets each version triaged, and how many met both."""
    brokers, topic = world.settings.kafka_brokers, world.topic(PROCESSED)
    found = ways(await asyncio.to_thread(topics.all_records, brokers, topic))
    by: Counter[str] = Counter()
    for (version, _), tickets in found.items():
        by[version] += tickets
    up, back = mixed(found)
    world.happened(", ".join(f"{n} tickets triaged by {v}" for v, n in sorted(by.items())))
    world.happened(f"{up} of the old version drafted by the new one, {back} the other way")
    world.insist(len(by) == 2, "one of the two versions triaged nothing")
    world.insist(
        back or world.quick, "the version before drafted nothing that this one had triaged"
    )


def ways(records: Iterable[StoredRecord]) -> Counter[tuple[str, str]]:
    """Count results by the version that triaged the ticket and the prompt that drafted it."""
    metas: list[dict[str, Any]] = [json.loads(record.value or b"{}")["meta"] for record in records]
    return Counter((m["version"], m["stages"]["drafting"].get("prompt") or NONE) for m in metas)


def mixed(found: Counter[tuple[str, str]]) -> tuple[int, int]:
    """Return how many tickets went from the version before to this one, and the other way."""
    up = sum(n for (v, prompt), n in found.items() if v == previous.VERSION and prompt == OURS)
    other_way = {(v, p): n for (v, p), n in found.items() if v != previous.VERSION}
    return up, sum(n for (_, prompt), n in other_way.items() if prompt not in (OURS, NONE))


UPGRADES = (
    Run(
        9,
        "three workers of the version before replaced by this one under load, and then rolled back",
        upgrade_and_roll_back,
        variant="upgraded and rolled back",
    ),
)
