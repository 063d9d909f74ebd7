"""What the sidecar asks Kafka, of brokers that are there, away, and silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka.admin import AdminClient

from health.tickets import cluster
from health.tickets.cluster import Cluster
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import connection, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support.kafka import Broker, RealKafka


@pytest.fixture
async def asked(settings: Settings) -> AsyncIterator[Cluster]:
    """Return a connection to the tests' Kafka."""
    made = Cluster(settings)
    yield made
    await made.close()


@pytest.fixture
def own() -> Iterator[EmbeddedBroker]:
    """Return an embedded broker that may be paused."""
    with EmbeddedBroker(Settings()) as broker:
        yield broker


async def test_partitions(asked: Cluster, settings: Settings) -> None:
    """
    Those of the topics that are asked about, by their numbers.
    """
    wanted = [names.topic(settings, topic) for topic in (INCOMING, PROCESSED)]

    found = await asked.partitions(wanted)

    assert found.keys() == set(wanted)
    assert all(numbers == set(range(len(numbers))) for numbers in found.values())


async def test_no_topic_is_made_by_asking(
    asked: Cluster, settings: Settings, brokers: Broker
) -> None:
    """
    A topic that there is not is left out, and there is none after it was asked about.
    """
    missing = f"{settings.topic_prefix}missing"

    for _ in range(2):
        assert await asked.partitions([missing]) == {}

    with AdminClient({"bootstrap.servers": brokers.brokers}) as admin:
        assert missing not in admin.list_topics(timeout=20).topics


async def test_nothing_is_asked_about(asked: Cluster) -> None:
    """
    Whether a broker answers at all can be asked without naming a topic.
    """
    assert isinstance(await asked.partitions(()), dict)


async def test_questions_at_the_same_time_share_a_connection(asked: Cluster) -> None:
    """
    Probes that come together open one connection between them.
    """
    await asyncio.gather(*(asked.partitions(()) for _ in range(20)))

    assert len(asked._client._conns) <= 3  # a broker: for bootstrap, and one or two for questions


async def test_members(asked: Cluster, settings: Settings, brokers: Broker) -> None:
    """
    How many are in a group; a broker that cannot describe groups makes it None, and no error.
    """
    group = names.group(settings, "triage")
    consumer = AIOKafkaConsumer(
        names.topic(settings, INCOMING), **connection.options(settings), group_id=group
    )
    await consumer.start()
    try:
        found = await asked.members(group)
    finally:
        await consumer.stop()

    assert found == (1 if isinstance(brokers, RealKafka) else None)


async def test_a_group_that_nobody_is_in(asked: Cluster, settings: Settings) -> None:
    """
    It has nobody in it, which is not the same as not being told.
    """
    assert await asked.members(names.group(settings, "nobodys")) in (0, None)


async def test_nobody_answers() -> None:
    """
    Where no broker is, that is Unavailable, and nobody is known to be in a group.
    """
    away = Cluster(Settings(kafka_brokers="127.0.0.1:1"))

    with pytest.raises(Unavailable, match="Kafka does not answer"):
        await away.partitions(())
    assert await away.members("any") is None
    await away.close()


async def test_who_listens_and_says_nothing() -> None:
    """
    A question has a time limit: a broker that hangs is one that does not answer.
    """

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    hanging = Cluster(Settings(kafka_brokers=f"127.0.0.1:{port}"))

    async with asyncio.timeout(cluster.ASK_SECONDS * 10):
        with pytest.raises(Unavailable, match="Kafka does not answer"):
            await hanging.partitions(())
    await hanging.close()
    silent.close()


async def test_a_broker_that_comes_back(own: EmbeddedBroker) -> None:
    """
    After an outage the next question opens the connection anew.
    """
    asked = Cluster(Settings(kafka_brokers=own.brokers))
    await asked.partitions(())
    own.pause()
    with pytest.raises(Unavailable):
        await asked.partitions(())
    own.resume()

    async with asyncio.timeout(30):
        while not await _answers(asked):
            pass
    await asked.close()


async def _answers(asked: Cluster) -> bool:
    try:
        await asked.partitions(())
    except Unavailable:
        return False
    return True


async def test_it_may_be_closed_and_asked_again(asked: Cluster) -> None:
    """
    Closing ends the connection, twice is no error, and a question opens another one.
    """
    await asked.partitions(())
    await asked.close()
    await asked.close()

    assert isinstance(await asked.partitions(()), dict)


async def test_settings_that_cannot_work(tmp_path: Path) -> None:
    """
    What only a person can mend is not called an outage.
    """
    wrong = Settings(
        kafka_brokers="127.0.0.1:1",
        kafka_security_protocol="SSL",
        kafka_ca_file=tmp_path / "none.pem",
    )

    with pytest.raises(ConfigurationError, match="CA_FILE"):
        await Cluster(wrong).partitions(())
