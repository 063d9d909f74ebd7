"""Groups of several workers; those that keep their name over restarts (static membership)."""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance, GroupCoordinator
from aiokafka.errors import UnknownError, for_code
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient, ConsumerGroupDescription, NewPartitions
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from schemas import IncomingTicket, TriagedTicket
from schemas.topics import INCOMING, TRIAGED
from streams.agents import Agent
from streams.backends.kafka import connection, names
from streams.faust_driver import app
from streams.faust_driver.group_member import BESIDE, FENCED_INSTANCE_ID
from streams.settings import Settings
from tests.support.kafka import Broker
from tests.support.process import ticketstream
from tests.support.stages import committed, eventually, publish, read, running, ticket, triaged

real = pytest.mark.parametrize(
    "session_kafka", [pytest.param("kafka", marks=pytest.mark.real)], indirect=True
)
"""For groups of several members, which the embedded broker does not have."""
SLOW = """
import asyncio, sys
from streams import pipeline

async def triage(ticket, **parts):
    print("has a ticket", file=sys.stderr, flush=True)
    await asyncio.sleep(3600)
pipeline.triage = triage

from streams.cli.main import main
main()
"""
"""A worker that has its tickets in hand for as long as it may, and says so."""
ALL_DAY = 1_800.0
"""Seconds of a session that no test waits for."""


def named(settings: Settings, name: str = "one", **more: object) -> Settings:
    """Return *settings* of the worker *name*."""
    return settings.model_copy(update={"instance_id": name, **more})


async def out(settings: Settings, count: int) -> set[bytes]:
    """Return the keys of what triage made, once there are *count* of them."""
    return {record.key for record in await read(settings, TRIAGED, count)}


async def everybody_has_some(settings: Settings, count: int) -> None:
    """Return when the group has *count* members, and each has partitions."""

    async def have() -> bool:
        members = (await described(settings)).members
        return len(members) == count and all(m.assignment.topic_partitions for m in members)

    await eventually(have)


async def joining(settings: Settings) -> None:
    """Return when the group waits for all its members to join."""

    async def waits() -> bool:
        state: ConsumerGroupState = (await described(settings)).state
        return state is ConsumerGroupState.PREPARING_REBALANCING

    await eventually(waits)


@asynccontextmanager
async def waiting_for_the_dead(settings: Settings, session: float) -> AsyncIterator[Agent]:
    """Yield a worker whose group waits for one that died, for its *session*; a third one joins."""
    long = settings.model_copy(update={"session_seconds": session})
    async with running(long) as agent:
        with ticketstream("worker", "--stage", "triage", settings=long) as dies:
            await everybody_has_some(settings, 2)
            dies.kill()
            dies.wait()
        with ticketstream("worker", "--stage", "triage", settings=long):
            await joining(settings)
            yield agent


async def described(settings: Settings) -> ConsumerGroupDescription:
    """Return the group as the broker describes it."""
    group = names.group(settings, "triage")
    with AdminClient({"bootstrap.servers": settings.kafka_brokers, "log_level": 0}) as admin:
        found = admin.describe_consumer_groups([group])[group]
        description: ConsumerGroupDescription = await asyncio.to_thread(found.result)
    return description


async def until_it_says(worker: subprocess.Popen[str], what: str) -> str:
    """Return the line of *worker*'s log that has *what*."""

    def line() -> str:
        assert worker.stderr
        return next(said for said in worker.stderr if what in said)

    return await asyncio.to_thread(line)


