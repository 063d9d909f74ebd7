"""The window and the lanes: whatever happens, nothing unfinished is committed."""

from __future__ import annotations

import asyncio
from bisect import bisect_left

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from streams.delivery import Entry, Lanes, Partition, Window

PARTITIONS: list[Partition] = [("t", 0), ("t", 1), ("u", 0)]


class World(RuleBasedStateMachine):
    """
    A window, and what brokers and Faust do to it.

    A partition's `log` has offsets with holes in it, as compaction makes them. What is fetched
    is on its `way` to the stage, where Faust may drop it. `committed` survives a rebalance.
    """

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.generation = 0
        self.owned: set[Partition] = set()
        self.log: dict[Partition, list[int]] = {p: list(range(12)) for p in PARTITIONS}
        self.read = dict.fromkeys(PARTITIONS, 0)
        self.way: dict[Partition, list[int]] = {p: [] for p in PARTITIONS}
        self.committed = dict.fromkeys(PARTITIONS, 0)
        self.done: set[tuple[Partition, int]] = set()
        self.rebalance(set(PARTITIONS))

    @rule(partition=st.sampled_from(PARTITIONS), holes=st.lists(st.integers(1, 3), max_size=4))
    def publish(self, partition: Partition, holes: list[int]) -> None:
        """
        Messages are appended to the log; an offset may be missing between them.
        """
        for hole in holes:
            self.log[partition].append((self.log[partition] or [-1])[-1] + hole)

    @rule(partitions=st.sets(st.sampled_from(PARTITIONS)))
    def rebalance(self, partitions: set[Partition]) -> None:
        """
        Kafka takes everything away and gives a part of it back, from what is committed.
        """
        self.window.revoke(PARTITIONS)
        self.generation += 1
        self.owned = partitions
        self.window.assign(partitions, self.generation)
        for partition in PARTITIONS:
            self.way[partition].clear()
            self.read[partition] = bisect_left(self.log[partition], self.committed[partition])

    @rule(partition=st.sampled_from(PARTITIONS), count=st.integers(1, 5))
    def fetch(self, partition: Partition, count: int) -> None:
        """
        What comes next in a partition of ours is fetched.
        """
        if partition in self.owned:
            start = self.read[partition]
            found = self.log[partition][start : start + count]
            self.read[partition] += len(found)
            self.window.fetched(partition, found, self.generation)
            self.way[partition] += found

    @rule(target=running, partition=st.sampled_from(PARTITIONS))
    def deliver(self, partition: Partition) -> Entry | None:
        """
        The first message on the way arrives. It comes in if no earlier one is missing.
        """
        if not self.way[partition]:
            return None
        offset = self.way[partition].pop(0)
        entry = self.window.enter(partition, offset, self.generation)
        assert entry is None or entry.offset == offset
        return entry

    @rule(partition=st.sampled_from(PARTITIONS), count=st.integers(1, 3))
    def drop(self, partition: Partition, count: int) -> None:
        """
        Faust drops what is on the way.
        """
        del self.way[partition][:count]

    @rule(partition=st.sampled_from(PARTITIONS), offset=st.integers(0, 30))
    def stale(self, partition: Partition, offset: int) -> None:
        """
        A message or a fetch of an older generation changes nothing.
        """
        before = len(self.window)
        self.window.fetched(partition, [offset], self.generation - 1)
        assert self.window.enter(partition, offset, self.generation - 1) is None
        assert len(self.window) == before

    @rule(everything=st.booleans())
    def read_again(self, everything: bool) -> None:
        """
        What was passed over is read again from there, behind what is still on the way.
        """
        for partition, offset in self.window.missed(all_outside=everything).items():
            self.read[partition] = self.log[partition].index(offset)

    @rule(entry=consumes(running))
    def finish(self, entry: Entry | None) -> None:
        """
        Work ends in any order, also that of partitions which are gone.
        """
        if entry is not None:
            self.window.finish(entry)
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
        Every message before an offset that may be committed is finished.
        """
        for partition, position in self.window.positions().items():
            assert partition in self.owned
            assert position > self.committed[partition]
            for offset in self.log[partition]:
                assert offset >= position or (partition, offset) in self.done

    def teardown(self) -> None:
        """
        In the end, when all that can come has come and finished, all of it is released.
        """
        for held in self.window._held.values():
            for entry in [e for e in held.entries if e not in held.outside]:
                self.window.finish(entry)
        for _ in range(3):
            self.read_again(everything=True)
            for partition in self.owned:
                self.fetch(partition, len(self.log[partition]))
                while self.way[partition]:
                    offset = self.way[partition].pop(0)
                    entered = self.window.enter(partition, offset, self.generation)
                    if entered:
                        self.window.finish(entered)
        self.committed.update(self.window.positions())
        assert len(self.window) == 0
        for partition in self.owned:
            assert all(offset < self.committed[partition] for offset in self.log[partition])


World.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestWindow = World.TestCase


def test_a_message_that_was_passed_over_is_read_again() -> None:
    """
    Offset 7 was dropped on its way: 8 is not taken before it, and both are read again.
    """
    window = Window()
    window.assign([("t", 0)], generation=1)
    window.fetched(("t", 0), [7, 8], generation=1)
    assert window.missed() == {}

    assert window.enter(("t", 0), 8, generation=1) is None
    assert window.missed() == {("t", 0): 7}
    assert window.missed() == {}

    for offset in (7, 8):
        entry = window.enter(("t", 0), offset, generation=1)
        assert entry
        window.finish(entry)
    assert window.positions() == {("t", 0): 9}


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
