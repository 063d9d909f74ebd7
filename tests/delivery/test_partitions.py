"""What becomes of messages under way when partitions come and go."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from schemas.topics import TRIAGED
from streams import metrics
from streams.delivery.deduplication import Deduplication
from streams.delivery.entry import Partition
from streams.delivery.partitions import IDLE_SECONDS, Partitions
from streams.delivery.position import SUSPICIOUS, Left
from streams.delivery.waiting import Waiting
from streams.delivery.window import Window
from streams.settings import Settings

OURS: Partition = ("t", 0)
OTHER: Partition = ("t", 1)


class World:
    """The partitions of a stage, two of them assigned, with what it consists of."""

    def __init__(self, *, grace_seconds: float = 60.0) -> None:
        self.window, self.waiting = Window(), Waiting()
        deduplication = Deduplication(Settings(remembered=0), TRIAGED)
        self.partitions = Partitions(
            "triage", self.window, deduplication, self.waiting, grace_seconds=grace_seconds
        )
        self.partitions.assigned([OURS, OTHER], 1, {})
        for partition in (OURS, OTHER):
            self.partitions.fetched(partition, range(3), 1)

    def carries(self, partition: Partition, until: asyncio.Event) -> asyncio.Task[None]:
        """
        Return the work on a message of *partition*, which goes on *until* it is told to end.
        """

        async def works() -> None:
            await until.wait()

        task = asyncio.create_task(works())
        self.partitions.under_way(task, partition)
        return task


async def test_what_works_may_end_before_its_partition_goes() -> None:
    """
    It gets the grace time; what is of other partitions goes on.
    """
    world, done = World(), asyncio.Event()
    going, staying = world.carries(OURS, done), world.carries(OTHER, asyncio.Event())
    settling = asyncio.create_task(world.partitions.settle({OURS}))
    await asyncio.sleep(0)
    assert not settling.done()

    done.set()
    await settling

    assert not going.cancelled()
    assert not staying.done()
    assert world.window.enter(OURS, 0, 1) is None
    assert world.window.enter(OTHER, 0, 1)
    staying.cancel()


async def test_what_works_for_too_long_is_cancelled() -> None:
    """
    The grace time is over: it is done again by whoever has the partition next.
    """
    world = World(grace_seconds=0.01)
    task = world.carries(OURS, asyncio.Event())

    await world.partitions.settle()

    assert task.cancelled()


async def test_what_was_fetched_and_did_not_come_is_read_again_when_the_stage_is_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    While it works, what was fetched may still be on its way.
    """
    world, now = World(), 100.0
    monkeypatch.setattr("streams.delivery.partitions.monotonic", lambda: now)
    world.partitions.idle()
    assert world.partitions.missed() == {}
    now += IDLE_SECONDS + 0.1
    world.partitions.idle(ended=True)
    assert world.partitions.missed() == {}

    world.partitions.idle()
    now += IDLE_SECONDS + 0.1

    assert world.partitions.missed() == {OURS: 0, OTHER: 0}


def test_what_retention_took_is_counted_and_said() -> None:
    """
    How many messages nobody will ever read stands in the log and in a metric.
    """
    world, lost = World(), metrics.STAGE_LOST.labels("triage")
    before = lost._value.get()

    with capture_logs() as logged:
        world.partitions.gone(OURS, 2)
        world.partitions.gone(OURS, 2)

    assert lost._value.get() - before == 2
    assert [line["messages"] for line in logged] == [2]


def test_that_workers_died_is_said() -> None:
    """
    Whoever takes such a partition says that it goes through it one message at a time.
    """
    world = World()
    world.partitions.revoked([OURS])
    with capture_logs() as logged:
        left = {OURS: Left(1, deaths=SUSPICIOUS, end=3)}
        world.partitions.assigned([OURS], 2, left)

    (line,) = logged
    assert line["event"] == "workers died here: taking messages alone"
    assert (line["partition"], line["offset"], line["deaths"]) == (0, 1, SUSPICIOUS)
