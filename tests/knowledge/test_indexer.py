"""How the knowledge base keeps in step with `kb-articles`, on the embedded broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import Producer
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.errors import Unavailable
from streams.knowledge.indexer import Indexer
from streams.ports import Scope
from streams.settings import Settings
from tests.support.machine import free_ports

TOPIC = ARTICLES.name
SCOPE = Scope("default", datetime(2026, 11, 2, tzinfo=UTC))


class Broker:
    """An embedded broker that articles can be published to."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.embedded = broker
        self.connection: dict[str, Any] = {"bootstrap_servers": broker.brokers}
        self._producer = Producer({"bootstrap.servers": broker.brokers})

    def publish(self, key: str | bytes | None, value: bytes | None) -> None:
        """Put a message on the topic, and wait until it is there."""
        self._producer.produce(TOPIC, key=key, value=value)
        assert self._producer.flush(10) == 0


@pytest.fixture
def empty() -> Iterator[Broker]:
    """Return a broker without any topic."""
    with EmbeddedBroker(Settings(), []) as broker:
        yield Broker(broker)


@pytest.fixture
def broker(empty: Broker) -> Broker:
    """Return a broker with an empty topic for articles."""
    empty.embedded.create_topic(TOPIC, 2)
    return empty


def value(doc_id: str = "KB-1", body: str = "Invoices are sent by email.", **more: Any) -> bytes:
    """Return an article as it is published."""
    return json.dumps({"doc_id": doc_id, "title": "T", "url": "", "body": body, **more}).encode()


async def quick(_: float) -> None:
    """Sleep as little as can be."""
    await asyncio.sleep(0.01)


@asynccontextmanager
async def following(kb: EmbeddedKnowledge, broker: Broker) -> AsyncIterator[Indexer]:
    """Give an indexer that has caught up and goes on following."""
    indexer = Indexer(kb, broker.connection, TOPIC, sleep=quick)
    task = asyncio.create_task(indexer.run())
    try:
        async with asyncio.timeout(20):
            await indexer.caught_up()
        yield indexer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def texts(kb: EmbeddedKnowledge, tenant: str = "default") -> list[str]:
    """Return the texts that are known, in order."""
    scope = Scope(tenant, SCOPE.now)
    return sorted(p.text for p in await kb.search("invoices", limit=50, scope=scope))


async def until(kb: EmbeddedKnowledge, wanted: Sequence[str], tenant: str = "default") -> None:
    """Return when *wanted* is what is known; fail after a while."""
    async with asyncio.timeout(20):
        while await texts(kb, tenant) != wanted:  # noqa: ASYNC110  # Kafka has no event for it
            await asyncio.sleep(0.02)


def counted(outcome: str) -> float:
    """Return how many messages had *outcome* so far."""
    name = "ticketstream_article_events_total"
    return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0.0


@asynccontextmanager
async def waiting(connection: dict[str, Any]) -> AsyncIterator[Indexer]:
    """Give an indexer that cannot catch up."""
    indexer = Indexer(EmbeddedKnowledge(), connection, TOPIC, sleep=quick)
    task = asyncio.create_task(indexer.run())
    try:
        yield indexer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def said(indexer: Indexer, status: str) -> None:
    """Return when *indexer* has *status*; fail after a while."""
    async with asyncio.timeout(20):
        while indexer.status != status:  # noqa: ASYNC110  # a status is looked at, not sent
            await asyncio.sleep(0.02)


async def test_kafka_that_is_away_is_what_is_waited_for() -> None:
    """
    While Kafka does not answer, the status says so.
    """
    (port,) = free_ports(1)
    async with waiting({"bootstrap_servers": f"127.0.0.1:{port}"}) as indexer:
        await said(indexer, "Kafka does not answer")


async def test_a_missing_topic_is_what_is_waited_for(empty: Broker) -> None:
    """
    While the topic is missing, the status names it; once it is there, the status is healthy.
    """
    async with waiting(empty.connection) as indexer:
        await said(indexer, f"{TOPIC} does not exist")
        empty.embedded.create_topic(TOPIC, 2)
        await said(indexer, "healthy")


async def test_an_empty_topic_is_read_at_once(broker: Broker) -> None:
    """
    A topic without articles is caught up with, and the knowledge base is empty.
    """
    kb = EmbeddedKnowledge()

    async with following(kb, broker) as indexer:
        assert indexer.is_caught_up
        assert len(kb) == 0


async def test_what_was_published_before_is_there_when_caught_up(broker: Broker) -> None:
    """
    After `caught_up`, every article that the topic had is found.
    """
    for n in range(700):
        broker.publish(f"KB-{n}", value(f"KB-{n}", f"Invoices number {n}."))
    kb = EmbeddedKnowledge()

    async with following(kb, broker):
        assert len(kb) == 700
        assert REGISTRY.get_sample_value("ticketstream_articles") == 700


