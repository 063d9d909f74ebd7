"""The window: whatever happens, nothing unfinished is committed."""

from __future__ import annotations

from bisect import bisect_left
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from streams.delivery.entry import Entry, Partition
from streams.delivery.position import SUSPICIOUS, Left, Position
from streams.delivery.window import Window

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
        self.committed = dict.fromkeys(PARTITIONS, Position(0))
        self.left_by_the_dead: set[Partition] = set()
        self.done: set[tuple[Partition, int]] = set()
        self.taken: set[tuple[Partition, int]] = set()
        self.rebalance(set(PARTITIONS), died=False)

    @rule(partition=st.sampled_from(PARTITIONS), holes=st.lists(st.integers(1, 3), max_size=4))
    def publish(self, partition: Partition, holes: list[int]) -> None:
        """
        Messages are appended to the log; an offset may be missing between them.
        """
        for hole in holes:
            self.log[partition].append((self.log[partition] or [-1])[-1] + hole)

    @rule(partitions=st.sets(st.sampled_from(PARTITIONS)), died=st.booleans())
    def rebalance(self, partitions: set[Partition], died: bool) -> None:
        """
        Everything is given back, or its worker died; a part of it comes, from what is committed.

        Who dies over a partition that has work is counted, who gives it back is not.
        """
        if not died:
            self.window.rest()
            self.commit(confirmed=True)
        else:
            self.left_by_the_dead |= self.owned
        left = {p: self.committed[p].as_left(self.end(p)) for p in partitions}
        for partition in partitions:
            at = self.committed[partition]
            counts = partition in self.left_by_the_dead and at.offset < self.end(partition)
            assert left[partition].deaths == at.deaths + counts
        self.window.revoke(PARTITIONS)
        self.taken.clear()
        self.finished_before: dict[Partition, set[int]] = {}
        self.go_on_with(partitions, partitions)

    @rule(lost=st.sets(st.sampled_from(PARTITIONS)), new=st.sets(st.sampled_from(PARTITIONS)))
    def share_out(self, lost: set[Partition], new: set[Partition]) -> None:
        """
        Some partitions are given back, others come; what is under way in the rest goes on.
        """
        self.window.close(lost)
        for partition in lost:
            assert self.window.enter(partition, 0, self.generation) is None
        assert not self.window.missed(all_outside=True).keys() & lost
        self.window.rest(lost)
        self.commit(confirmed=True)
        self.window.revoke(lost)
        self.taken = {(p, offset) for p, offset in self.taken if p not in lost}
        kept = self.owned - lost
        self.go_on_with(kept | new, new - kept)

    def go_on_with(self, owned: set[Partition], new: set[Partition]) -> None:
        """
        Have *owned*, of which *new* have just come. Faust drops what is on the way, and goes back.
        """
        self.generation += 1
        self.owned = owned
        left = {p: self.committed[p].as_left(self.end(p)) for p in new}
        self.left_by_the_dead -= new
        self.window.assign(owned, self.generation, left)
        self.finished_before |= {p: offsets(left[p].finished) for p in new}
        self.commit(confirmed=True)
        for partition in PARTITIONS:
            self.way[partition].clear()
            self.read[partition] = bisect_left(
                self.log[partition], self.committed[partition].offset
            )

    def end(self, partition: Partition) -> int:
        """
        Return the offset behind the last message.
        """
        return (self.log[partition] or [-1])[-1] + 1

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
        if entry:
            assert entry.offset == offset
            assert offset not in self.finished_before[partition]
            assert (partition, offset) not in self.taken
            self.taken.add((partition, offset))
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
            assert position.working
            assert position.offset >= self.committed[partition].offset
            if position.offset > self.committed[partition].offset:
                assert position.deaths == 0
            behind = offsets(position.finished)
            for offset in self.log[partition]:
                if offset < position.offset or offset in behind:
                    assert (partition, offset) in self.done

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
            assert all(offset < self.committed[partition].offset for offset in self.log[partition])


def offsets(finished: tuple[range, ...]) -> set[int]:
    """Return all offsets in *finished*."""
    return {offset for done in finished for offset in done}


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
    assert window.positions() == {("t", 0): Position(9, working=True)}


