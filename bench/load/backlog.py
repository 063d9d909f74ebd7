"""
Whether a worker's memory stays flat while a large backlog waits, and whom a hot ticket holds up.

    python -m bench.load.backlog --tickets 200000 --size 1000 --llm-seconds 0.5 --watch 120
    python -m bench.load.backlog --tickets 20000 --hot 5000 --llm-seconds 1

Publishes the backlog on a real Apache Kafka, then starts one worker with all stages, its model on
loopback (or with `--llm-seconds 0` the embedded backends), and watches it from outside, for
`--watch` seconds or until all results are out, and 10 s at least. Prints, as a line of JSON:
megabytes of its memory (RSS) after 10, 60, 120, 300 and 600 s, at the end, and the most; how many
results of ordinary tickets came out, when the last one did, and the longest time between two. With
`--hot` that many messages of one ticket lie behind the first hundredth of the backlog.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import psutil
from confluent_kafka import Producer

from bench.load.system import SAMPLE, running_command
from schemas import topics
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import admin, clients
from streams.settings import Settings
from tests.support.kafka import RealKafka

ROOT = Path(__file__).parents[2]
HOT = "HOT"
MARKS = (10, 60, 120, 300, 600)
"""Seconds after which memory is noted."""
WORDS = [
    "invoice",
    "charged",
    "twice",
    "refund",
    "login",
    "password",
    "crash",
    "export",
    "team",
    "plan",
    "upgrade",
    "slow",
]


@click.command()
@click.option("--tickets", default=200_000, show_default=True, type=click.IntRange(min=1))
@click.option("--size", default=1_000, show_default=True, help="bytes of a ticket's text")
@click.option("--hot", default=0, show_default=True, help="messages of one ticket among them")
@click.option("--llm-seconds", default=0.5, show_default=True, help="a call; 0: embedded backends")
@click.option("--watch", default=120.0, show_default=True, help="seconds, at most")
def main(tickets: int, size: int, hot: int, llm_seconds: float, watch: float) -> None:
    """Measure a worker in front of a backlog."""
    with worker_before(lambda: backlog(tickets, size, hot), llm_seconds) as (settings, _, worker):
        found = asyncio.run(_watch(settings, worker, watch, tickets + hot))
    given = {"tickets": tickets, "size": size, "hot": hot, "llm_seconds": llm_seconds}
    click.echo(json.dumps(given | found))


@contextmanager
def worker_before(
    tickets: Callable[[], Iterable[tuple[str, str]]], llm_seconds: float
) -> Iterator[tuple[Settings, dict[str, str], int]]:
    """Run a worker on a Kafka with *tickets*; yield its settings, environment and process id."""
    with RealKafka() as broker, ExitStack() as stack:
        settings = Settings(kafka_brokers=broker.brokers)
        asyncio.run(admin.create_topics(settings, topics.ALL))
        environment = {
            **os.environ,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": "0",
            "TICKETSTREAM_LOOP_MESSAGES": "0",  # the hot ticket is no mail loop
        }
        subprocess.run(
            [sys.executable, "-m", "streams.cli.main", "kb", "load", str(SAMPLE / "kb")],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if llm_seconds:
            environment |= stack.enter_context(_model(llm_seconds))
        publish_all(broker.brokers, tickets())
        worker = stack.enter_context(running_command(["worker"], environment))
        yield settings, environment, worker.pid


def backlog(tickets: int, size: int, hot: int = 0) -> Iterator[tuple[str, str]]:
    """Yield ticket ids and values. Texts differ, and compress as those of people do."""
    chosen = random.Random(0)  # noqa: S311
    text = " ".join(chosen.choice(WORDS) for _ in range(2 * size // 5))
    for number in range(tickets):
        if number == tickets // 100:
            yield from ((HOT, _value(HOT, f"h{n}", text[:size])) for n in range(hot))
        start = chosen.randrange(len(text) - size)
        yield f"B-{number}", _value(f"B-{number}", str(number), text[start : start + size])


def _value(ticket_id: str, message_id: str, text: str) -> str:
    ticket = {"ticket_id": ticket_id, "message_id": message_id, "raw_message": text}
    return json.dumps(ticket)


def publish_all(brokers: str, tickets: Iterable[tuple[str, str]]) -> None:
    """Publish *tickets*, ids and values, as fast as it goes."""
    producer = Producer(
        {
            "bootstrap.servers": brokers,
            "partitioner": "murmur2_random",
            "linger.ms": 50,
            "compression.type": "lz4",
        }
    )
    for key, value in tickets:
        while True:
            try:
                producer.produce(INCOMING.name, key=key, value=value)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


@contextmanager
def _model(seconds: float) -> Iterator[dict[str, str]]:
    """Run a model that takes *seconds* for each call; yield the settings that name it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.llm"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        body = json.dumps({"seconds": seconds}).encode()
        address = url.removesuffix("/v1") + "/control"
        headers = {"content-type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(address, body, headers)).close()  # noqa: S310
        yield {
            "TICKETSTREAM_LLM": "openai",
            "TICKETSTREAM_OPENAI_BASE_URL": url,
            "TICKETSTREAM_OPENAI_MODEL": "test-model",
        }
    finally:
        process.terminate()
        process.wait()


async def _watch(settings: Settings, worker: int, most: float, results: int) -> dict[str, Any]:
    """Return what was seen of the process *worker* in *most* seconds, or until all *results*."""
    samples: dict[float, float] = {}
    seen: list[float] = []
    hot = 0
    process = psutil.Process(worker)
    consumer = await clients.follower(settings, [PROCESSED], since="beginning")
    began = time.monotonic()
    while (now := time.monotonic() - began) < most:
        samples[now] = process.memory_info().rss / 1e6
        for records in (await consumer.getmany(timeout_ms=500)).values():
            ordinary = sum(record.key != HOT.encode() for record in records)
            seen += [time.monotonic() - began] * ordinary
            hot += len(records) - ordinary
        if now > MARKS[0] and len(seen) + hot == results:
            break
    await consumer.stop()
    at = {
        f"mb_{mark}s": samples[min(samples, key=lambda t: abs(t - mark))]
        for mark in MARKS
        if mark <= max(samples)
    }
    found = at | {"mb_end": samples[max(samples)], "mb_most": max(samples.values())}
    pauses = [after - before for before, after in pairwise(seen)]
    return {name: round(mb) for name, mb in found.items()} | {
        "seconds": round(now),
        "results": len(seen),
        "hot_results": hot,
        "last_result_s": round(max(seen, default=now), 1),
        "longest_pause_s": round(max(pauses, default=now), 1),
    }


if __name__ == "__main__":
    main()