async def test_it_follows_changes_and_deletions(broker: Broker) -> None:
    """
    A changed article replaces the old one, and a null value deletes.
    """
    broker.publish("KB-1", value(body="Invoices are old."))
    kb = EmbeddedKnowledge()

    async with following(kb, broker):
        broker.publish("KB-1", value(body="Invoices are new."))
        await until(kb, ["Invoices are new."])
        broker.publish("KB-1", None)
        await until(kb, [])
        broker.publish("KB-1", value(body="Invoices are back."))
        await until(kb, ["Invoices are back."])


async def test_the_last_message_of_a_key_counts(broker: Broker) -> None:
    """
    Of several messages with one key that are read at once, the last article is the one.
    """
    broker.publish("KB-1", value(body="Invoices are old."))
    broker.publish("KB-1", None)
    broker.publish("KB-1", value(body="Invoices are new."))
    broker.publish("KB-2", value("KB-2"))
    broker.publish("KB-2", None)
    kb = EmbeddedKnowledge()

    async with following(kb, broker):
        assert await texts(kb) == ["Invoices are new."]


async def test_an_article_moves_with_its_key(broker: Broker) -> None:
    """
    An id is one article: put into another tenant it leaves the first, as it would after compaction.
    """
    broker.publish("KB-1", value(tenant="a"))
    kb = EmbeddedKnowledge()

    async with following(kb, broker):
        broker.publish("KB-1", value(tenant="b"))
        await until(kb, ["Invoices are sent by email."], "b")
        assert await texts(kb, "a") == []


@pytest.mark.parametrize(
    ("key", "bad", "logged", "reason"),
    [
        ("KB-2", b"hunter2", "KB-2", "JSON"),
        ("KB-2", b'{"doc_id": "KB-2", "title": "hunter2"}', "KB-2", "body"),
        ("KB-3", value("KB-2", body="hunter2"), "KB-2", "key"),
        (None, value("KB-2", body="hunter2"), None, "key"),
        (b"\xff", value("KB-2", body="hunter2"), None, "key"),
        ("hunter2 and more", b"{}", None, "doc_id"),
    ],
)
async def test_what_is_no_article_is_counted_and_named(
    broker: Broker, key: str | bytes | None, bad: bytes, logged: str | None, reason: str
) -> None:
    """
    A message that is no article is logged by id and field, never by content; the next one goes on.
    """
    broker.publish(key, bad)
    broker.publish("KB-1", value())
    kb, before = EmbeddedKnowledge(), counted("rejected")

    with capture_logs() as logs:
        async with following(kb, broker):
            assert await texts(kb) == ["Invoices are sent by email."]

    (log,) = [entry for entry in logs if entry["event"] == "article_rejected"]
    assert log["doc_id"] == logged
    assert reason in log["reason"]
    assert "hunter2" not in str(logs)
    assert counted("rejected") == before + 1


async def test_what_happens_is_counted(broker: Broker) -> None:
    """
    Indexed, unchanged and removed articles are counted as such.
    """
    before = {name: counted(name) for name in ("indexed", "unchanged", "removed")}
    kb = EmbeddedKnowledge()

    async with following(kb, broker):
        for step, message in (("indexed", value()), ("unchanged", value()), ("removed", None)):
            broker.publish("KB-1", message)
            async with asyncio.timeout(20):
                while counted(step) == before[step]:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    assert {name: counted(name) - n for name, n in before.items()} == dict.fromkeys(before, 1)


async def test_it_waits_for_a_topic_that_does_not_exist(empty: Broker) -> None:
    """
    A missing topic is waited for and never created with a broker's defaults.
    """
    kb = EmbeddedKnowledge()
    indexer = Indexer(kb, empty.connection, TOPIC, sleep=quick)
    task = asyncio.create_task(indexer.run())

    await asyncio.sleep(0.3)
    assert TOPIC not in Producer({"bootstrap.servers": empty.embedded.brokers}).list_topics().topics
    assert not indexer.is_caught_up
    empty.embedded.create_topic(TOPIC, 1)
    empty.publish("KB-1", value())
    async with asyncio.timeout(20):
        await indexer.caught_up()

    await until(kb, ["Invoices are sent by email."])
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_it_survives_an_outage_of_kafka(broker: Broker) -> None:
    """
    What is published after an outage arrives, and meanwhile what is known stays known.
    """
    broker.publish("KB-1", value())
    kb = EmbeddedKnowledge()

    async with following(kb, broker):
        broker.embedded.pause()
        await asyncio.sleep(0.5)
        assert await texts(kb) == ["Invoices are sent by email."]
        broker.embedded.resume()
        broker.publish("KB-1", value(body="Invoices are new."))
        await until(kb, ["Invoices are new."])


async def test_it_waits_for_a_knowledge_base_that_is_away(broker: Broker) -> None:
    """
    While the knowledge base is away nothing is skipped.
    """

    class Flaky(EmbeddedKnowledge):
        failures = 2

        async def put(self, articles: Sequence[Article]) -> int:
            if self.failures:
                self.failures -= 1
                raise Unavailable("away")
            return await super().put(articles)

    broker.publish("KB-1", value())
    kb = Flaky()

    async with following(kb, broker):
        assert await texts(kb) == ["Invoices are sent by email."]
