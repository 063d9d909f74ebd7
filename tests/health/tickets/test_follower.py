"""Following while the topics change."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from health.tickets.cluster import Cluster
from health.tickets.follower import _RECORDS, Follower
from schemas import IncomingTicket
from schemas.topics import PROCESSED
from streams.backends.kafka import clients, connection, names
from streams.backends.kafka.rights_watch import RightsWatch
from streams.settings import Settings
from tests.health.conftest import Client
from tests.health.waiting import until_ready, until_total
from tests.support.echo_pipeline import result
from tests.support.kafka import RealKafka


async def test_partitions_that_are_added(client: Client, quick: Settings, brokers: object) -> None:
    """
    A result on a partition that did not exist at the start is seen, and none is seen twice.
    """
    if not isinstance(brokers, RealKafka):
        pytest.skip("the embedded broker adds no partitions")
    await until_ready(client)
    name = names.topic(quick, PROCESSED)
    admin = AIOKafkaAdminClient(**connection.options(quick))
    await admin.start()
    producer = clients.producer(quick, metadata_max_age_ms=100)
    await producer.start()

    await _publish(producer, name, "before", 0)
    await until_total(client, 1)
    await admin.create_partitions({name: NewPartitions(9)})
    while len(await producer.partitions_for(name)) < 9:
        await producer.client.force_metadata_update()
    await _publish(producer, name, "after", 8)
    await until_total(client, 2)
    await _publish(producer, name, "again", 0)
    await until_total(client, 3)

    assert (await client.get("/api/v1/tickets/metrics")).body["total"] == 3
    await producer.stop()
    await admin.close()


async def test_what_is_read_back_leaves_the_loop_its_turns(quick: Settings) -> None:
    """
    However much lies there, probes and calls are answered while it is read.
    """
    turn, seen_in_turn = 0, Counter[int]()

    async def turns() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    producer = clients.producer(quick, linger_ms=5)
    await producer.start()
    name, value = names.topic(quick, PROCESSED), b"x" * 100
    await asyncio.gather(*[await producer.send(name, value, partition=0) for _ in range(2_000)])
    await producer.stop()

    def saw(*_: object) -> None:
        seen_in_turn[turn] += 1

    cluster = Cluster(quick)
    follower = Follower(quick, cluster, RightsWatch(quick, "sidecar"), saw)
    tasks = [asyncio.create_task(follower.run()), asyncio.create_task(turns())]
    while seen_in_turn.total() < 2_000:  # noqa: ASYNC110  # nothing else tells of it
        await asyncio.sleep(0.01)
    follower.end()
    await tasks[0]
    tasks[1].cancel()
    await cluster.close()

    assert max(seen_in_turn.values()) <= _RECORDS


async def _publish(producer: Any, topic: str, event: str, partition: int) -> None:
    ticket = IncomingTicket(ticket_id="T", raw_message="a ticket")
    value = result(ticket).model_dump_json().encode()
    headers = [("ce_id", event.encode())]
    await producer.send_and_wait(topic, value, partition=partition, headers=headers)
