"""What happens to a group's members: they come and go, sleep too long, and are replaced."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from tempfile import TemporaryDirectory
from typing import Any

from bench.chaos import topics
from bench.chaos.fleet import KeptWorker
from bench.chaos.ledger import StoredRecord, message_of
from bench.chaos.run import Run
from bench.chaos.world import SESSION_SECONDS, World
from schemas.topics import DRAFTED, TRIAGED
from streams.definitions.taxonomy import DEFAULT as TAXONOMY

TOO_LONG = SESSION_SECONDS + 5
"""Seconds after which the group has done without a worker that does not move."""
NEWER = """
from streams import pipeline

def newer(stage, field):
    async def does(ticket, **parts):
        made = await stage(ticket, **parts)
        signals = (*made.reading.signals, "of_a_newer_version")
        reading = made.reading.model_copy(update={"signals": signals})
        return made.model_copy(update={field: "kept", "reading": reading})
    return does

pipeline.triage = newer(pipeline.triage, "newer_triage")
pipeline.draft = newer(pipeline.draft, "newer_draft")

from streams.cli.main import main
main()
"""
"""A worker of a version that adds a field and a signal to two events."""


async def come_and_go(world: World) -> None:
    """Every 5 s add a worker, and remove one that is at work; nobody waits for the other."""
    await world.workers(2)
    changes: list[asyncio.Task[Any]] = []
    removed = 0
    async with world.publishing(2400, rate=40) as published:
        while not published.done():
            changes.append(asyncio.create_task(world.workers(1)))
            await asyncio.sleep(5)
            if victim := await world.at_work():
                changes.append(asyncio.create_task(world.fleet.stop(victim)))
                removed += 1
                world.fault_ended()
        await asyncio.gather(*changes)
    world.happened(f"{removed} removed while at work, as many added")
    world.insist(removed > 5, "hardly any worker came and went")
    await world.all_out()


async def sleeps(world: World) -> None:
    """Stop a worker at work (SIGSTOP) until its group has given it up, then let it go on."""
    await world.workers(2)
    async with world.publishing(1200, rate=40):
        await asyncio.sleep(3)
        victim = await world.at_work()
        world.insist(victim, "no worker was at work")
        if victim:
            await sleep_too_long(world, victim)
            world.insist(await world.members() == 1, "the group did not give the sleeper up")
            victim.send(SIGCONT)
            world.fault_ended()
    world.happened(f"a worker at work did not move for {TOO_LONG:g} s")
    await world.all_out()


async def sleep_too_long(world: World, victim: KeptWorker) -> None:
    """Stop *victim* for longer than its session. It sleeps on when this returns."""
    victim.send(SIGSTOP)
    await asyncio.sleep(TOO_LONG)


async def falls_out_while_it_holds(world: World) -> None:
    """Let a worker fall out of its group while it holds tickets, and a second one join."""
    (first,) = await world.workers(1, on_outage="hold")
    async with world.publishing(400, rate=40):
        await asyncio.sleep(3)
        await world.llm.set(listening=False)
        await asyncio.sleep(8)
        held = world.fleet.said("held")
        first.send(SIGSTOP)
        joining = asyncio.create_task(world.workers(1, on_outage="hold"))
        await asyncio.sleep(TOO_LONG)
        await joining
        world.insist(await world.members() == 1, "the first worker is still in its group")
        first.send(SIGCONT)
        await asyncio.sleep(5)
        await world.llm.set(listening=True)
        world.fault_ended()
    world.happened(f"held {held} × when it fell out, back beside the second")
    world.insist(held, "the worker held nothing")
    await world.all_out()


async def rolling_update(world: World) -> None:
    """
    Replace three workers, one after the other, by a version with other rules and fields.

    The first new one hosts triage alone, so the old ones draft what it triaged: workers of all
    stages have the same partitions in each, and a ticket seldom meets both versions.
    """
    with TemporaryDirectory() as folder:
        changed = _changed_taxonomy(Path(folder))
        workers = await world.workers(3)
        async with world.publishing(1200, rate=40):
            for worker, stages in zip(workers, (["--stage", "triage"], [], []), strict=True):
                await asyncio.sleep(4)
                arguments = ("worker", *stages)
                newer = world.command(*arguments, program=NEWER, taxonomy_file=changed)
                made = await world.fleet.restart(worker, newer)
                world.fault_ended()
                await world.working(made)
        await world.all_out()
    mixed, dropped = await asyncio.to_thread(_mixed, world)
    world.happened(f"{mixed} tickets by both versions")
    world.insist(mixed, "no ticket was triaged by the new version and drafted by the old one")
    world.insist(not dropped, f"{dropped} tickets lost the new field")


def _changed_taxonomy(folder: Path) -> Path:
    changed = folder / "taxonomy.yaml"
    changed.write_text(TAXONOMY.read_text().replace("Finance Team", "Money Team"))
    return changed


def _mixed(world: World) -> tuple[int, int]:
    """Return how many tickets the new version triaged and the old drafted; and lost the field."""
    brokers = world.settings.kafka_brokers
    triaged, drafted = (
        _fields(topics.all_records(brokers, world.topic(t))) for t in (TRIAGED, DRAFTED)
    )
    by_newer = {m for m, made in triaged.items() if all("newer_triage" in one for one in made)}
    out = [one for message in by_newer for one in drafted[message]]
    return (
        sum("newer_draft" not in one for one in out),
        sum("newer_triage" not in one for one in out),
    )


def _fields(records: list[StoredRecord]) -> defaultdict[str, list[set[str]]]:
    """Return the names of the fields in each event of each message."""
    found: defaultdict[str, list[set[str]]] = defaultdict(list)
    for record in records:
        found[message_of(record) or ""].append(set(json.loads(record.value or b"{}")))
    return found


MEMBERS = (
    Run(5, "workers added and removed every 5 s", come_and_go),
    Run(6, "SIGSTOP of a worker for longer than its session, then SIGCONT", sleeps),
    Run(
        9,
        "rolling update of three workers: changed taxonomy, an added field and a new signal side"
        " by side",
        rolling_update,
    ),
    Run(
        11,
        "a worker falls out of its group while it holds tickets; a second one joins meanwhile",
        falls_out_while_it_holds,
    ),
)
