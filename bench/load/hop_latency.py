"""
What four hops cost, with nothing done in between: milliseconds a ticket, and tickets a second.

    python -m bench.load.hop_latency --tickets 500 --rate 50 --linger 25 --linger 0
    python -m bench.load.hop_latency --kafka real --against ../main

Runs a worker of all stages, which do next to nothing, in a process of its own. Publishes tickets at
a steady rate, one after the other, and then as many as `--burst` says at once. Prints, as a line of
JSON for each worker: the milliseconds from a ticket's publication to its result (median and 95th
percentile), results a second from the first of the burst to the last, and CPU milliseconds of the
worker for each ticket of the burst. The workers run one after the other, in as many rounds as
`--rounds` says; each number is that of its best round, as the machine may have other things to do.
`--against` measures the worker of another checkout, too, and prints the ratios.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from statistics import median
from typing import Literal
from uuid import uuid4

import click
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas import IncomingTicket, topics
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import admin, clients, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.settings import Settings
from tests.support.kafka import Broker, RealKafka
from tests.support.process import environment

HERE = Path(__file__).parents[2]
EMPTY = """
from schemas import AnswerDraft, DraftedTicket, GroundedTicket
from streams import pipeline
from tests.support.echo_pipeline import result
from tests.support.stages import triaged

async def triage(ticket, **_):
    return await triaged(ticket)

async def retrieve(ticket, **_):
    return GroundedTicket(**dict(ticket), passages=())

async def draft(ticket, **_):
    answer = AnswerDraft(greeting="Hello,", body="We look at it.", closing="Regards")
    return DraftedTicket(**dict(ticket), answer_draft=answer, citations=())

async def check_draft(ticket, **_):
    return result(ticket.ticket, ticket.meta)

pipeline.triage, pipeline.retrieve, pipeline.draft = triage, retrieve, draft
pipeline.check_draft = pipeline.check = check_draft  # the version before calls the second

try:
    from streams.cli.main import main
except ImportError:  # the version before
    from streams.cli import main
main()
"""
"""A worker whose stages have nothing to do."""
WARM_UP = 200
"""Tickets before, not counted."""
SILENT_SECONDS = 60.0

Figures = dict[str, float]


@click.command()
@click.option("--tickets", default=500, show_default=True, type=click.IntRange(min=1))
@click.option("--rate", default=50.0, show_default=True, help="tickets a second")
@click.option("--burst", default=3000, show_default=True, help="tickets at once; 0: none")
@click.option(
    "--linger", "lingers", multiple=True, default=[25], show_default=True, help="linger_ms"
)
@click.option("--rounds", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--kafka", "which", default="embedded", type=click.Choice(["embedded", "real"]))
@click.option("--against", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(
    tickets: int,
    rate: float,
    burst: int,
    lingers: tuple[int, ...],
    rounds: int,
    which: Literal["embedded", "real"],
    against: Path | None,
) -> None:
    """Measure the hops."""
    trees = {"this": HERE} | ({"that": against} if against else {})
    found: dict[tuple[str, int], list[Figures]] = defaultdict(list)
    with RealKafka() if which == "real" else EmbeddedBroker(Settings(), wanted=()) as broker:
        for _ in range(rounds):
            for linger in lingers:
                for name, tree in trees.items():
                    settings = asyncio.run(_a_world(broker, linger))
                    with _worker(settings, tree) as worker:
                        measured = asyncio.run(measure(settings, worker, tickets, rate, burst))
                    found[name, linger].append(measured)
    best = {worker: _best(measured_of_it) for worker, measured_of_it in found.items()}
    for (name, linger), numbers in best.items():
        click.echo(json.dumps({"worker": name, "kafka": which, "linger_ms": linger} | numbers))
    for linger in lingers if against else ():
        this, that = best["this", linger], best["that", linger]
        ratios = {key: round(this[key] / that[key], 2) for key in this}
        click.echo(json.dumps({"this/that": "ratio", "linger_ms": linger} | ratios))


async def measure(
    settings: Settings, worker: psutil.Process, tickets: int, rate: float, burst: int
) -> Figures:
    """Return what is measured of *worker*, which runs with *settings*."""
    consumer = await clients.follower(settings, [PROCESSED], since="end", fetch_max_wait_ms=5)
    producer = clients.producer(settings, linger_ms=0)
    await producer.start()
    try:
        await _through(settings, producer, consumer, WARM_UP, rate=4 * rate)
        taken = await _through(settings, producer, consumer, tickets, rate=rate)
        milliseconds = sorted(1000 * (came - sent) for sent, came in taken)
        found = {
            "median_ms": round(median(milliseconds), 1),
            "p95_ms": round(milliseconds[ceil(0.95 * tickets) - 1], 1),
        }
        if burst > 1:
            before = sum(worker.cpu_times()[:2])
            came = [at for _, at in await _through(settings, producer, consumer, burst)]
            spent = sum(worker.cpu_times()[:2]) - before
            found["tickets_per_s"] = round((burst - 1) / max(max(came) - min(came), 0.001))
            found["burst_cpu_ms"] = round(1000 * spent / burst, 2)
        return found
    finally:
        await producer.stop()
        await consumer.stop()


async def _through(
    settings: Settings,
    producer: AIOKafkaProducer,
    consumer: AIOKafkaConsumer,
    count: int,
    *,
    rate: float | None = None,
) -> list[tuple[float, float]]:
    """Publish *count* tickets; return when each was sent and when its result came."""
    run, sent, came = uuid4().hex[:8], dict[bytes, float](), dict[bytes, float]()
    publishing = asyncio.create_task(_publish(settings, producer, run, count, rate, sent))
    while len(came) < count:
        async with asyncio.timeout(SILENT_SECONDS + (count / rate if rate else 0)):
            polled = await consumer.getmany(timeout_ms=1000)
        now = time.monotonic()
        for records in polled.values():
            came |= {r.key: now for r in records if r.key.startswith(run.encode())}
    await publishing
    return [(sent[key], came[key]) for key in sent]


async def _publish(
    settings: Settings,
    producer: AIOKafkaProducer,
    run: str,
    count: int,
    rate: float | None,
    sent: dict[bytes, float],
) -> None:
    topic, began = names.topic(settings, INCOMING), time.monotonic()
    for number in range(count):
        if rate:
            await asyncio.sleep(began + number / rate - time.monotonic())
        name = f"{run}-{number}"
        ticket = IncomingTicket(ticket_id=name, raw_message="It does not work. " * 50)
        sent[name.encode()] = time.monotonic()
        await producer.send(topic, ticket.model_dump_json().encode(), key=name.encode())
    await producer.flush()


async def _a_world(broker: Broker, linger: int) -> Settings:
    """Return the settings of a worker with topics of its own, which are there now."""
    settings = Settings(
        kafka_brokers=broker.brokers,
        topic_prefix=f"h{uuid4().hex[:8]}-",
        linger_ms=linger,
        worker_http_port=0,
    )
    await admin.create_topics(settings, topics.ALL)
    return settings


@contextmanager
def _worker(settings: Settings, tree: Path) -> Iterator[psutil.Process]:
    """Run the worker of *tree* until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", EMPTY, "worker"],
        cwd=tree,
        env=environment(settings, PYTHONPATH=str(tree)),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        if not any("worker started" in line for line in process.stderr):
            sys.exit("the worker did not start")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _best(rounds: list[Figures]) -> Figures:
    """Return the least milliseconds and the most tickets a second."""
    return {
        key: (min if key.endswith("_ms") else max)(numbers[key] for numbers in rounds)
        for key in rounds[0]
    }


if __name__ == "__main__":
    main()