def test_what_the_log_has_no_more_is_counted_once() -> None:
    """
    The log begins at 12 now: of what lies before, others had finished 7 and 8.
    """
    window, place = Window(), ("t", 0)
    window.assign([place], 1, {place: Left(5, end=30, finished=(range(7, 9), range(14, 15)))})
    assert [window.unread(place, before) for before in (5, 6, 8, 12)] == [0, 1, 2, 5]

    assert window.gone(place, 12) == 5
    assert (window.unread(place, 12), window.gone(place, 12)) == (0, 0)

    window.fetched(place, [12, 13, 14, 15], generation=1)
    for offset in (12, 13, 15):
        entry = window.enter(place, offset, generation=1)
        assert entry
        window.finish(entry)
    assert window.positions() == {place: Position(16, working=True)}


def test_what_is_finished_behind_the_position_is_not_done_again() -> None:
    """
    A worker dies over 7 and 10 of six messages: the next one does these two, and no other.
    """
    place: Partition = ("t", 0)
    window = Window()
    window.assign([place], 1, {place: Position(7).as_left(13)})
    window.fetched(place, range(7, 13), 1)
    entries = [window.enter(place, offset, 1) for offset in range(7, 13)]
    for entry in entries:
        assert entry
        if entry.offset not in (7, 10):
            window.finish(entry)
    committed = Position.from_commit(7, window.positions()[place].metadata)
    assert committed.finished == (range(8, 10), range(11, 13))

    after = Window()
    after.assign([place], 2, {place: committed.as_left(13)})
    assert after.positions()[place].finished == committed.finished
    after.fetched(place, range(7, 10), 2)
    after.fetched(place, range(10, 13), 2)
    again = [entry for offset in range(7, 13) if (entry := after.enter(place, offset, 2))]
    assert [entry.offset for entry in again] == [7, 10]
    assert after.positions()[place].finished == committed.finished
    after.finish(again[1])
    assert after.positions()[place].finished == (range(8, 13),)
    after.finish(again[0])
    assert after.positions()[place] == Position(13, working=True)


def test_what_was_finished_of_another_log_does_not_count() -> None:
    """
    Who goes back behind the position, by an operator's hand, finds everything to be done.
    """
    place: Partition = ("t", 0)
    window = Window()
    window.assign([place], 1, {place: Position(7, finished=(range(8, 10),)).as_left(12)})
    window.fetched(place, range(12), 1)

    assert all(window.enter(place, offset, 1) for offset in range(12))


@given(
    log=st.lists(st.booleans(), min_size=1, max_size=40),
    size=st.integers(1, 8),
    random=st.randoms(use_true_random=False),
)
def test_what_kills_workers_is_found_and_nothing_else_is_blamed(
    log: list[bool], size: int, random: Random
) -> None:
    """
    Of a log in which some messages kill whoever works on them, exactly those become dead letters.

    A life takes up to *size* messages at once, which finish in any order, until one kills it. Now
    and then somebody else kills it, while it tries an innocent one; not twice over the same.
    """
    place: Partition = ("t", 0)
    committed, letters, done = Position(0), set[int](), set[int]()
    unlucky = set[int]()

    def live(window: Window) -> None:
        nonlocal committed

        def commit() -> None:
            nonlocal committed
            positions = window.positions()
            committed = positions.get(place, committed)
            window.committed(positions)

        commit()
        under_way: list[Entry] = []
        for offset in range(committed.offset, len(log)):
            entry = window.enter(place, offset, 1)
            assert entry
            if entry.deadly:
                letters.add(offset)
            elif entry.suspect:
                assert not under_way
                window.alone(entry)
                commit()
                if log[offset]:
                    raise _Died
                if offset not in unlucky and random.random() < 0.3:
                    unlucky.add(offset)
                    raise _Died
                window.alone(entry, ended=True)
                commit()
            elif log[offset]:
                raise _Died
            else:
                under_way.append(entry)
                while len(under_way) >= size or (under_way and random.random() < 0.5):
                    window.finish(under_way.pop(random.randrange(len(under_way))))
                    done.add(offset)
                continue
            window.finish(entry)
            if random.random() < 0.5:
                commit()
        for entry in under_way:
            window.finish(entry)
        commit()

    for _life in range((SUSPICIOUS + 4) * (len(log) + 1)):
        window = Window(size)
        window.assign([place], 1, {place: committed.as_left(len(log))})
        window.fetched(place, range(committed.offset, len(log)), 1)
        try:
            live(window)
            break
        except _Died:
            continue
    assert committed.offset == len(log)
    assert letters == {offset for offset, kills in enumerate(log) if kills}


class _Died(Exception):
    """A worker ends with whatever it had not committed."""
