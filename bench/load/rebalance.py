"""
Whom a rebalance holds up: workers come, leave and die while tickets take their time.

    python -m bench.load.rebalance --slowest 8

Runs two workers (triage, each ticket takes from 0.2 s to `--slowest`) on a real Apache Kafka under
a steady stream of tickets to every partition. A third one comes, is asked to end, comes again, is
killed, and is started again at once. Prints, as a line of JSON for each of these, the longest time
for which a partition gave no result: among those that stayed with their worker and among those that
moved. `before` is that time with nothing going on. In the end, how many tickets were done twice.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import ExitStack
from functools import partial
from tempfile import NamedTemporaryFile

import click

from bench.load.membership import a_world, longest, members_of, start_worker, under_load
from streams.settings import Settings
from tests.support.kafka import RealKafka

SLOW = """
import asyncio, os, random
from streams import pipeline

quick = pipeline.triage

async def triage(ticket, **parts):
    with open(os.environ["RUNS"], "a") as runs:
        runs.write(ticket.ticket_id + "\\n")
    await asyncio.sleep(random.uniform(0.2, float(os.environ["SLOWEST"])))
    return await quick(ticket, **parts)
pipeline.triage = triage

from streams.cli.main import main
main()
"""
EVERY_SECONDS = 0.5
"""A ticket to each partition."""


@click.command()
@click.option("--slowest", default=8.0, show_default=True, help="seconds of the slowest ticket")
@click.option("--session", default=30.0, show_default=True, help="session_seconds of the workers")
@click.option("--after", default=45.0, show_default=True, help="seconds to watch after each")
def main(slowest: float, session: float, after: float) -> None:
    """Measure rebalances."""
    with RealKafka() as broker:
        asyncio.run(_measure(broker, slowest, session, after))


async def _measure(broker: RealKafka, slowest: float, session: float, after: float) -> None:
    settings = await a_world(broker, session)
    with ExitStack() as ending, NamedTemporaryFile("r") as runs:
        start = partial(start_worker, settings, ending, SLOW, RUNS=runs.name, SLOWEST=str(slowest))
        for _ in range(2):
            start()
        await members_of(settings, 2)
        async with under_load(settings, EVERY_SECONDS) as seen:
            await asyncio.sleep(2 * slowest)
            began = time.monotonic()
            await asyncio.sleep(after)
            click.echo(json.dumps({"before": _worst(seen, set(seen), began)}))
            third = start()
            await _report("joins", settings, seen, after, now=3)
            third.send_signal(signal.SIGTERM)
            await _report("leaves", settings, seen, after, now=2)
            third = start()
            await members_of(settings, 3)
            await asyncio.sleep(after / 2)
            third.kill()
            start()
            await _report("killed, started again", settings, seen, after, now=3)
        done = runs.read().split()
    click.echo(json.dumps({"tickets": len(set(done)), "done_twice": len(done) - len(set(done))}))


async def _report(
    what: str,
    settings: Settings,
    seen: dict[int, list[float]],
    after: float,
    *,
    now: int,
) -> None:
    """Print the pauses of the next seconds, in which the group comes to have *now* members."""
    began, before = time.monotonic(), await members_of(settings)
    await asyncio.sleep(after)
    members = await members_of(settings, now)
    stayed = {p for name, has in members.items() for p in has & before.get(name, set())}
    found = {
        "event": what,
        "seconds": round(time.monotonic() - began),
        "stayed": len(stayed),
        "stayed_pause_s": _worst(seen, stayed, began),
        "moved_pause_s": _worst(seen, set(seen) - stayed, began),
    }
    click.echo(json.dumps(found))


def _worst(seen: dict[int, list[float]], partitions: set[int], since: float) -> float | None:
    pauses = [longest(seen[partition], since) for partition in partitions]
    return round(max(pauses), 1) if pauses else None


if __name__ == "__main__":
    main()
