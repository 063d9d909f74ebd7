"""
Whether the formulas of `ticketstream capacity` are true here.

    python -m bench.load.capacity --tickets 1500 --slots 32 --call-seconds 1
    python -m bench.load.capacity --tickets 200 --rate 5               # batches of one ticket
    python -m bench.load.capacity --tickets 200 --rate 5 --more-bytes 2000
    python -m bench.load.capacity --tickets 100 --passages 20000       # and a Weaviate

Takes sample tickets through one worker a stage on a real Apache Kafka, with a model that takes its
time for each call, and a sidecar beside them. Prints a line of JSON for each figure: what the
formula says, what was measured, and the second by the first. Seconds of the CPU are those of the
process, so that what else the machine does matters little; its load is printed last.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Any

import click
import psutil

from bench.chaos.tickets import sent
from bench.chaos.topics import SteadyPublisher, all_records
from bench.load.joining import ended_together, run_command, start_command
from bench.load.stages import SAMPLE, distinct
from bench.load.weaviate_load import BATCH, SECTIONS, made
from schemas.topics import FLOW, INCOMING, PROCESSED
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import admin
from streams.cli.capacity import measured, plan
from streams.pipeline import STAGES
from streams.settings import Settings
from tests.support.kafka import RealKafka
from tests.support.llm import LlmServer
from tests.support.weaviate import RealWeaviate, connected

MOST_SECONDS = 900.0
WARM_UP = 12
"""Tickets that go first: caches are filled, and groups are there."""
MIDDLE = 0.8
"""The share of the results by which the rate is told: at the ends, slots are empty."""


@click.command()
@click.option("--tickets", default=1_500, show_default=True, type=click.IntRange(min=20))
@click.option("--slots", default=32, show_default=True, type=click.IntRange(min=1), help="a stage")
@click.option("--call-seconds", default=1.0, show_default=True, type=click.FloatRange(min=0.01))
@click.option("--rate", default=1e6, help="tickets published a second; by default all at once")
@click.option(
    "--more-bytes",
    default=0,
    show_default=True,
    type=click.IntRange(0, 20_000),
    help="that each ticket is longer",
)
@click.option("--passages", default=0, show_default=True, help="to load into a Weaviate")
def main(passages: int, **run: Any) -> None:
    """Compare formulas and measurements."""
    given = Given(**run)
    with RealKafka() as kafka:
        found = asyncio.run(measure_pipeline(kafka, given))
    if passages:
        found["embedded knowledge, bytes"] = asyncio.run(measure_embedded(passages))
        found["Weaviate, bytes"] = asyncio.run(measure_weaviate(passages))
    for what, one in found.items():
        ratio = round(one.measured / one.formula, 2)
        line = {"what": what, "formula": one.formula, "measured": one.measured, "ratio": ratio}
        click.echo(json.dumps(line))
    machine = {**run, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    click.echo(json.dumps(machine))


@dataclass(frozen=True)
class Given:
    """What is asked for."""

    tickets: int
    slots: int
    call_seconds: float
    rate: float
    more_bytes: int


@dataclass(frozen=True)
class Compared:
    """What a formula says, and what was measured."""

    formula: float
    measured: float


async def measure_pipeline(kafka: RealKafka, given: Given) -> dict[str, Compared]:
    """Return rate, CPU and bytes of a ticket."""
    settings = Settings(
        kafka_brokers=kafka.brokers,
        concurrency=given.slots,
        log_level="error",
        llm="openai",
        openai_model="test-model",
        drafts="pointed",  # without the calls of an exam
    )
    await admin.create_topics(settings)
    values = list(_texts(given.tickets + WARM_UP, given.more_bytes))
    async with LlmServer(remember=False) as llm:
        settings = settings.model_copy(update={"openai_base_url": llm.url})
        llm.seconds = given.call_seconds
        await run_command(["kb", "load", "deploy/sample/kb"], settings)
        async with ended_together() as processes:
            parts = {
                stage: start_command(["worker", f"--stage={stage}"], settings, processes)
                for stage in STAGES
            }
            parts["sidecar"] = start_command(["sidecar"], settings, processes)
            publisher = SteadyPublisher(kafka.brokers, INCOMING.name)
            await _through(kafka, publisher, values[:WARM_UP])
            sizes, cpu = _on_disk(kafka), {name: _cpu(one.pid) for name, one in parts.items()}
            times = await _through(kafka, publisher, values[WARM_UP:], WARM_UP, given.rate)
            spent = {name: _cpu(one.pid) - cpu[name] for name, one in parts.items()}
            stored = {name: size - sizes[name] for name, size in _on_disk(kafka).items()}
    load = plan.Load(1.0, given.call_seconds, given.slots, settings.window, 1)
    length = fmean(len(value) for value in values[WARM_UP:])
    rate = min(plan.tickets_per_worker(stage, load) for stage in STAGES)
    by_formula = plan.stored_bytes(round(length))
    seen = rate_of(times)
    cpu_ms = {**measured.CPU_MS, "sidecar": measured.FOLLOWING_MS}
    return {
        **({"tickets/s of a worker a stage": Compared(rate, seen)} if given.rate > rate else {}),
        **{
            f"{name}, CPU ms a ticket": Compared(cpu_ms[name], round(1000 * s / given.tickets, 2))
            for name, s in spent.items()
        },
        **{
            f"{name}, bytes a ticket": Compared(
                round(by_formula[name]), round(size / given.tickets)
            )
            for name, size in stored.items()
        },
        "incoming, bytes of its JSON": Compared(
            measured.TICKET_BYTES + given.more_bytes, round(length)
        ),
    }


def rate_of(times: list[float]) -> float:
    """
    Return tickets a second from the *times* of results: the slope of the line through the MIDDLE.

    Slots that began together end together. To count from the first result of such a burst to the
    last one of another would count a burst too many.
    """
    cut = round(len(times) * (1 - MIDDLE) / 2)
    middle = sorted(times)[cut : len(times) - cut]
    return round(linear_regression(middle, range(len(middle))).slope, 2)


def _texts(tickets: int, more_bytes: int) -> Iterator[bytes]:
    """Yield sample tickets as JSON, but for those without a text; longer by prose if asked for."""
    prose = " ".join(file.read_text() for file in sorted((SAMPLE / "kb").glob("*.md")))
    found = 0
    for value in distinct(2 * tickets):
        if value.get("raw_message") and found < tickets:
            found += 1
            start = 997 * found % (len(prose) - more_bytes)
            longer = f"\n\n{prose[start : start + more_bytes]}"
            kept = {name: one for name, one in value.items() if one is not None}
            yield json.dumps(kept | {"raw_message": value["raw_message"] + longer}).encode()


async def _through(
    kafka: RealKafka,
    publisher: SteadyPublisher,
    values: list[bytes],
    before: int = 0,
    rate: float = 1e6,
) -> list[float]:
    """Publish *values*, wait until all have a result, and return when each came out."""
    tickets = [sent(json.loads(v)["ticket_id"], f"c-{before + n}", v) for n, v in enumerate(values)]
    await publisher.publish(tickets, rate)
    async with asyncio.timeout(MOST_SECONDS):
        while True:
            results = await asyncio.to_thread(all_records, kafka.brokers, PROCESSED.name)
            if len(results) >= before + len(values):
                return [one.at for one in sorted(results, key=lambda r: r.at)[before:]]
            await asyncio.sleep(1)


def _on_disk(kafka: RealKafka) -> dict[str, int]:
    """Return the bytes of each topic on the broker's disk."""
    data = kafka.folder / "data-0"
    return {
        topic.name: sum(log.stat().st_size for log in data.glob(f"{topic.name}-*/*.log"))
        for topic in FLOW
    }


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def measure_embedded(passages: int) -> Compared:
    """Return how much larger this process becomes by so many *passages*."""
    async with EmbeddedKnowledge() as kb:
        await kb.put([made(-1)])
        before = _own_memory(os.getpid())
        for at in range(0, passages // SECTIONS, BATCH):
            await kb.put([made(n) for n in range(at, min(at + BATCH, passages // SECTIONS))])
        used = _own_memory(os.getpid()) - before
        return Compared(plan.embedded_bytes(len(kb) * SECTIONS), used)


async def measure_weaviate(passages: int) -> Compared:
    """Return the memory of a Weaviate with so many *passages*."""
    with RealWeaviate() as server:
        async with connected(server) as kb:
            articles = [made(n) for n in range(passages // SECTIONS)]
            for at in range(0, len(articles), BATCH):
                await kb.put(articles[at : at + BATCH])
            _, count = await kb.about()
        assert server._process
        used = await _settled(server._process.pid)
    return Compared(round(plan.weaviate_bytes(count or 0)), used)


async def _settled(pid: int, seconds: float = 10.0) -> int:
    """Return the most memory that a process has of its own in so many *seconds*, in bytes."""
    most, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        most = max(most, await asyncio.to_thread(_own_memory, pid))
        await asyncio.sleep(0.5)
    return most


def _own_memory(pid: int) -> int:
    """Return the bytes of a process that lie in no file: those, the system may take back."""
    (told,) = re.findall(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return 1024 * int(told)


if __name__ == "__main__":
    main()
