"""
How fast embedded mode is, everything included, and how much memory it takes.

    python -m bench.load.system --tickets 3000
    python -m bench.load.system --tickets 3 --calls 2 --idle 0.1   # whether it works

Starts `ticketstream up` as a process of its own and measures it from outside: seconds to the
first processed ticket and to the last sample ticket, tickets a second through all four stages
(the sample tickets again and again, with other words, published in one go), milliseconds of the
HTTP call in the idle system, the share of a core that the idle system takes, and memory. Then
the memory of a `ticketstream worker` alone that has processed the same. Prints a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import click
import psutil
from aiokafka import AIOKafkaConsumer

from bench.load.http_latency import measure
from bench.load.stages import distinct
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import clients, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.cli.running_up import Up
from streams.settings import Settings

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"
SAMPLES = len((SAMPLE / "tickets.jsonl").read_text().splitlines())


@click.command()
@click.option("--tickets", default=2000, show_default=True, type=click.IntRange(min=1))
@click.option("--calls", default=100, show_default=True, type=click.IntRange(min=1), help="of HTTP")
@click.option("--idle", default=5.0, show_default=True, help="seconds to watch the idle system")
def main(tickets: int, calls: int, idle: float) -> None:
    """Measure embedded mode."""
    found: dict[str, Any] = {
        "tickets": tickets,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    with tempfile.TemporaryDirectory() as state:
        found |= measure_up(tickets, calls, idle, {**os.environ, "XDG_STATE_HOME": state})
    found |= asyncio.run(measure_worker(tickets))
    click.echo(json.dumps(found))


def measure_up(
    tickets: int, calls: int, idle: float, environment: dict[str, str]
) -> dict[str, float | None]:
    """Return what is measured of `ticketstream up` with everything in one process."""
    began = time.perf_counter()
    with running_command(["up", "--port", "0"], environment) as process:
        lines = iter(process.stdout or ())
        next(lines)
        first = time.perf_counter() - began
        for _ in range(SAMPLES - 1):
            next(lines)
        all_samples = time.perf_counter() - began
        threading.Thread(target=lambda: list(lines), daemon=True).start()
        up = up_in(environment["XDG_STATE_HOME"])
        time.sleep(1)
        us = psutil.Process(process.pid)
        us.cpu_percent()
        time.sleep(idle)
        idle_percent = us.cpu_percent()
        latency = median(asyncio.run(measure(up.url, calls, calls // 10)))
        rate = asyncio.run(throughput(Settings(kafka_brokers=up.brokers), tickets))
        memory = us.memory_info().rss / 1e6
    return {
        "first_ticket_s": round(first, 2),
        "all_samples_s": round(all_samples, 2),
        "idle_cpu_percent": idle_percent,
        "http_median_ms": round(latency, 1),
        "up_tickets_per_s": rate,
        "up_memory_mb": round(memory),
    }


async def measure_worker(tickets: int) -> dict[str, float | None]:
    """Return what is measured of a worker beside an embedded broker in this process."""
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers)
        environment = {
            **os.environ,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": "0",
        }
        loading = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "streams.cli.main", "kb", "load", str(SAMPLE / "kb")],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        assert await loading.wait() == 0
        with running_command(["worker"], environment) as process:
            rate = await throughput(settings, tickets)
            memory = psutil.Process(process.pid).memory_info().rss / 1e6
    return {"worker_tickets_per_s": rate, "worker_memory_mb": round(memory)}


async def throughput(settings: Settings, tickets: int) -> float | None:
    """
    Return tickets a second, from the first results to the last; all are published at once.

    Returns None if all results come together: there is nothing to measure then.
    """
    consumer = await clients.follower(settings, [PROCESSED], since="end", fetch_max_wait_ms=20)
    producer = clients.producer(settings)
    await producer.start()
    try:
        for ticket in distinct(tickets):
            key, value = ticket["ticket_id"].encode(), json.dumps(ticket).encode()
            await producer.send(names.topic(settings, INCOMING), value, key=key)
        await producer.flush()
        first = seen = await _results(consumer)
        began = time.perf_counter()
        while seen < tickets:
            seen += await _results(consumer)
        later = seen - first
        return round(later / (time.perf_counter() - began), 1) if later else None
    finally:
        await producer.stop()
        await consumer.stop()


async def _results(consumer: AIOKafkaConsumer) -> int:
    """Return how many results have come; waits until there are some."""
    while not (polled := await consumer.getmany(timeout_ms=1000)):
        pass
    return sum(len(records) for records in polled.values())


def up_in(state_home: str) -> Up:
    """Return where the `ticketstream up` is that runs with this folder for its state."""
    (up,) = json.loads(Path(state_home, "ticketstream", "up.json").read_text())
    return Up(**up)


@contextmanager
def running_command(
    arguments: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of ours until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        env={**environment, "TICKETSTREAM_LOG_LEVEL": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


if __name__ == "__main__":
    main()
