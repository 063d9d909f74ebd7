"""The broker inside this process, beyond what `contracts/test_kafka.py` asks of any Kafka."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer

from schemas.topics import ALL, INCOMING
from streams.backends.kafka import admin, clients, connection, names
from streams.backends.kafka.embedded_broker import MAX_PARTITIONS, EmbeddedBroker
from streams.settings import Settings


def reaching(broker: EmbeddedBroker, settings: Settings) -> Settings:
    """Return *settings* with the broker's address."""
    return settings.model_copy(update={"kafka_brokers": broker.brokers})


async def test_has_the_topics_at_once() -> None:
    """
    The product's topics are there when it has started, with their prefix, on loopback.
    """
    with EmbeddedBroker(Settings(topic_prefix="a-")) as broker:
        settings = reaching(broker, Settings(topic_prefix="a-"))

        assert broker.brokers.startswith("127.0.0.1:")
        await admin.verify_topics(settings)
        for topic in ALL:
            consumer = await clients.follower(settings, [topic], since="end")
            count = len(consumer.assignment())
            await consumer.stop()
            assert count == min(topic.partitions, MAX_PARTITIONS)


async def test_two_side_by_side() -> None:
    """
    Two brokers of one process know nothing of each other.
    """
    with EmbeddedBroker(Settings()) as one, EmbeddedBroker(Settings(), wanted=()) as other:
        await admin.verify_topics(reaching(one, Settings()))

        made = await admin.create_topics(reaching(other, Settings()), [INCOMING])
        assert made == [("incoming-tickets", "created")]


async def test_groups_keep_their_place() -> None:
    """
    A consumer group goes on where it committed.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = reaching(broker, Settings())
        producer = clients.producer(settings)
        await producer.start()
        for value in (b"1", b"2"):
            await producer.send_and_wait(INCOMING.name, value, key=b"k")
        await producer.stop()
        seen = [await _next_of_group(settings) for _ in range(2)]

    assert seen == [b"1", b"2"]


async def _next_of_group(settings: Settings) -> bytes:
    consumer = AIOKafkaConsumer(
        INCOMING.name,
        **connection.options(settings),
        group_id=names.group(settings, "triage"),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=1500,  # this broker lets a rebalance take that long less a second
        heartbeat_interval_ms=300,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            value: bytes = (await consumer.getone()).value
        await consumer.commit()
    finally:
        await consumer.stop()
    return value
