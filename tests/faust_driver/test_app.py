"""The parts of Faust and aiokafka that we reach into are still what they were."""

from __future__ import annotations

import asyncio
import inspect
import threading
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance, GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import UnknownError, for_code
from faust.app.base import App
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.threads import QueueServiceThread, ServiceThread, WorkerThread

from schemas.topics import TRIAGED
from streams.delivery.position import Position
from streams.faust_driver.group_member import BESIDE, FENCED_INSTANCE_ID
from streams.settings import Settings
from tests.support.stages import (
    all_done,
    committed,
    eventually,
    publish,
    read,
    running,
    ticket,
)


@pytest.mark.parametrize(
    ("package", "known"),
    [("faust-streaming", "0.15.3"), ("mode-streaming", "0.7.1"), ("aiokafka", "0.14.0")],
)
def test_versions_are_the_ones_that_were_read(package: str, known: str) -> None:
    """
    A new version is read and measured before anybody relies on it.
    """
    assert version(package) == known


@pytest.mark.parametrize(
    ("owner", "method", "parameters"),
    [
        (driver.AIOKafkaConsumerThread, "_create_consumer", ["self", "loop"]),
        (driver.AIOKafkaConsumerThread, "_commit", ["self", "offsets"]),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer", ["self"]),
        (driver.AIOKafkaConsumerThread, "on_start", ["self"]),
        (GroupCoordinator, "fetch_committed_offsets", ["self", "partitions"]),
        (GroupCoordinator, "reset_generation", ["self"]),
        (GroupCoordinator, "_do_rejoin_group", ["self", "subscription"]),
        (GroupCoordinator, "_send_req", ["self", "request"]),
        (GroupCoordinator, "_on_join_prepare", ["self", "previous_assignment"]),
        (
            GroupCoordinator,
            "_on_join_complete",
            ["self", "generation", "member_id", "protocol", "member_assignment_bytes"],
        ),
        (GroupCoordinator, "_push_error_to_user", ["self", "exc"]),
        (GroupCoordinator, "_start_heartbeat_task", ["self"]),
        (GroupCoordinator, "request_rejoin", ["self"]),
        (AIOKafkaClient, "send", ["self", "node_id", "request", "group"]),
        (SubscriptionState, "begin_reassignment", ["self"]),
        (GroupCoordinator, "_get_metadata_snapshot", ["self"]),
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (driver.Consumer, "_commit", ["self", "offsets"]),
        (driver.Consumer, "close", ["self"]),
        (QueueServiceThread, "call_thread", ["self", "fun", "args", "kwargs"]),
        (driver.AIOKafkaConsumerThread, "on_thread_stop", ["self"]),
        (Consumer, "force_commit", ["self", "topics", "start_new_transaction"]),
        (Consumer, "wait_first", ["self", "coros", "timeout"]),
        (Consumer, "wait_empty", ["self"]),
        (Consumer, "on_partitions_revoked", ["self", "revoked"]),
        (Consumer, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (driver.Consumer, "verify_event_path", ["self", "now", "tp"]),
        (App, "_new_transport", ["self"]),
        (App, "_create_directories", ["self"]),
    ],
)
def test_what_we_override_is_there(owner: type, method: str, parameters: list[str]) -> None:
    """
    An override that overrides nothing any more would be silent, and lose tickets.
    """
    assert list(inspect.signature(getattr(owner, method)).parameters) == parameters


def test_faust_commits_and_waits_through_what_we_override() -> None:
    """
    Every way to a commit leads through force_commit, every wait through wait_empty.
    """
    assert "self.force_commit(" in inspect.getsource(Consumer.commit)
    assert "await self.commit()" in inspect.getsource(Consumer._commit_handler.fun)
    assert "consumer.wait_empty()" in inspect.getsource(App._consumer_wait_empty)
    assert "self._consumer_wait_empty" in inspect.getsource(App._stop_consumer)


def test_the_fetch_wait_is_where_we_set_it() -> None:
    """
    aiokafka reads the wait from the attribute that we change.
    """
    assert "_fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer.start)


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


def test_a_thread_is_waited_for_where_we_do_it() -> None:
    """
    mode stops the service, then waits for its thread: what we do the same, but for the waiting.
    """
    source = inspect.getsource(ServiceThread.stop)
    assert source.count("await super().stop()") == source.count("self._thread.stop()") == 1


async def test_the_loop_goes_on_while_the_consumers_thread_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The thread may need it: in a rebalance it waits until its partitions were given back.
    """
    served = threading.Event()
    waits: list[bool] = []
    stop = WorkerThread.stop

    def needs_the_loop(thread: WorkerThread) -> None:
        loop.call_soon_threadsafe(served.set)
        waits.append(served.wait(10))
        stop(thread)

    loop = asyncio.get_running_loop()
    async with running(settings):
        monkeypatch.setattr(WorkerThread, "stop", needs_the_loop)

    assert waits
    assert all(waits)


async def test_what_is_fetched_in_the_middle_of_a_rebalance_is_fetched_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The window does not know that assignment yet, so nothing of it may have been read.
    """
    fetch, fetched = driver.AIOKafkaConsumerThread._fetch_records, 0

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal fetched
        records = await fetch(*args, **options)
        fetched += sum(map(len, records.values()))
        return records

    async def has_fetched() -> bool:
        return fetched >= 20

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", counted)
    async with running(settings) as agent:
        thread = agent.app.consumer._thread
        known, thread._known = thread._known, object()
        await publish(settings, *(ticket(n) for n in range(20)))
        await eventually(has_fetched)
        thread._known = known

        await all_done(settings, 20)


async def test_what_is_given_back_is_committed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Not only sometime: whoever has a partition next begins where the commit says.
    """

    async def never(_: Consumer) -> None:
        return

    monkeypatch.setattr(Consumer, "commit", never)  # it comes every half second
    async with running(settings) as agent:
        await publish(settings, *(ticket(n) for n in range(5)))
        await read(settings, TRIAGED, 5)
        assert await committed(settings) == 0
        await agent.app.consumer.let_go(agent.app.consumer.assignment())

        assert await committed(settings) == 5


async def test_how_a_partition_was_left_is_read_when_it_comes_back(settings: Settings) -> None:
    """
    Others may have finished messages, or died, while they had it.
    """
    async with running(settings) as agent:
        thread = agent.app.consumer._thread
        mine = agent.app.consumer.assignment()
        (tp, *others) = sorted(mine)
        await thread.call_thread(thread.on_partitions_revoked, {tp})
        await thread.call_thread(thread.on_partitions_assigned, mine, thread._generation)

        assert set(thread.left) == {(tp.topic, tp.partition)}
        assert others


async def test_what_is_asked_of_a_thread_that_ends(settings: Settings) -> None:
    """
    Who waits for it is told so, and a rebalance or a commit that waits is not cancelled with it.
    """
    async with running(settings) as agent:
        consumer = agent.app.consumer
        thread = consumer._thread
        never = asyncio.create_task(thread.call_thread(asyncio.Event().wait))
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        await never
    with pytest.raises(asyncio.CancelledError):
        await thread.call_thread(asyncio.sleep, 0)
    assert await consumer._commit({TP("t", 0): Position(1)}) is False
    assert await consumer._starts([TP("t", 0)]) == {}


async def test_a_rebalance_while_a_worker_ends(settings: Settings) -> None:
    """
    Faust would close the consumer from another loop then: it would neither leave nor be closed.
    """
    async with running(settings) as agent:
        client = agent.app.consumer._thread._consumer._client
        agent.app._on_rebalance_when_stopped()
        assert any(connection.connected() for connection in client._conns.values())

    assert not any(connection.connected() for connection in client._conns.values())


def test_aiokafka_does_not_know_that_a_member_was_replaced() -> None:
    """
    When it does, what we do instead can go.
    """
    assert for_code(FENCED_INSTANCE_ID) is UnknownError
