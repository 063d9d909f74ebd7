"""What the product relies on of any Kafka: the embedded broker and Apache's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import MessageSizeTooLargeError

from schemas import topics
from schemas.topics import ARTICLES, DEAD_LETTERS, INCOMING, PROCESSED, TRIAGED
from streams.backends.kafka import admin, clients, connection, names
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support.kafka import Broker, RealKafka
from tests.support.machine import needs_real_servers

real = pytest.mark.parametrize(
    "session_kafka", [pytest.param("kafka", marks=pytest.mark.real)], indirect=True
)
"""For what only Apache Kafka has: the embedded broker knows no configurations and limits."""


@asynccontextmanager
async def producing(settings: Settings, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Yield a started producer."""
    producer = clients.producer(settings, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def publish(settings: Settings, which: names.AnyTopic, *values: bytes) -> None:
    """Publish *values* with one key."""
    async with producing(settings) as producer:
        for value in values:
            await producer.send_and_wait(names.topic(settings, which), value, key=b"k")


async def read(settings: Settings, count: int, since: clients.Since) -> list[bytes]:
    """Return the first *count* values that a follower sees."""
    consumer = await clients.follower(settings, [INCOMING, PROCESSED], since=since)
    try:
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


def elsewhere(settings: Settings) -> Settings:
    """Return settings whose topics do not exist."""
    return settings.model_copy(update={"topic_prefix": settings.topic_prefix + "other-"})


async def existing(settings: Settings) -> set[str]:
    """Return the names of the topics that exist with the prefix."""
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        return {n for n in await admin.list_topics() if n.startswith(settings.topic_prefix)}
    finally:
        await admin.close()


async def test_topics_are_created_once(settings: Settings) -> None:
    """
    Topics that exist are left alone, those that are missing are created with the prefix.
    """
    other = elsewhere(settings)
    wanted: list[names.AnyTopic] = [INCOMING, ARTICLES]

    first = await admin.create_topics(other, wanted)
    again = await admin.create_topics(other, wanted)

    assert [(names.topic(other, t), "created") for t in wanted] == first
    assert [(names.topic(other, t), "exists") for t in wanted] == again


async def test_what_was_created_passes(settings: Settings) -> None:
    """
    The topics that `ticketstream topics` creates are those that the product asks for.
    """
    await admin.verify_topics(settings)


@pytest.mark.real
async def test_how_long_topics_keep_messages() -> None:
    """
    Kafka tells it, in seconds; a topic without a limit keeps them for ever.
    """
    needs_real_servers()
    with RealKafka() as own:
        settings = Settings(kafka_brokers=own.brokers)
        made: list[topics.Topic[Any]] = [INCOMING, replace(TRIAGED, retention_ms=-1)]
        await admin.create_topics(settings, made)

        kept = await admin.verify_topics(settings, made)

    assert kept == {INCOMING.name: 14 * 86_400, TRIAGED.name: inf}


async def test_missing_topic_is_named(settings: Settings) -> None:
    """
    A missing topic stops the start and says the command to run; nothing is created by asking.
    """
    other = elsewhere(settings)

    with pytest.raises(ConfigurationError, match=r'incoming-tickets.*run "ticketstream topics"'):
        await admin.verify_topics(other)
    with pytest.raises(ConfigurationError, match="missing"):
        await clients.follower(other, [INCOMING], since="end")

    assert set() == await existing(other)


async def test_beginning_and_end(settings: Settings) -> None:
    """
    A follower from the beginning sees what is there, one from the end only what comes.
    """
    await publish(settings, INCOMING, b"old")
    late = await clients.follower(settings, [INCOMING], since="end")
    await publish(settings, INCOMING, b"new")

    assert await read(settings, 2, "beginning") == [b"old", b"new"]
    assert (await late.getone()).value == b"new"
    await late.stop()


async def test_since_long_ago(settings: Settings) -> None:
    """
    A follower since a time sees everything younger than it.
    """
    await publish(settings, INCOMING, b"a", b"b")

    assert await read(settings, 2, datetime.now(UTC) - timedelta(hours=1)) == [b"a", b"b"]


@real
async def test_since_skips_what_is_older(settings: Settings) -> None:
    """
    A follower since a time does not see what is older, and sees what comes later.
    """
    name = names.topic(settings, INCOMING)
    now = datetime.now(UTC)
    hours = [now - timedelta(hours=h) for h in (3, 1)]
    async with producing(settings) as producer:
        for at in hours:
            await producer.send_and_wait(
                name, str(at).encode(), key=b"k", timestamp_ms=int(at.timestamp() * 1000)
            )

    assert [str(hours[1]).encode()] == await read(settings, 1, now - timedelta(hours=2))


async def test_one_ticket_one_partition(settings: Settings) -> None:
    """
    Messages with one key go to one partition by murmur2, as Kafka's Java clients choose it.

    The hashes are murmur2's test vectors of Apache Kafka (UtilsTest.testMurmur2).
    """
    vectors = {b"21": -973932308, b"foobar": -790332482, b"abc": 479470107}
    async with producing(settings) as producer:
        count = len(await producer.partitions_for(names.topic(settings, INCOMING)))
        for key, hashed in vectors.items():
            sent = await producer.send_and_wait(names.topic(settings, INCOMING), b"x", key=key)

            assert (hashed & 0x7FFFFFFF) % count == sent.partition


async def test_large_message_is_refused_at_once(settings: Settings) -> None:
    """
    What no topic could take is refused before it is sent, and the producer goes on.
    """
    name = names.topic(settings, DEAD_LETTERS)
    async with producing(settings) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(name, b"x" * (topics.MAX_DEAD_LETTER_BYTES + 1))

        assert await producer.send_and_wait(name, b"x" * (topics.MAX_EVENT_BYTES + 50_000))


@real
async def test_producer_survives_what_the_broker_refuses(settings: Settings) -> None:
    """
    A message that outgrows its topic is refused, and the next one of the same key goes out.
    """
    name = names.topic(settings, INCOMING)
    async with producing(settings, compression_type=None) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(name, b"x" * (topics.MAX_EVENT_BYTES + 1), key=b"k")

        assert await producer.send_and_wait(name, b"small", key=b"k")


@real
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(ARTICLES, compacted=False), r"kb-articles has cleanup.policy=delete"),
        (replace(INCOMING, compacted=True), r"incoming-tickets has cleanup.policy=compact"),
        (
            replace(DEAD_LETTERS, max_message_bytes=topics.MAX_EVENT_BYTES),
            r"ticket-dead-letters has max.message.bytes=1000000, which must be larger",
        ),
    ],
)
async def test_wrong_policy_is_named(settings: Settings, wrong: names.AnyTopic, said: str) -> None:
    """
    A topic that would lose what must stay stops the start, and is named with its fault.
    """
    other = elsewhere(settings)
    await admin.create_topics(other, [wrong])
    await admin.create_topics(other, [replace(t, partitions=1) for t in topics.ALL])

    with pytest.raises(ConfigurationError, match=said):
        await admin.verify_topics(other)


