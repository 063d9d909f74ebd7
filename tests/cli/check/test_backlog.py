"""How far a group is behind, and what of that is gone."""

from __future__ import annotations

import asyncio

import pytest
from confluent_kafka import TopicPartition

from schemas.topics import INCOMING, TRIAGED
from streams.backends.kafka import librdkafka, names
from streams.cli.check.backlog import Backlog
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


async def behind(settings: Settings) -> tuple[int, int]:
    """Return what waits for triage on incoming-tickets, and what of it is gone."""
    with librdkafka.client(settings) as client:
        topic = client.list_topics(names.topic(settings, INCOMING), 20).topics
    ((_, found),) = topic.items()
    backlog = Backlog(settings, names.group(settings, "triage"), INCOMING)
    async with asyncio.timeout(60):  # a new cluster does not tell at once who keeps its groups
        while (told := await backlog.count(list(found.partitions))) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return told


async def test_a_group_that_has_never_read(settings: Settings) -> None:
    """
    All that lies there waits, on every partition, and nothing is lost.
    """
    assert await behind(settings) == (0, 0)
    await publish(settings, *(ticket(number) for number in range(9)))

    assert await behind(settings) == (9, 0)


async def test_what_is_done_waits_no_more(settings: Settings) -> None:
    """
    What is committed is done; what came after it waits.
    """
    async with running(settings):
        await publish(settings, *(ticket(number) for number in range(5)))
        await all_done(settings, 5)
    await publish(settings, ticket(5), ticket(6))

    assert await behind(settings) == (2, 0)


async def test_a_partition_that_is_not_there(settings: Settings) -> None:
    """
    Where the broker does not tell all, that is None, and no number that looks like one.
    """
    asked = Backlog(settings, names.group(settings, "triage"), INCOMING)

    assert await asked.count([0, 9_999]) is None


@pytest.mark.real
async def test_what_retention_took_is_not_called_done(
    settings: Settings, limits: None, brokers: RealKafka
) -> None:
    """
    Two of three messages that wait are deleted: one is behind, and two are lost.
    """
    sent = [on_one_partition(ticket(n)) for n in range(4)]
    async with running(settings):
        await publish(settings, sent[0])
        await all_done(settings, 1)
    await publish(settings, *sent[1:])
    record = (await read(settings, INCOMING, 4))[-1]
    place = TopicPartition(names.topic(settings, INCOMING), record.partition, 3)
    with brokers.admin() as admin:
        admin.delete_records([place])[place].result(20)

    assert await behind(settings) == (1, 2)
    inspection = Inspection(settings)
    await inspection.ask()
    (found, *_) = await inspection.groups()
    assert found.status == "warning"
    assert found.detail == "triage: 0 at work, 1 behind; the topic's retention took 2 unread"


@pytest.mark.real
async def test_what_was_finished_before_retention_took_it_is_not_lost(
    settings: Settings, limits: None, brokers: RealKafka
) -> None:
    """
    Of four messages one is not done, and it alone is lost.
    """
    never = held_up(asyncio.Event(), "T-1")
    async with running(settings.model_copy(update={"grace_seconds": 0.5}), never):
        await publish(settings, *(on_one_partition(ticket(n)) for n in range(4)))
        await read(settings, TRIAGED, 3)
    (record, *_) = await read(settings, INCOMING, 4)
    place = TopicPartition(names.topic(settings, INCOMING), record.partition, 4)
    with brokers.admin() as admin:
        admin.delete_records([place])[place].result(20)

    assert await behind(settings) == (0, 1)
