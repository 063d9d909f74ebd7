"""How far a group is behind, and what of that is gone."""

from __future__ import annotations

import asyncio

import pytest
from confluent_kafka import TopicPartition

from schemas.topics import INCOMING, TRIAGED
from streams.backends.kafka import names
from streams.cli.check.kafka import Inspection
from streams.settings import Settings
from tests.support.kafka import RealKafka
from tests.support.stages import (
    all_done,
    held_up,
    on_one_partition,
    publish,
    read,
    running,
    ticket,
)


async def asked(settings: Settings) -> Inspection:
    """Return what the cluster tells of its topics and groups."""
    inspection = Inspection(settings)
    await inspection.ask()
    return inspection


@pytest.fixture
def real(settings: Settings, limits: None) -> Settings:
    """Return settings for topics of this test alone on a real Kafka."""
    return settings


async def test_what_retention_took_is_not_called_done(real: Settings, brokers: RealKafka) -> None:
    """
    Two of three messages that wait are deleted: one is behind, and two are lost.
    """
    sent = [on_one_partition(ticket(n)) for n in range(4)]
    async with running(real):
        await publish(real, sent[0])
        await all_done(real, 1)
    await publish(real, *sent[1:])
    record = (await read(real, INCOMING, 4))[-1]
    place = TopicPartition(names.topic(real, INCOMING), record.partition, 3)
    admin = brokers.admin()
    admin.delete_records([place])[place].result(20)

    (found, *_) = await (await asked(real)).groups()

    assert found.status == "warning"
    assert found.detail == "triage: 0 at work, 1 behind; the topic's retention took 2 unread"


async def test_what_was_finished_before_retention_took_it_is_not_lost(
    real: Settings, brokers: RealKafka
) -> None:
    """
    Of four messages one is not done, and it alone is lost.
    """
    never = held_up(asyncio.Event(), "T-1")
    async with running(real.model_copy(update={"grace_seconds": 0.5}), never):
        await publish(real, *(on_one_partition(ticket(n)) for n in range(4)))
        await read(real, TRIAGED, 3)
    (record, *_) = await read(real, INCOMING, 4)
    place = TopicPartition(names.topic(real, INCOMING), record.partition, 4)
    admin = brokers.admin()
    admin.delete_records([place])[place].result(20)

    (found, *_) = await (await asked(real)).groups()

    assert found.detail == "triage: 0 at work, 0 behind; the topic's retention took 1 unread"
