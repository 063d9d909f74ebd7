"""
Publishing, reading and committed offsets, all from outside, by librdkafka.

None of the product's own clients is used, so that a fault of theirs cannot hide itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from time import time
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from bench.chaos.ledger import StoredRecord
from bench.chaos.tickets import IncomingMessage

SECONDS = 20
"""For one request; while a broker is away it fails after them."""


class SteadyPublisher:
    """
    Publishes at a steady pace, and loses nothing: what a broker does not take waits for it.

    Partitions by murmur2, as the product asks of its publishers, and is idempotent: a message
    that is sent again because of an outage lies on the topic once.
    """

    def __init__(self, brokers: str, topic: str) -> None:
        self.published = 0
        """Messages that the broker has confirmed."""
        self.failed = 0
        self._topic = topic
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.max.bytes": 2_000_000,
                "message.timeout.ms": 600_000,
                "log_level": 0,
            }
        )

    async def publish(self, messages: Iterable[IncomingMessage], rate: float) -> None:
        """Publish *rate* messages a second; return when the broker has all."""
        began = asyncio.get_running_loop().time()
        for number, message in enumerate(messages):
            ahead = began + number / rate - asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, ahead))
            self._send(message)
        while self._producer.flush(0):  # noqa: ASYNC110  # librdkafka tells nobody
            await asyncio.sleep(0.05)
        if self.failed:
            raise RuntimeError(f"{self.failed} messages could not be published")

    def _send(self, message: IncomingMessage) -> None:
        self._producer.produce(
            self._topic,
            message.value,
            message.key,
            headers=list(message.headers),
            on_delivery=self._confirmed,
        )
        self._producer.poll(0)

    def _confirmed(self, error: Any, _: Any) -> None:
        if error:
            self.failed += 1
        else:
            self.published += 1


class Reader:
    """Reads a topic from its beginning, and on."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "chaos",  # asked for, and never joined
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "log_level": 0,
            }
        )
        self._brokers, self._topic = brokers, topic
        self._consumer.assign([TopicPartition(topic, p, 0) for p in _ends(brokers, topic)])

    def close(self) -> None:
        """Close its connections."""
        self._consumer.close()

    def some(self) -> list[StoredRecord]:
        """Return the next records, none if there are none for the moment."""
        found = self._consumer.consume(1000, timeout=0.2)
        return [_record(one) for one in found if not one.error()]

    def all(self) -> Iterator[StoredRecord]:
        """Yield all records up to the end that there is now."""
        ends = _ends(self._brokers, self._topic)
        while any(ends[at.partition] > max(0, at.offset) for at in self._positions()):
            yield from self.some()

    def _positions(self) -> list[TopicPartition]:
        at: list[TopicPartition] = self._consumer.position(self._consumer.assignment())
        return at


def all_records(brokers: str, topic: str) -> list[StoredRecord]:
    """Return all records of *topic*."""
    reader = Reader(brokers, topic)
    try:
        return list(reader.all())
    finally:
        reader.close()


def behind(brokers: str, groups: Mapping[str, str]) -> int:
    """
    Return how many messages *groups*, each with the topic that it reads, have not committed.

    Raises:
        KafkaException: The cluster does not answer.
    """
    return sum(_behind(brokers, group, topic) for group, topic in groups.items())


def members(brokers: str, group: str) -> int:
    """Return how many members *group* has."""
    with AdminClient(_options(brokers)) as admin:
        (answer,) = admin.describe_consumer_groups([group]).values()
        return len(answer.result(SECONDS).members)


def _behind(brokers: str, group: str, topic: str) -> int:
    ends = _ends(brokers, topic)
    # An AdminClient that is told that another broker keeps the group ends the process
    # (confluentinc/confluent-kafka-javascript #374). A consumer asks, too, and does not join.
    asks = Consumer({**_options(brokers), "group.id": group})
    try:
        told = asks.committed([TopicPartition(topic, p) for p in ends], SECONDS)
    finally:
        asks.close()
    for at in told:
        if at.error:
            raise KafkaException(at.error)
    return sum(ends[at.partition] - max(0, at.offset) for at in told)


def _options(brokers: str) -> dict[str, Any]:
    return {"bootstrap.servers": brokers, "log_level": 0}


@retry(
    retry=retry_if_exception_type(KafkaException),
    stop=stop_after_delay(SECONDS),
    wait=wait_fixed(0.1),
    reraise=True,
)
def _ends(brokers: str, topic: str) -> dict[int, int]:
    """
    Return the end of each partition, once each has a leader.

    A consumer that fetches would need 0.5 s for each of them.
    """
    with AdminClient(_options(brokers)) as admin:
        partitions = admin.list_topics(topic, SECONDS).topics[topic].partitions
        asked = {TopicPartition(topic, p): OffsetSpec.latest() for p in partitions}
        found = admin.list_offsets(asked, request_timeout=SECONDS)
        return {place.partition: one.result().offset for place, one in found.items()}


def _record(found: Any) -> StoredRecord:
    """Return librdkafka's record in our form. Its time is the publisher's, or now without one."""
    _, milliseconds = found.timestamp()
    at = milliseconds / 1000 if milliseconds > 0 else time()
    return StoredRecord(found.partition(), found.offset(), at, found.value(), found.headers() or ())
