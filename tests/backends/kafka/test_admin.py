"""What a cluster has, beyond what `contracts/test_kafka.py` asks of it on any Kafka."""

from __future__ import annotations

from collections import Counter

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import ALL, ARTICLES, INCOMING, PROCESSED
from streams.backends.kafka import admin, clients, connection, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support.kafka import Broker

real = pytest.mark.parametrize(
    "session_kafka", [pytest.param("kafka", marks=pytest.mark.real)], indirect=True
)
"""For what the embedded broker does not know."""


async def test_partitions(settings: Settings) -> None:
    """
    Each topic's partitions are counted; all that are missing are named at once.
    """
    incoming, articles = (names.topic(settings, topic) for topic in (INCOMING, ARTICLES))
    found = await admin.count_partitions(settings, [incoming, articles])

    consumer = await clients.follower(settings, [INCOMING, ARTICLES], since="end")
    assert found == Counter(place.topic for place in consumer.assignment())
    await clients.stop(consumer)
    with pytest.raises(ConfigurationError, match=r"missing from Kafka: one, other: run \"ticket"):
        await admin.count_partitions(settings, ["one", incoming, "other"])


@real
async def test_partitions_that_are_asked_for(settings: Settings) -> None:
    """
    Missing topics of tickets get as many partitions as the settings say, and compacted ones one.
    """
    other = settings.model_copy(update={"partitions": 24, "topic_prefix": "p24-"})
    made = [name for name, _ in await admin.create_topics(other)]

    found = await admin.count_partitions(other, made)
    compacted = {names.topic(other, topic) for topic in ALL if topic.compacted}
    assert {found[name] for name in compacted} == {1}
    assert {count for name, count in found.items() if name not in compacted} == {24}


async def test_brokers(settings: Settings, brokers: Broker) -> None:
    """
    How many brokers there are is told, and whether it is the embedded one.
    """
    assert await admin.count_brokers(settings) == 1
    assert await admin.is_embedded(settings) is isinstance(brokers, EmbeddedBroker)


async def test_committed(settings: Settings) -> None:
    """
    What a group has committed of a topic is told with its note, and of that topic alone.
    """
    group = names.group(settings, "triage")
    incoming, processed = (names.topic(settings, topic) for topic in (INCOMING, PROCESSED))
    member = AIOKafkaConsumer(
        **connection.options(settings), group_id=group, enable_auto_commit=False
    )
    await member.start()
    places = [TopicPartition(incoming, 1), TopicPartition(processed, 0)]
    member.assign(places)
    await member.commit({places[0]: (5, "a note"), places[1]: (7, "")})
    await member.stop()

    found = await admin.committed(settings, group, INCOMING, range(3))

    assert {n: (one.offset, one.metadata) for n, one in found.items()} == {1: (5, "a note")}


async def test_nobody_has_committed(settings: Settings) -> None:
    """
    A group that never was has committed nothing.
    """
    assert await admin.committed(settings, "nobody", INCOMING, [0]) == {}


async def test_nobody_there() -> None:
    """
    Without a Kafka there is no answer, and that is said of its address.
    """
    nowhere = Settings(kafka_brokers="127.0.0.1:1")

    with pytest.raises(Unavailable, match=r"Kafka at 127.0.0.1:1 does not answer"):
        await admin.count_brokers(nowhere)