@real
async def test_who_falls_out_while_it_lets_go_gives_back_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What it was to keep is another's now, so it does not go on with that.
    """
    async with running(settings) as agent:
        thread = agent.app.consumer._thread
        coordinator = thread._consumer._coordinator
        let_go, revoke = coordinator.let_go, thread.on_partitions_revoked
        had, revoked = agent.app.consumer.assignment(), list[set[TP]]()

        async def falls_out(partitions: set[TopicPartition]) -> None:
            await let_go(partitions)
            coordinator.reset_generation()

        async def noted(partitions: set[TP]) -> None:
            revoked.append(set(partitions))
            await revoke(partitions)

        monkeypatch.setattr(coordinator, "let_go", falls_out)
        monkeypatch.setattr(thread, "on_partitions_revoked", noted)
        async with running(settings):
            await everybody_has_some(settings, 2)
            monkeypatch.undo()

        assert revoked[0] == had


async def test_who_fell_out_of_the_group_claims_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Others may have its partitions already: they would be nobody's until it had given them back.
    """
    async with running(settings) as agent:
        thread = agent.app.consumer._thread
        coordinator = thread._consumer._coordinator
        (assignor,) = coordinator._assignors
        metadata, claims = assignor.metadata, list[object]()

        def noted(topics: object) -> Any:
            said = metadata(topics)
            claims.append(json.loads(said.user_data))
            return said

        async def has_joined() -> bool:
            return bool(claims)

        assert json.loads(metadata([]).user_data)
        monkeypatch.setattr(assignor, "metadata", noted)
        thread.thread_loop.call_soon_threadsafe(coordinator.reset_generation)
        await eventually(has_joined)

        assert not claims[0]
        await publish(settings, ticket(1))
        assert await out(settings, 1) == {b"T-1"}


@real
async def test_workers_that_are_asked_to_end_together_end(settings: Settings) -> None:
    """
    One of them learns that the other has left while it gives back what it has in hand.
    """
    sent = [ticket(n) for n in range(40)]
    command = ("worker", "--stage", "triage")
    long = settings.model_copy(update={"grace_seconds": 6})
    with (
        ticketstream(*command, settings=long, stderr=subprocess.PIPE, program=SLOW) as slow,
        ticketstream(*command, settings=long, stderr=subprocess.PIPE) as quick,
    ):
        for worker in (slow, quick):
            await until_it_says(worker, "worker started")
        await publish(settings, *sent)
        await until_it_says(slow, "has a ticket")
        await out(settings, 1)
        for worker in (quick, slow):
            worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(quick.wait, 60) == 0
        assert await asyncio.to_thread(slow.wait, 60) == 0
    with ticketstream(*command, settings=settings):
        assert await out(settings, 40) == {key for key, _, _ in sent}


@real
async def test_work_goes_on_while_a_worker_joins(settings: Settings) -> None:
    """
    What a worker has in hand is not let go for one that comes, but where its partition moves.
    """
    done = asyncio.Event()
    taken: Counter[str] = Counter()

    async def slow(ticket: IncomingTicket) -> TriagedTicket:
        taken[ticket.ticket_id] += 1
        await done.wait()
        return await triaged(ticket)

    async def all_taken() -> bool:
        return len(taken) == 40

    sent = [ticket(n) for n in range(40)]
    own = settings.model_copy(update={"grace_seconds": 1.0})
    async with running(own, slow) as first:
        await publish(settings, *sent)
        await eventually(all_taken)
        async with running(own):

            async def what_moves_is_out() -> bool:
                moved = {record.key for record in await read(settings, TRIAGED, 1)}
                return len(moved) == 40 - len(first.partitions._tasks)

            await eventually(what_moves_is_out)
            assert first.partitions._tasks
            done.set()

            assert Counter(r.key for r in await read(settings, TRIAGED, 40)) == Counter(
                key for key, _, _ in sent
            )
    assert taken.total() == 40


@real
async def test_nobody_waits_for_the_dead(settings: Settings) -> None:
    """
    While the group waits for the session of a worker that died, the others publish and commit.
    """
    async with waiting_for_the_dead(settings, ALL_DAY):
        await publish(settings, *(ticket(n) for n in range(40)))
        found = await read(settings, TRIAGED, 10)

        async def are_committed() -> bool:
            return await committed(settings) == len(found)

        await eventually(are_committed)
        await joining(settings)
    assert 0 < len(found) < 40


