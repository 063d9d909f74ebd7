"""
How long a stage stalls when a worker joins, and whether the others do.

    python -m bench.rebalance --llm-seconds 5

Runs a worker with all stages before a backlog on a real Apache Kafka, with a model on loopback
that takes a while for each call; then a second worker joins the drafting stage alone. Prints, as a
line of JSON for triage and for drafting, the longest time without a result, of the whole stage and
of any partition, in equally long times before and after the second worker began to start.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from itertools import pairwise
from typing import Any

import click

from bench.backlog import backlog, worker_before
from bench.system import running
from schemas.topics import DRAFTED, TRIAGED, Topic
from streams.backends import kafka
from streams.settings import Settings

JOINED = "drafting"
STAGES: dict[str, Topic[Any]] = {"triage": TRIAGED, JOINED: DRAFTED}
WARM_UP = 30.0
"""Seconds after which both stages have all their slots in use."""

Times = dict[str, list[tuple[float, int]]]
"""When a result came out, and on which partition, by topic."""


@click.command()
@click.option("--llm-seconds", default=5.0, show_default=True, help="a call")
@click.option("--watch", default=40.0, show_default=True, help="seconds before, and after")
def main(llm_seconds: float, watch: float) -> None:
    """Measure a rebalance."""
    with worker_before(lambda: backlog(4_000, 1_000), llm_seconds) as (settings, environment, _):
        for line in asyncio.run(_watch(settings, environment, watch)):
            click.echo(json.dumps({"llm_seconds": llm_seconds} | line))


async def _watch(
    settings: Settings, environment: dict[str, str], seconds: float
) -> list[dict[str, object]]:
    times: Times = defaultdict(list)
    watching = asyncio.create_task(_note(settings, times))
    await asyncio.sleep(WARM_UP + seconds)
    joining = time.monotonic()
    with running(["worker", "--stage", JOINED], environment):
        await asyncio.sleep(seconds)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return [
            {"stage": stage, "joined": stage == JOINED}
            | _pauses("before", times[topic.name], joining - seconds, joining)
            | _pauses("after", times[topic.name], joining, joining + seconds)
            for stage, topic in STAGES.items()
        ]


async def _note(settings: Settings, times: Times) -> None:
    """Note in *times* what comes out, until cancelled."""
    consumer = await kafka.follower(
        settings, list(STAGES.values()), since="end", fetch_max_wait_ms=20
    )
    try:
        while True:
            for tp, records in (await consumer.getmany(timeout_ms=50)).items():
                times[tp.topic] += [(time.monotonic(), tp.partition)] * len(records)
    finally:
        await consumer.stop()


def _pauses(
    when: str, results: list[tuple[float, int]], begin: float, end: float
) -> dict[str, float]:
    """Return the longest pauses from *begin* to *end*, and how many results there were."""
    inside = [(at, partition) for at, partition in results if begin <= at < end]
    by_partition: defaultdict[int, list[float]] = defaultdict(list)
    for at, partition in inside:
        by_partition[partition].append(at)
    return {
        f"{when}_pause_s": _longest([at for at, _ in inside], begin, end),
        f"{when}_partition_pause_s": max(
            (_longest(times, begin, end) for times in by_partition.values()), default=end - begin
        ),
        f"{when}_results": len(inside),
    }


def _longest(times: list[float], begin: float, end: float) -> float:
    return round(max(after - before for before, after in pairwise((begin, *times, end))), 1)


if __name__ == "__main__":
    main()
