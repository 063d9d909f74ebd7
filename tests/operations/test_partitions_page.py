"""The steps of docs/run/partitions.md, under tickets that come before and after."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from bench.chaos.ledger import Ledger, StoredRecord
from bench.chaos.tickets import message
from bench.chaos.topics import SteadyPublisher, all_records
from schemas import IncomingTicket
from schemas.topics import ALL, DEAD_LETTERS, INCOMING, PROCESSED
from streams.settings import Settings
from tests.support.command_line import run_block
from tests.support.documents import ROOT, commands
from tests.support.kafka import RealKafka
from tests.support.kafka_tools import put_tools
from tests.support.machine import needs_real_servers
from tests.support.process import environment, ticketstream

CREATE, DRAIN, GROW, LOOK = commands("docs/run/partitions.md")
TICKETS = 40


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which Kafka's tools and our commands are on the path."""
    needs_real_servers()
    put_tools(tmp_path)
    return {"PATH": f"{tmp_path}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}


def walked(
    block: str, settings: Settings, variables: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run *block* on the Kafka of *settings*; it succeeds."""
    ours = environment(settings, TICKETSTREAM_WORKER_HTTP_PORT="0") | variables
    ours["TICKETSTREAM_SIDECAR_HTTP_PORT"] = "0"
    block = block.replace("localhost:9092", settings.kafka_brokers).replace("sleep 5", "sleep 1")
    done = run_block(block, ours, folder, seconds=240)
    assert done.returncode == 0, done.stderr
    return done


async def publish(settings: Settings, revision: int) -> None:
    """Publish a message of each ticket."""
    publisher = SteadyPublisher(settings.kafka_brokers, INCOMING.name)
    numbers = range(TICKETS)
    sent = [message(revision * TICKETS + n, f"T-{n}", revision) for n in numbers]
    await publisher.publish(sent, rate=1000)


@pytest.mark.real
@pytest.mark.timeout(600)
def test_partitions_grow_without_a_loss(variables: dict[str, str], tmp_path: Path) -> None:
    """
    Step by step as the page has it: all messages come out, once and in the order of their ticket,
    though most tickets have another partition after it.
    """
    with RealKafka() as kafka, ExitStack() as stack:
        settings = Settings(kafka_brokers=kafka.brokers, log_level="error")
        walked("ticketstream topics", settings, variables, tmp_path)
        with ticketstream("worker", settings=settings):
            asyncio.run(publish(settings, 1))
            asyncio.run(publish(settings, 2))
            results(kafka, 2 * TICKETS)  # the loop below then looks once or twice
            walked(DRAIN, settings, variables, tmp_path)
        walked(GROW, settings, variables, tmp_path)
        stack.enter_context(ticketstream("worker", settings=settings))
        looked = walked(LOOK, settings, variables, tmp_path)
        asyncio.run(publish(settings, 3))
        results(kafka, 3 * TICKETS)
        walked(DRAIN, settings, variables, tmp_path)
        topics = (INCOMING, PROCESSED, DEAD_LETTERS)
        records = [all_records(kafka.brokers, topic.name) for topic in topics]

    counts = Ledger(*records, published=3 * TICKETS, with_ids=False).counts()
    assert (counts.processed, counts.lost, counts.repeats) == (3 * TICKETS, 0, 0)
    assert counts.out_of_order == 0
    assert "differ in partitions" not in looked.stdout
    before, after = (partitions(records[0], which) for which in ("1", "3"))
    assert after == {f"T-{n}": murmur2(f"T-{n}", 24) for n in range(TICKETS)}
    assert before == {f"T-{n}": murmur2(f"T-{n}", 12) for n in range(TICKETS)}
    assert sum(before[ticket] != after[ticket] for ticket in before) > TICKETS / 4


def results(kafka: RealKafka, count: int, most_seconds: float = 240) -> None:
    """Return once there are so many results."""
    until = time.monotonic() + most_seconds
    while len(all_records(kafka.brokers, PROCESSED.name)) < count:
        assert time.monotonic() < until
        time.sleep(1)


def partitions(records: list[StoredRecord], revision: str) -> dict[str, int]:
    """Return the partition of each ticket's message of that *revision*."""
    found = {}
    for record in records:
        fields = IncomingTicket.model_validate_json(record.value or b"")
        if str(fields.revision) == revision:
            found[fields.ticket_id] = record.partition
    return found


def murmur2(key: str, count: int) -> int:
    """Return the partition of *key* among *count*."""
    numbers = list(range(count))
    return int(DefaultPartitioner()(key.encode(), numbers, numbers))


def test_each_topic_of_tickets_grows() -> None:
    """
    The page names all topics that are not compacted, and no other.
    """
    named = GROW.splitlines()[0].removeprefix("for topic in ").removesuffix("; do").split()

    assert named == [topic.name for topic in ALL if not topic.compacted]


@pytest.mark.real
def test_topics_with_more_partitions(variables: dict[str, str], tmp_path: Path) -> None:
    """
    The first command gives missing topics the number that it names.
    """
    with RealKafka() as kafka:
        settings = Settings(kafka_brokers=kafka.brokers)
        walked(CREATE, settings, variables, tmp_path)
        found = kafka.admin().list_topics().topics

    assert {len(found[t.name].partitions) for t in ALL if not t.compacted} == {24}