@pytest.mark.real
async def test_replicas_where_there_are_brokers() -> None:
    """
    With three brokers each topic has three replicas, and stays writable when one dies.
    """
    needs_real_servers()
    with RealKafka(brokers=3) as cluster:
        settings = Settings(kafka_brokers=cluster.brokers)
        await admin.create_topics(settings)
        client = AIOKafkaAdminClient(**connection.options(settings))
        await client.start()
        async with asyncio.timeout(30):
            while not (found := await client.describe_topics([INCOMING.name]))[0]["partitions"]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # the broker that is asked may not know of it yet
        await client.close()
        cluster.kill(2)
        await publish(settings, INCOMING, b"a")

        assert {3} == {len(p["replicas"]) for p in found[0]["partitions"]}
        assert len(found[0]["partitions"]) == 12


async def test_nobody_there() -> None:
    """
    Without a Kafka at the address every call says so, names it, and ends.
    """
    nowhere = Settings(kafka_brokers="127.0.0.1:1")

    with pytest.raises(Unavailable, match=r"127.0.0.1:1 does not answer"):
        await admin.verify_topics(nowhere)
    with pytest.raises(Unavailable, match=r"127.0.0.1:1 does not answer"):
        await clients.follower(nowhere, [INCOMING], since="end")


async def test_outage(brokers: Broker, settings: Settings) -> None:
    """
    What is sent while Kafka is away arrives when it is back, and followers go on.
    """
    consumer = await clients.follower(settings, [INCOMING], since="beginning")
    async with producing(settings) as producer:
        await producer.send_and_wait(names.topic(settings, INCOMING), b"before", key=b"k")
        brokers.kill() if isinstance(brokers, RealKafka) else brokers.pause()
        during = await producer.send(names.topic(settings, INCOMING), b"during", key=b"k")
        if isinstance(brokers, RealKafka):
            await asyncio.to_thread(brokers.restart)
        else:
            brokers.resume()
        await during

        assert [(await consumer.getone()).value for _ in range(2)] == [b"before", b"during"]
    await consumer.stop()
