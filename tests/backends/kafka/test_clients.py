"""Producers and consumers, beyond what `contracts/test_kafka.py` asks of them on any Kafka."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from schemas.topics import INCOMING
from streams.backends.kafka import clients, connection, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.errors import ConfigurationError
from streams.settings import Settings


async def publish(settings: Settings, *values: bytes, partition: int = 0) -> None:
    """Put *values* on one partition of incoming-tickets."""
    async with clients.producer(settings) as producer:
        for value in values:
            await producer.send_and_wait(
                names.topic(settings, INCOMING), value, partition=partition
            )


async def latest(settings: Settings, after: dict[int, int], most: int) -> list[bytes]:
    """Return the values of the last messages of incoming-tickets."""
    found = clients.last_messages(settings, INCOMING, after, most=most)
    return [record.value async for records in found for record in records]


async def test_latest(settings: Settings) -> None:
    """
    Of each partition that is asked for come its last messages, and none before an offset.
    """
    await publish(settings, b"0", b"1", b"2", b"3")
    await publish(settings, b"other", partition=1)

    assert await latest(settings, {0: 0}, most=2) == [b"2", b"3"]
    assert await latest(settings, {0: 3}, most=100) == [b"3"]
    assert await latest(settings, {0: 100}, most=100) == []
    assert sorted(await latest(settings, {0: 3, 1: 0}, most=100)) == [b"3", b"other"]


async def test_latest_of_what_is_not_there(settings: Settings) -> None:
    """
    A partition that a topic does not have is passed over; a topic that is missing is named.
    """
    other = settings.model_copy(update={"topic_prefix": "none-"})

    assert await latest(settings, {1_000: 0}, most=5) == []
    with pytest.raises(ConfigurationError, match="none-incoming-tickets"):
        await latest(other, {0: 0}, most=5)


async def test_read_to_end(settings: Settings) -> None:
    """
    Reading ends where the topic ended when it began.
    """
    await publish(settings, b"0", b"1")
    consumer = await clients.follower(settings, [INCOMING], since="beginning")
    seen: list[bytes] = []
    async for records in clients.read_to_end(consumer):
        await publish(settings, b"later")
        seen += [record.value for record in records]
    await clients.stop(consumer)

    assert seen == [b"0", b"1"]


async def test_has_passed(settings: Settings) -> None:
    """
    A consumer has passed an end when it stands there, on all partitions.
    """
    await publish(settings, b"0", b"1")
    consumer = await clients.follower(settings, [INCOMING], since="end")
    here, there = (TopicPartition(names.topic(settings, INCOMING), n) for n in (0, 1))

    assert await clients.has_passed(consumer, {here: 2, there: 0})
    assert not await clients.has_passed(consumer, {here: 2, there: 1})
    await clients.stop(consumer)


async def test_lags(settings: Settings) -> None:
    """
    What a stage's group has not committed is counted, again and again.
    """
    await publish(settings, b"0", b"1", b"2")
    name, group = names.topic(settings, INCOMING), names.group(settings, "triage")
    async with aclosing(clients.lags(settings, INCOMING, "triage", every=0.01)) as lags:
        before = await anext(lags)
        member = AIOKafkaConsumer(
            **connection.options(settings), group_id=group, enable_auto_commit=False
        )
        await member.start()
        member.assign([TopicPartition(name, 0)])
        await member.commit({TopicPartition(name, 0): 2})
        await member.stop()
        after = await anext(lags)

    assert (before, after) == (3, 1)


@pytest.mark.parametrize("error", [KafkaConnectionError(), asyncio.CancelledError(), OSError()])
async def test_close_lets_go_what_is_raised(error: BaseException) -> None:
    """
    What a client raises while it is closed, even a cancellation of its own, stops nobody.
    """

    async def closing() -> None:
        raise error

    await clients.close(closing())


async def test_close_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A client that does not close is left.
    """
    monkeypatch.setattr(clients, "CLOSE_SECONDS", 0.01)
    closing = asyncio.Event()

    async def hang() -> None:
        closing.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(30):
        await clients.close(hang())
    assert closing.is_set()


async def test_stop_while_kafka_is_away() -> None:
    """
    A consumer is stopped, and its connections are closed, without the broker.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers)
        consumer = await clients.follower(settings, [INCOMING], since="end")
        broker.pause()
        async with asyncio.timeout(30):
            await clients.stop(consumer)

    assert not [c for c in consumer._client._conns.values() if c.connected()]