@real
async def test_who_ends_while_its_group_waits_for_another_ends_at_once(settings: Settings) -> None:
    """
    It does not wait for the session of one that died, and leaves; the rest goes to who stays.
    """
    async with waiting_for_the_dead(settings, 20.0) as ends:
        async with asyncio.timeout(10):
            await ends.app.stop()
        await publish(settings, *(ticket(n) for n in range(40)))

        assert len(await out(settings, 40)) == 40


@real
async def test_who_is_refused_by_its_group_says_so_and_tries_again(settings: Settings) -> None:
    """
    Where others of another kind are in the group, nothing can be shared out until they have left.
    """
    other = AIOKafkaConsumer(
        names.topic(settings, INCOMING),
        **connection.options(settings),
        group_id=names.group(settings, "triage"),
    )
    await other.start()
    try:
        with ticketstream(
            "worker", "--stage", "triage", settings=settings, stderr=subprocess.PIPE
        ) as worker:
            said = await until_it_says(worker, "cannot take part in the group")
            assert "InconsistentGroupProtocolError" in said
            await other.stop()
            await publish(settings, ticket(1))

            assert await out(settings, 1) == {b"T-1"}
    finally:
        await other.stop()


@real
async def test_who_is_killed_gets_its_partitions_back_at_once(settings: Settings) -> None:
    """
    A worker that is started again under its name waits for no session to end, and loses nothing.
    """
    one, two = (named(settings, name, session_seconds=ALL_DAY) for name in ("one", "two"))
    command = ("worker", "--stage", "triage")
    sent = [ticket(n) for n in range(60)]
    with ticketstream(*command, settings=two):
        with ticketstream(*command, settings=one) as killed:
            await publish(settings, *sent[:20])
            await out(settings, 20)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            await publish(settings, *sent[20:40])
        with ticketstream(*command, settings=one):
            await publish(settings, *sent[40:])

            assert await out(settings, 60) == {key for key, _, _ in sent}


@real
async def test_who_is_killed_while_it_gives_partitions_up_and_comes_back(
    settings: Settings,
) -> None:
    """
    It is given the same as before, and what it was to give up goes to the other one all the same.
    """
    one, two = (
        named(settings, name, session_seconds=ALL_DAY, grace_seconds=20.0)
        for name in ("one", "two")
    )
    command = ("worker", "--stage", "triage")
    sent = [ticket(n) for n in range(40)]

    async def are_two() -> bool:
        return len((await described(settings)).members) == 2

    with ticketstream(*command, settings=one, stderr=subprocess.PIPE, program=SLOW) as killed:
        await until_it_says(killed, "worker started")
        await publish(settings, *sent)
        await until_it_says(killed, "has a ticket")
        with ticketstream(*command, settings=two):
            await eventually(are_two)
            await asyncio.sleep(2 * app.HEARTBEAT_SECONDS)
            killed.kill()
            killed.wait()
            with ticketstream(*command, settings=one):
                assert await out(settings, 40) == {key for key, _, _ in sent}


@real
async def test_of_two_with_the_same_name_the_older_one_ends_and_says_why(
    settings: Settings,
) -> None:
    """
    It does not take its name back, and what it had in hand is done by the other one.
    """
    own = named(settings)
    sent = [ticket(n) for n in range(40)]
    with ticketstream("worker", "--stage", "triage", settings=own, stderr=subprocess.PIPE) as older:
        await publish(settings, *sent[:20])
        await out(settings, 20)
        with ticketstream("worker", "--stage", "triage", settings=own) as newer:
            _, said = await asyncio.to_thread(older.communicate, timeout=40)
            await publish(settings, *sent[20:])

            assert await out(settings, 40) == {key for key, _, _ in sent}
            assert newer.poll() is None

    assert older.returncode == 1
    assert "another process has come with the instance_id one" in said


