"""The consumer's thread: what it fetches, what it is asked, and how it ends."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import GroupAuthorizationFailedError, RequestTimedOutError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.threads import ServiceThread, WorkerThread
from structlog.testing import capture_logs

from streams.delivery.position import Position
from streams.settings import Settings
from tests.support.stages import (
    all_done,
    eventually,
    publish,
    running,
    ticket,
)


def test_the_fetch_wait_is_where_we_set_it() -> None:
    """
    aiokafka reads the wait from the attribute that we change.
    """
    assert "_fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer.start)


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


async def test_to_go_back_to_what_is_committed_is_no_new_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Faust seeks there when a rebalance came into a fetch. What was read since comes once more;
    the log has not lost its end.
    """

    async def nothing(_: object) -> bool:
        return False

    async def are_done(count: int) -> None:
        async def enough() -> bool:
            done: int = sum(at.offset for at in consumer._delivery.positions().values())
            return done == count

        await eventually(enough)

    async with running(settings) as agent:
        consumer = agent.app.consumer
        await publish(settings, *(ticket(n) for n in range(10)))
        await all_done(settings, 10)
        await consumer.force_commit()
        monkeypatch.setattr(consumer, "_commit", nothing)
        await publish(settings, *(ticket(n) for n in range(10, 40)))
        await are_done(40)

        with capture_logs() as logs:
            await consumer.perform_seek()
            await publish(settings, *(ticket(n) for n in range(40, 60)))
            await are_done(60)
        monkeypatch.undo()

    assert not [line for line in logs if "lost its end" in line["event"]]


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


async def test_commits_that_fail_again_and_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The log has each error once in a while, and then says how many it has passed over.
    """
    async with running(settings) as agent:
        thread = agent.app.consumer._thread
    now, fails = 0.0, iter([*[GroupAuthorizationFailedError] * 3, RequestTimedOutError] * 2)

    class Refusing:
        async def commit(self, _: object) -> None:
            raise next(fails)

    monkeypatch.setattr(thread, "_ensure_consumer", Refusing)
    monkeypatch.setattr("streams.faust_driver.consumer_thread.time.monotonic", lambda: now)
    with capture_logs() as logs:
        for now in (100.0, 100.5, 101.0, 101.5, 130.5, 131.0, 131.5, 132.0):  # noqa: B007  # read above
            assert await thread._commit({TP("t", 0): Position(1)}) is False

    assert [(line["error"], line["passed_over"]) for line in logs] == [
        ("GroupAuthorizationFailedError", 0),
        ("RequestTimedOutError", 0),
        ("GroupAuthorizationFailedError", 2),
        ("RequestTimedOutError", 0),
    ]
