"""The backlog of a partition, from what the window and the consumer know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.delivery.backlog import BacklogReader, PartitionBacklog
from streams.delivery.entry import Partition
from streams.delivery.position import Left
from streams.delivery.window import Window

PLACE: Partition = ("t", 3)


class World:
    """A partition of ten messages, published a second apart from 1000 on; it is 1060 now."""

    def __init__(self) -> None:
        self.window, self.end, self.now = Window(), 10, 1060.0
        self.window.assign([PLACE], 1, {PLACE: Left(0, end=10)})
        self.commits()
        self._reader = BacklogReader(self.window, self._ends, now=lambda: self.now)

    def _ends(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        return dict.fromkeys(partitions, self.end)

    def fetches(self, *offsets: int) -> None:
        """Fetch the messages at *offsets*."""
        self.window.fetched(PLACE, offsets, 1, [1000.0 + offset for offset in offsets])

    def finishes(self, *offsets: int) -> None:
        """Take and finish the messages at *offsets*, which come next."""
        for offset in offsets:
            entry = self.window.enter(PLACE, offset, 1)
            assert entry
            self.window.finish(entry)

    def commits(self) -> None:
        """Commit what may be."""
        self.window.committed(self.window.positions())

    @property
    def backlog(self) -> PartitionBacklog:
        """The backlog of the partition."""
        (found,) = self._reader.read()
        return found


def test_what_is_not_committed_lags() -> None:
    """
    A message counts until its offset is committed; its age ends when it is finished.
    """
    world = World()
    world.fetches(*range(10))
    assert world.backlog == PartitionBacklog(3, lag=10, oldest_seconds=60.0)

    world.finishes(0, 1, 2)
    assert world.backlog == PartitionBacklog(3, lag=10, oldest_seconds=57.0)
    world.commits()
    assert world.backlog == PartitionBacklog(3, lag=7, oldest_seconds=57.0)

    world.finishes(*range(3, 10))
    world.commits()
    assert world.backlog == PartitionBacklog(3, lag=0, oldest_seconds=0.0)


def test_one_slow_message_is_the_oldest() -> None:
    """
    What is finished behind it still lags, and the age is that of the slow one.
    """
    world = World()
    world.fetches(*range(10))
    slow = world.window.enter(PLACE, 0, 1)
    assert slow
    world.finishes(*range(1, 10))
    world.commits()

    assert world.backlog == PartitionBacklog(3, lag=10, oldest_seconds=60.0)


def test_what_was_not_fetched_ages_from_when_it_was_seen() -> None:
    """
    Its own time is not known before it is fetched.
    """
    world = World()
    assert world.backlog == PartitionBacklog(3, lag=10, oldest_seconds=0.0)
    world.now += 30
    assert world.backlog == PartitionBacklog(3, lag=10, oldest_seconds=30.0)

    world.fetches(*range(10))
    world.finishes(*range(10))
    world.commits()
    assert world.backlog == PartitionBacklog(3, lag=0, oldest_seconds=0.0)
    world.end, world.now = 11, world.now + 30
    assert world.backlog == PartitionBacklog(3, lag=1, oldest_seconds=0.0)


def test_messages_without_a_time_have_the_age_since_they_were_seen() -> None:
    """
    A clock that runs ahead makes no age below zero.
    """
    world = World()
    world.window.fetched(PLACE, [0], 1, [None])
    assert world.backlog.oldest_seconds == 0.0
    world.now += 5
    assert world.backlog.oldest_seconds == 5.0

    ahead = World()
    ahead.window.fetched(PLACE, [0], 1, [5000.0])
    assert ahead.backlog.oldest_seconds == 0.0


def test_a_partition_that_went_is_not_shown() -> None:
    """
    Its next owner shows it.
    """
    world = World()
    world.fetches(0)
    world.window.revoke([PLACE])

    assert world.window.uncommitted() == {}
