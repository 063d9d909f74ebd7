"""Publishing, reading and offsets from outside, on the tests' Kafka."""

from __future__ import annotations

import asyncio

import pytest

from bench.chaos import topics
from bench.chaos.tickets import IncomingMessage, messages
from bench.chaos.topics import Reader, SteadyPublisher
from schemas.topics import INCOMING
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.kafka import Broker
from tests.support.stages import all_done, running


@pytest.fixture
def topic(settings: Settings) -> str:
    """Return the name of the topic that tickets come on."""
    return names.topic(settings, INCOMING)


async def test_all_that_is_published_is_read(brokers: Broker, topic: str) -> None:
    """
    The publisher returns once the broker has all; a reading has keys' values and headers whole.
    """
    publisher = SteadyPublisher(brokers.brokers, topic)
    sent = [
        *messages(30),
        IncomingMessage(b"T", None),
        IncomingMessage(b"T", b"", (("h", b"\xff"),)),
    ]

    await publisher.publish(sent, rate=1_000)

    assert (publisher.published, publisher.failed) == (32, 0)
    found = await asyncio.to_thread(topics.all_records, brokers.brokers, topic)
    assert sorted((r.value or b"", tuple(r.headers)) for r in found) == sorted(
        (m.value or b"", m.headers) for m in sent
    )
    assert sum(record.value is None for record in found) == 1


async def test_messages_of_a_ticket_share_a_partition(brokers: Broker, topic: str) -> None:
    """
    Kafka's own clients choose partitions alike: those of one key lie in their order.
    """
    await SteadyPublisher(brokers.brokers, topic).publish(
        [IncomingMessage(b"one", b"%d" % number) for number in range(10)], rate=1_000
    )

    found = await asyncio.to_thread(topics.all_records, brokers.brokers, topic)

    assert len({record.partition for record in found}) == 1
    assert [record.value for record in found] == [b"%d" % number for number in range(10)]


async def test_a_pace(brokers: Broker, topic: str) -> None:
    """
    Messages come at their rate, and not all at once: at the end of it the last has just come.
    """
    publisher = SteadyPublisher(brokers.brokers, topic)
    publishing = asyncio.create_task(publisher.publish(messages(10_000), rate=20))
    while not publisher.published:  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0.02)

    assert publisher.published < 10_000
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)


async def test_a_message_that_is_not_taken(brokers: Broker, settings: Settings) -> None:
    """
    A publisher that could not publish all does not return as if it had.
    """
    publisher = SteadyPublisher(brokers.brokers, f"{settings.topic_prefix}none")
    publisher._confirmed("an error", None)

    with pytest.raises(RuntimeError, match="1 messages could not be published"):
        await publisher.publish([], rate=1)


async def test_an_empty_topic(brokers: Broker, topic: str) -> None:
    """
    A reading of nothing ends, with nothing.
    """
    assert await asyncio.to_thread(topics.all_records, brokers.brokers, topic) == []


async def test_a_reader_goes_on(brokers: Broker, topic: str) -> None:
    """
    What comes after a reading began is read by the next call.
    """
    publisher = SteadyPublisher(brokers.brokers, topic)
    reader = await asyncio.to_thread(Reader, brokers.brokers, topic)
    found: list[bytes | None] = []
    for value in (b"1", b"2"):
        await publisher.publish([IncomingMessage(b"T", value)], rate=1_000)
        async with asyncio.timeout(60):
            while value not in found:
                found += [r.value for r in await asyncio.to_thread(reader.some)]
    await asyncio.to_thread(reader.close)

    assert found == [b"1", b"2"]


async def test_what_is_not_committed(brokers: Broker, settings: Settings, topic: str) -> None:
    """
    A group that never read has all before it, and one that has done it nothing.
    """
    groups = {names.group(settings, "triage"): topic}
    await SteadyPublisher(brokers.brokers, topic).publish(messages(7), rate=1_000)
    before = await asyncio.to_thread(topics.behind, brokers.brokers, groups)
    async with running(settings):
        await all_done(settings, 7)
    after = await asyncio.to_thread(topics.behind, brokers.brokers, groups)

    assert (before, after) == (7, 0)
