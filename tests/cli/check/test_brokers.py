"""What `ticketstream check` finds of the brokers. Of a real Kafka see `test_kafka.py`, too."""

from __future__ import annotations

from streams.backends.kafka import admin
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.cli.check import brokers
from streams.settings import Settings
from tests.support import ports


async def test_the_embedded_one() -> None:
    """
    Of the embedded broker it is said that it keeps nothing, and that it has all topics.
    """
    with EmbeddedBroker(Settings()) as broker:
        found = await brokers.look_at_brokers(Settings(kafka_brokers=broker.brokers))

    assert [(name, one.status) for name, one in found] == [
        (name, "ok") for name in ("kafka", "topics", "rights", "groups")
    ]
    assert "it keeps nothing when it ends" in found[0][1].detail


async def test_topics_are_missing() -> None:
    """
    Missing topics are wrong, and how to mend that is told apart from it.
    """
    with EmbeddedBroker(Settings(), wanted=()) as broker:
        found = dict(await brokers.look_at_brokers(Settings(kafka_brokers=broker.brokers)))

    assert (found["topics"].status, found["topics"].mend) == ("wrong", admin.MEND)
    assert "incoming-tickets" in found["topics"].detail


async def test_what_depends_on_them() -> None:
    """
    Without brokers that serve us nothing else is tried, and it is said which of the two it is.
    """
    away = dict(await brokers.look_at_brokers(Settings(kafka_brokers="127.0.0.1:1")))
    async with ports.http() as address:
        wrong = dict(await brokers.look_at_brokers(Settings(kafka_brokers=address)))

    assert (away["kafka"].status, wrong["kafka"].status) == ("away", "wrong")
    assert away["topics"].detail == "not tried: Kafka does not answer"
    assert wrong["topics"].detail == "not tried: Kafka cannot be used"
