"""The steps of docs/run/partitions.md, under tickets that come before and after."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from bench.chaos.ledger import Ledger, StoredRecord
from bench.chaos.tickets import message
from bench.chaos.topics import SteadyPublisher, all_records
from schemas import IncomingTicket
from schemas.topics import ALL, DEAD_LETTERS, INCOMING, PROCESSED
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.command_line import walked
from tests.support.documents import commands
from tests.support.kafka import RealKafka
from tests.support.kafka_tools import put_tools
from tests.support.machine import needs_real_servers
from tests.support.process import ticketstream
from tests.support.stages import read

CREATE, DRAIN, GROW, LOOK = commands("docs/run/partitions.md")
TICKETS = 40
Walk = Callable[[str, Settings], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def kafka() -> Iterator[RealKafka]:
    """Return a Kafka that has no topics yet."""
    needs_real_servers()
    with RealKafka() as running:
        yield running


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """Return what walks through a block of the page, with Kafka's tools; its loop looks sooner."""
    put_tools(tmp_path)
    return lambda block, settings: walked(
        block.replace("sleep 5", "sleep 1"), settings, tmp_path, tools=tmp_path
    )


async def publish(settings: Settings, revision: int) -> None:
    """Publish a message of each ticket."""
    publisher = SteadyPublisher(settings.kafka_brokers, INCOMING.name)
    numbers = range(TICKETS)
    sent = [message(revision * TICKETS + n, f"T-{n}", revision) for n in numbers]
    await publisher.publish(sent, rate=1000)


@pytest.mark.real
@pytest.mark.timeout(600)
async def test_partitions_grow_without_a_loss(kafka: RealKafka, walk: Walk) -> None:
    """
    Step by step as the page has it: all messages come out, once and in the order of their ticket,
    though most tickets have another partition after it.
    """
    settings = Settings(kafka_brokers=kafka.brokers, log_level="error")
    await asyncio.to_thread(walk, "ticketstream topics", settings)
    with ticketstream("worker", settings=settings):
        await publish(settings, 1)
        await publish(settings, 2)
        await read(settings, PROCESSED, 2 * TICKETS, 240)  # the loop below then looks once or twice
        await asyncio.to_thread(walk, DRAIN, settings)
    await asyncio.to_thread(walk, GROW, settings)
    with ticketstream("worker", settings=settings):
        looked = await asyncio.to_thread(walk, LOOK, settings)
        await publish(settings, 3)
        await read(settings, PROCESSED, 3 * TICKETS, 240)
        await asyncio.to_thread(walk, DRAIN, settings)
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
def test_topics_with_more_partitions(kafka: RealKafka, walk: Walk) -> None:
    """
    The first command gives missing topics the number that it names.
    """
    settings = Settings(kafka_brokers=kafka.brokers, topic_prefix="more-")
    walk(CREATE, settings)
    with kafka.admin() as admin:
        found = admin.list_topics().topics

    assert {len(found[names.topic(settings, t)].partitions) for t in ALL if not t.compacted} == {24}
