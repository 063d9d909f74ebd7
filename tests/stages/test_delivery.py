"""The window and the lanes: whatever happens, nothing unfinished is committed."""

from __future__ import annotations

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from streams.delivery import Entry, Lanes, Partition, Window

PARTITIONS: list[Partition] = [("t", 0), ("t", 1), ("u", 0)]


class Broker(RuleBasedStateMachine):
    """
    A consumer group of one window and a world that does to it what brokers do.

    A partition's log is endless; `fetched` is how far it was read in the current
    generation, `committed` what survives a revoke.
    """

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.generation = 0
        self.owned: set[Partition] = set()
        self.fetched = dict.fromkeys(PARTITIONS, 0)
        self.committed = dict.fromkeys(PARTITIONS, 0)
        self.done: set[tuple[Partition, int]] = set()

    @rule(partitions=st.sets(st.sampled_from(PARTITIONS)))
    def rebalance(self, partitions: set[Partition]) -> None:
        """
        Kafka takes everything away and gives a part of it back, from what is committed.
        """
        self.window.revoke(PARTITIONS)
        self.generation += 1
        self.owned = partitions
        self.fetched.update({p: self.committed[p] for p in partitions})
        self.window.assign(partitions, self.generation)

    @rule(target=running, partition=st.sampled_from(PARTITIONS), skip=st.integers(0, 2))
    def deliver(self, partition: Partition, skip: int) -> Entry | None:
        """
        A message comes; compaction may have taken some before it.
        """
        offset = self.fetched[partition] + skip
        entry = self.window.enter(partition, offset, self.generation)
        assert (entry is not None) == (partition in self.owned)
        if entry is not None:
            self.done.update((partition, gone) for gone in range(offset - skip, offset))
            self.fetched[partition] = offset + 1
        return entry

    @rule(partition=st.sampled_from(PARTITIONS), behind=st.integers(0, 3))
    def deliver_stale(self, partition: Partition, behind: int) -> None:
        """
        A message of an older generation, or one that was in already, is left alone.
        """
        offset = self.fetched[partition]
        assert self.window.enter(partition, offset, self.generation - 1) is None
        if offset > self.committed[partition] and partition in self.owned:
            seen = max(self.committed[partition], offset - 1 - behind)
            assert self.window.enter(partition, seen, self.generation) is None

    @rule(entry=consumes(running))
    def finish(self, entry: Entry | None) -> None:
        """
        Work ends in any order, also that of partitions which are gone.
        """
        if entry is not None:
            self.window.finish(entry)
            if entry.generation == self.generation:
                self.done.add((entry.partition, entry.offset))

    @rule(confirmed=st.booleans())
    def commit(self, confirmed: bool) -> None:
        """
        A commit may fail; then the same positions are offered again.
        """
        positions = self.window.positions()
        if confirmed:
            self.committed.update(positions)
            self.window.committed(positions)
            assert self.window.positions() == {}
        else:
            assert self.window.positions() == positions

    @invariant()
    def nothing_unfinished_is_behind_a_position(self) -> None:
        """
        Everything before an offset that may be committed is finished.
        """
        for partition, position in self.window.positions().items():
            assert partition in self.owned
            assert position > self.committed[partition]
            for offset in range(self.committed[partition], position):
                assert (partition, offset) in self.done

    def teardown(self) -> None:
        """
        In the end, when all that runs has finished, all of it is released.
        """
        for held in self.window._held.values():
            for entry in list(held.entries):
                self.window.finish(entry)
        self.committed.update(self.window.positions())
        assert len(self.window) == 0
        for partition in self.owned:
            assert self.committed[partition] == self.fetched[partition]


Broker.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestWindow = Broker.TestCase


async def test_messages_of_one_ticket_go_one_by_one_in_order() -> None:
    """
    The second message of a ticket waits for the first; another ticket's does not.
    """
    lanes, seen = Lanes(), []
    first_may_end = asyncio.Event()

    async def carry(ticket: str, number: int, until: asyncio.Event | None = None) -> None:
        async with lanes.turn(ticket):
            seen.append((ticket, number, "in"))
            if until:
                await until.wait()
            seen.append((ticket, number, "out"))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(carry("a", 1, until=first_may_end))
        tasks.create_task(carry("a", 2))
        tasks.create_task(carry("a", 3))
        other = tasks.create_task(carry("b", 1))
        await other
        assert seen == [("a", 1, "in"), ("b", 1, "in"), ("b", 1, "out")]
        first_may_end.set()

    assert seen[3:] == [
        ("a", 1, "out"),
        ("a", 2, "in"),
        ("a", 2, "out"),
        ("a", 3, "in"),
        ("a", 3, "out"),
    ]


async def test_a_lane_is_forgotten_when_it_is_empty() -> None:
    """
    A worker that has seen a million tickets remembers none of them, also after a cancel.
    """
    lanes = Lanes()

    async def carry() -> None:
        async with lanes.turn("a"):
            await asyncio.sleep(3600)

    tasks = [asyncio.create_task(carry()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert lanes._locks == {}
