"""
Whether lag falls when drafting workers are added under load.

    python -m bench.load.joining --call-seconds 2 --slots 8 --rate 6 --phase 40

One worker drafts on a real Apache Kafka, with a model that takes its time for each call; another
one hosts the other stages, without a model. Tickets come faster than one worker can draft. A
second drafting worker joins, and a third. Prints the lag of the drafting group, messages that it
has not committed, as a line of JSON for each second; then for each number of workers a line with
what they can draft at most and what they did; and that as a table, to standard error.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import count

import click
from confluent_kafka import KafkaException

from bench.chaos.tickets import message
from bench.chaos.topics import SteadyPublisher, behind, members
from schemas.topics import DRAFTED, GROUNDED, INCOMING
from streams.backends.kafka import admin, names
from streams.pipeline import STAGES
from streams.settings import Settings
from tests.support.kafka import RealKafka
from tests.support.llm import LlmServer
from tests.support.process import environment

PROGRAM = "from streams.cli.main import main; main()"
SAMPLE = "deploy/sample/kb"
STAGE = "drafting"
WORKERS = 3
JOIN_SECONDS = 90.0
Processes = list[subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Lag:
    """What the drafting group was behind at one moment."""

    seconds: float
    workers: int
    lag: int
    drafted: int
    """Tickets, since the beginning."""


@dataclass(frozen=True)
class Phase:
    """What was seen while there were so many workers."""

    workers: int
    published_per_s: float
    most_per_s: float
    """By Little's law: slots of all workers, divided by the seconds of a call."""
    drafted_per_s: float
    lag_at_first: int
    lag_at_last: int
    load: float
    """Of the machine, at the end."""


@click.command()
@click.option("--call-seconds", default=2.0, show_default=True, type=click.FloatRange(min=0.1))
@click.option("--slots", default=8, show_default=True, type=click.IntRange(min=1), help="a worker")
@click.option("--rate", default=6.0, show_default=True, help="tickets a second")
@click.option("--phase", default=40.0, show_default=True, help="seconds with each number of them")
def main(call_seconds: float, slots: int, rate: float, phase: float) -> None:
    """Measure the lag while workers join."""
    with RealKafka() as kafka:
        phases = asyncio.run(measure(kafka, call_seconds, slots, rate, phase))
    for one in phases:
        click.echo(json.dumps(asdict(one)))
    click.echo(as_table(phases), err=True)


async def measure(
    kafka: RealKafka, call_seconds: float, slots: int, rate: float, phase: float
) -> list[Phase]:
    """Print the lag every second, and return what was seen with each number of workers."""
    settings = Settings(
        kafka_brokers=kafka.brokers, concurrency=slots, log_level="error", session_seconds=10
    )
    await admin.create_topics(settings)
    await run_command(["kb", "load", SAMPLE], settings)
    async with LlmServer(remember=False) as llm:
        llm.seconds = call_seconds
        by_model = settings.model_copy(
            update={"llm": "openai", "openai_base_url": llm.url, "openai_model": "test-model"}
        )
        async with ended_together() as processes:
            others = [f"--stage={stage}" for stage in STAGES if stage != STAGE]
            start_command(["worker", *others], settings, processes)
            start_command(["worker", f"--stage={STAGE}"], by_model, processes)
            await _joined(settings, 1)
            async with _under_load(settings, rate):
                watch = LagWatch(settings, slots / call_seconds, rate)
                phases = [await watch.phase(1, phase)]
                for workers in range(2, WORKERS + 1):
                    start_command(["worker", f"--stage={STAGE}"], by_model, processes)
                    await _joined(settings, workers)
                    phases.append(await watch.phase(workers, phase))
    return phases


class LagWatch:
    """Looks at the lag once a second."""

    def __init__(self, settings: Settings, most: float, rate: float) -> None:
        """*most*: tickets a second that one worker can draft; *rate*: that come."""
        self._settings = settings
        self._most = most
        self._rate = rate
        self._began = time.monotonic()

    async def phase(self, workers: int, seconds: float) -> Phase:
        """Look for so many *seconds*, in which there are so many *workers*."""
        seen = [await self._look(workers)]
        while seen[-1].seconds - seen[0].seconds < seconds:
            await asyncio.sleep(1)
            seen.append(await self._look(workers))
        first, last = seen[0], seen[-1]
        drafted = (last.drafted - first.drafted) / (last.seconds - first.seconds)
        return Phase(
            workers=workers,
            published_per_s=self._rate,
            most_per_s=round(workers * self._most, 1),
            drafted_per_s=round(drafted, 1),
            lag_at_first=first.lag,
            lag_at_last=last.lag,
            load=round(os.getloadavg()[0], 1),
        )

    async def _look(self, workers: int) -> Lag:
        lag, drafted = await asyncio.to_thread(_lag, self._settings)
        seen = Lag(round(time.monotonic() - self._began, 1), workers, lag, drafted)
        click.echo(json.dumps(asdict(seen)))
        return seen


def as_table(phases: Sequence[Phase]) -> str:
    """Return *phases* as Markdown."""
    head = "| workers | tickets/s that come | can draft | drafted | lag at first | at last | load |"
    rows = (
        f"| {p.workers} | {p.published_per_s:g} | {p.most_per_s:g} | {p.drafted_per_s:g} |"
        f" {p.lag_at_first} | {p.lag_at_last} | {p.load:g} |"
        for p in phases
    )
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows])


def _lag(settings: Settings) -> tuple[int, int]:
    """Return what the group has not committed, and how much it has drafted."""
    brokers, group = settings.kafka_brokers, names.group(settings, STAGE)
    lag = behind(brokers, {group: names.topic(settings, GROUNDED)})
    return lag, behind(brokers, {"nobody": names.topic(settings, DRAFTED)})


async def _joined(settings: Settings, workers: int) -> None:
    """Return once the group has so many members."""
    group = names.group(settings, STAGE)
    async with asyncio.timeout(JOIN_SECONDS):
        while True:
            with suppress(KafkaException):  # there is no group yet
                if await asyncio.to_thread(members, settings.kafka_brokers, group) == workers:
                    return
            await asyncio.sleep(0.2)


@asynccontextmanager
async def _under_load(settings: Settings, rate: float) -> AsyncIterator[None]:
    """Publish *rate* tickets a second while the block runs; each has an answer in the articles."""
    publisher = SteadyPublisher(settings.kafka_brokers, names.topic(settings, INCOMING))
    tickets = (message(number, f"T-{number}", 1) for number in count())
    publishing = asyncio.create_task(publisher.publish(tickets, rate))
    try:
        yield
        if publishing.done():
            publishing.result()
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)


@asynccontextmanager
async def ended_together() -> AsyncIterator[Processes]:
    """Give a list for processes. When the block ends, all are asked to end, and end at once."""
    processes: Processes = []
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:  # in a thread: the model, in our loop, answers meanwhile
            await asyncio.to_thread(process.wait)


async def run_command(arguments: list[str], settings: Settings) -> None:
    """Run a command of ours to its end."""
    async with ended_together() as processes:
        process = start_command(arguments, settings, processes)
        assert await asyncio.to_thread(process.wait) == 0


def start_command(
    arguments: list[str], settings: Settings, processes: Processes
) -> subprocess.Popen[bytes]:
    """Start a command of ours, one more of *processes*."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment(
            settings, TICKETSTREAM_WORKER_HTTP_PORT="0", TICKETSTREAM_SIDECAR_HTTP_PORT="0"
        ),
        stdout=subprocess.DEVNULL,
    )
    processes.append(process)
    return process


if __name__ == "__main__":
    main()