@real
async def test_who_was_away_for_longer_than_its_session_takes_part_again(
    settings: Settings,
) -> None:
    """
    A worker that was frozen and then goes on was replaced by nobody, so it is a member again.
    """
    sent = [ticket(n) for n in range(40)]
    with ticketstream("worker", "--stage", "triage", settings=named(settings)) as worker:
        await publish(settings, *sent[:20])
        await out(settings, 20)
        worker.send_signal(signal.SIGSTOP)
        await asyncio.sleep(1.5 * settings.session_seconds)
        worker.send_signal(signal.SIGCONT)
        await publish(settings, *sent[20:])

        assert await out(settings, 40) == {key for key, _, _ in sent}
        assert worker.poll() is None


@real
async def test_a_restarted_leader_sees_partitions_that_are_added(
    settings: Settings, brokers: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Kafka does not tell it that it leads its group; it looks for new partitions all the same.
    """
    monkeypatch.setattr(app, "METADATA_AGE_MS", 300)
    own = named(settings, session_seconds=ALL_DAY)
    async with running(own):
        await publish(settings, ticket(0))
        await out(settings, 1)
    async with running(own):
        await publish(settings, ticket(1))
        await out(settings, 2)
        topic = names.topic(settings, INCOMING)
        with AdminClient({"bootstrap.servers": brokers.brokers}) as admin:
            grown = admin.create_partitions([NewPartitions(topic, 40)])[topic]
            await asyncio.to_thread(grown.result)
        sent = [ticket(n) for n in range(2, 80)]
        await publish(settings, *sent)

        assert {key for key, _, _ in sent} <= await out(settings, 80)


async def test_a_name_works_on_any_kafka(settings: Settings) -> None:
    """
    A worker with a name that stops and starts again goes on where it was.
    """
    own = named(settings)
    for start in (0, 20):
        async with running(own):
            await publish(settings, *(ticket(n) for n in range(start, start + 20)))
            assert len(await out(settings, start + 20)) == start + 20


# The parts of aiokafka that a member reaches into are still what they were.


def test_a_static_member_is_where_we_look_for_it() -> None:
    """
    The name reaches the broker, nobody leaves under it, and every join goes through our requests.
    """
    created = inspect.getsource(driver.AIOKafkaConsumerThread._create_worker_consumer)
    assert "group_instance_id=conf.consumer_group_instance_id" in created
    leaving = inspect.getsource(GroupCoordinator._maybe_leave_group)
    assert "self._group_instance_id is None" in leaving
    joining = inspect.getsource(CoordinatorGroupRebalance)
    assert joining.count("self._coordinator._group_instance_id") == 3
    assert joining.count("self._coordinator._send_req(request)") == 2
    assert "self._group_subscription is not None" in inspect.getsource(
        GroupCoordinator._handle_metadata_update
    )


def test_a_member_joins_where_we_go_on_with_our_work() -> None:
    """
    aiokafka prepares a join, joins, and takes what comes of it, all through what we override.
    """
    joining = inspect.getsource(GroupCoordinator.ensure_active_group)
    assert "await self._on_join_prepare(prev_assignment)" in joining
    assert "success = await self._do_rejoin_group(subscription)" in joining
    assert "await self._on_join_complete(" in inspect.getsource(GroupCoordinator._do_rejoin_group)
    rebalance = inspect.getsource(CoordinatorGroupRebalance)
    assert "assignor.metadata(topics)" in rebalance
    assert "self._coordinator.reset_generation()" in rebalance
    assert "assignors=self._partition_assignment_strategy" in inspect.getsource(
        AIOKafkaConsumer.start
    )


def test_a_commit_goes_where_we_send_it() -> None:
    """
    Commits and leaving go through _send_req; a connection is known by its node and any group.
    """
    assert "await self._send_req(request)" in inspect.getsource(GroupCoordinator._do_commit_offsets)
    assert "await self._send_req(request)" in inspect.getsource(GroupCoordinator._maybe_leave_group)
    assert "conn_id = (node_id, group)" in inspect.getsource(AIOKafkaClient._get_conn)
    assert BESIDE not in set(ConnectionGroup)


def test_aiokafka_does_not_know_that_a_member_was_replaced() -> None:
    """
    When it does, what we do instead can go.
    """
    assert for_code(FENCED_INSTANCE_ID) is UnknownError
