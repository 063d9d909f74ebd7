"""
The window: when may an offset be committed?

A stage works on many messages at the same time, and they finish in any order. Kafka
remembers one offset a partition: everything before it is done. So what finishes waits
here until all before it have finished, and only then does the position move on. What is
finished behind it is noted beside it:

    offset      7      8      9      10     11
              done   done  working  done  fetched   ->  position 9, finished 10: a crash repeats 9

A message counts from the moment in which it was *fetched*, because between the fetch and the
stage Faust may drop it without a word, around a rebalance. What was fetched and then passed
over is read again; a position never moves over it. A partition that was taken away takes its
messages with it: they stay uncommitted, and whoever gets the partition next does them again.

`Lanes` keeps the messages of one ticket in the order in which they came. One that waits there
for its turn stands *aside*: it takes no place of the window, or a ticket with many messages would
hold up all others. How many do so, and how far a partition is worked on beyond a message that
does not finish, is limited for each partition: it is then `full`, and rests.

No Kafka here, and no Faust: `faust_driver.py` says what is fetched and commits what the
window says, `agents.py` takes messages in and finishes them. docs: ARCHITECTURE.md, "When an
offset is committed".
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from streams.delivery.position import Left, Position, unfinished

Partition = tuple[str, int]
"""Topic and number."""

MOST_BEHIND = 10_000
"""Messages of a partition that are finished, or in work, behind one that is not finished."""
MOST_ASIDE, MOST_BYTES_ASIDE = 1_000, 8_000_000
"""Messages of a partition, and bytes of them, that stand aside."""


def weight(value: bytes) -> int:
    """
    Return about how many bytes a message takes once it is read: from half to four times of it.

    Objects, lists and their elements take many times what they are long (measured, CPython 3.11).
    """
    elements = 200 * value.count(b"{") + 64 * value.count(b"[") + 56 * value.count(b",")
    return len(value) + elements


@dataclass(eq=False)
class Entry:
    """One message on its way through a stage."""

    partition: Partition
    offset: int
    generation: int
    finished: bool = False
    suspect: bool = False
    """Whether workers died, and this may be why: it is to be worked on alone."""
    deadly: bool = False
    """Whether two workers died with nothing else in hand."""
    read: asyncio.Event | None = None
    """Set when a suspect message has been read, and later ones may follow it."""
    size: int = 0
    """Bytes that the message takes: see `weight`."""
    aside: bool = False
    """Whether it stands aside, or did so before its turn came."""


@dataclass
class _Held:
    """A partition that is ours: its messages behind no position yet, in offset order."""

    generation: int
    position: Position | None = None
    deadly: int | None = None
    suspect_before: int = 0
    entries: deque[Entry] = field(default_factory=deque)
    outside: deque[Entry] = field(default_factory=deque)  # those that have not come in yet
    last: int = -1
    passed_over: bool = False
    committed: Position | None = None
    before_us: deque[range] = field(default_factory=deque)
    """What others have finished behind the position and we have not fetched yet."""
    aside: int = 0
    bytes_aside: int = 0
    closed: bool = False
    """Whether no message comes in any more, because the partition is given back."""

    @property
    def is_full(self) -> bool:
        taken = len(self.entries) - len(self.outside)  # those that were dropped have to come again
        aside = self.aside >= MOST_ASIDE or self.bytes_aside >= MOST_BYTES_ASIDE
        return taken >= MOST_BEHIND or aside

    def add(self, entry: Entry) -> None:
        """Expect the message of *entry*, which lies behind all others, unless it is finished."""
        if self.last < 0 and self.position and entry.offset < self.position.offset:
            self.before_us.clear()  # another log, or an operator went back: that is to be done
        while self.before_us and self.before_us[0].stop <= entry.offset:
            self.before_us.popleft()
        entry.finished = bool(self.before_us) and entry.offset in self.before_us[0]
        self.entries.append(entry)
        if not entry.finished:
            self.outside.append(entry)
        self.last = entry.offset

    def unread(self, before: int) -> int:
        """Return how many offsets before that one were neither fetched by us nor finished."""
        if self.position is None:
            return 0
        first = self.position.offset if self.last < 0 else self.last + 1
        return unfinished(range(first, before), self.before_us)

    def renew(self, generation: int) -> None:
        """Go on in another generation of the group, with what is under way."""
        self.generation = generation
        for entry in self.entries:
            entry.generation = generation

    def move_on(self) -> None:
        """Move the position behind what is finished, up to the first that is not."""
        offset = None
        while self.entries and self.entries[0].finished:
            offset = self.entries.popleft().offset + 1
        if offset is None:
            return
        if self.deadly is not None and self.deadly < offset:
            self.deadly = None
        before = self.position or Position(0)
        alone, blamed = (
            None if at is None or at < offset else at for at in (before.alone, before.blamed)
        )
        self.position = Position(offset, working=True, alone=alone, blamed=blamed)

    def finished(self) -> tuple[range, ...]:
        """Return what is finished behind the position, by others before us and by us."""
        found: list[range] = []
        adjoins = False
        for entry in self.entries:
            if entry.finished and adjoins:
                found[-1] = range(found[-1].start, entry.offset + 1)
            elif entry.finished:
                found.append(range(entry.offset, entry.offset + 1))
            adjoins = entry.finished
        for done in self.before_us:
            if done.stop > self.last + 1:
                found.append(range(max(done.start, self.last + 1), done.stop))
        return tuple(found)


class Window:
    """Which messages are under way, and up to where each partition is finished."""

    def __init__(self, size: int = 1) -> None:
        """*size*: messages that are under way together at most: so many are suspect at a time."""
        self._held: dict[Partition, _Held] = {}
        self._size = size
        self._suspects = 0

    def assign(
        self,
        partitions: Iterable[Partition],
        generation: int,
        left: Mapping[Partition, Left] = {},
    ) -> None:
        """
        Take messages of *partitions* from now on, if they are of *generation*.

        What is under way in those that were ours already goes on.

        Args:
            left: what the workers before us have left there, as far as it is known.
        """
        for partition in partitions:
            if partition in self._held:
                self._held[partition].renew(generation)
                continue
            self._held[partition] = held = _Held(generation)
            if found := left.get(partition):
                self._held[partition] = held = _Held(
                    generation,
                    found.taken(),
                    found.deadly,
                    found.suspect_before,
                    before_us=deque(found.finished),
                )
            if held.suspect_before:
                self._suspects = self._size

    def begin_anew(self, partition: Partition, offset: int) -> bool:
        """
        Forget what is under way in *partition*, and go on at *offset*. False if that is known.

        Whoever reads what was dropped once more does not go back behind the position.
        """
        held = self._held.get(partition)
        if held is None or held.closed or held.position is None or offset >= held.position.offset:
            return False
        self._held[partition] = _Held(held.generation, Position(offset, working=True))
        return True

    def close(self, partitions: Iterable[Partition] | None = None) -> None:
        """Let no message of *partitions*, or at all, come in any more."""
        for held in self._of(partitions):
            held.closed = True

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """Forget *partitions*: their messages under way will never be committed by us."""
        for partition in partitions:
            self._held.pop(partition, None)

    def fetched(self, partition: Partition, offsets: Iterable[int], generation: int) -> None:
        """Expect the messages at *offsets* (ascending): no position moves over them unfinished."""
        held = self._held.get(partition)
        if held is None or held.generation != generation:
            return
        for offset in offsets:
            if offset > held.last:  # else it is read again
                held.add(Entry(partition, offset, generation))
        held.move_on()

    def enter(self, partition: Partition, offset: int, generation: int) -> Entry | None:
        """
        Return the entry of a message to work on, or None if it must be left alone.

        That is a message of an older generation or of a partition that is not ours, one that
        has been in already, and one that comes before its turn: an earlier one was dropped,
        and both come again when `missed` has been read again.
        """
        held = self._held.get(partition)
        if held is None or held.generation != generation or held.closed or not held.outside:
            return None
        if held.outside[0].offset == offset:
            entry = held.outside.popleft()
            entry.deadly = offset == held.deadly
            if offset < held.suspect_before and self._suspects:
                self._suspects -= 1
                entry.suspect = True
            return entry
        held.passed_over |= offset > held.outside[0].offset
        return None

    def missed(self, *, all_outside: bool = False) -> dict[Partition, int]:
        """
        Return from where to read partitions again in which a message was passed over.

        Args:
            all_outside: whether whatever has not come in by now was dropped.
        """
        found = {
            partition: held.outside[0].offset
            for partition, held in self._held.items()
            if held.outside and not held.closed and (held.passed_over or all_outside)
        }
        for partition in found:
            self._held[partition].passed_over = False
        return found

    def gone(self, partition: Partition, start: int) -> int:
        """Wait no more for what lies before *start* and has not come in; say how many that are."""
        held = self._held.get(partition)
        if held is None:
            return 0
        found = held.unread(start)
        held.last = max(held.last, start - 1)
        while held.outside and held.outside[0].offset < start:
            held.outside.popleft().finished = True
            found += 1
        held.move_on()
        return found

    def unread(self, partition: Partition, before: int) -> int:
        """Return how many offsets of *partition* before that one should have come and did not."""
        held = self._held.get(partition)
        return held.unread(before) if held else 0

    def full(self) -> set[Partition]:
        """Return the partitions of which nothing more is to be fetched for now."""
        return {partition for partition, held in self._held.items() if held.is_full}

    def stand_aside(self, entry: Entry) -> None:
        """Note that *entry* takes no place from now on."""
        entry.aside = True
        self._stands(entry, 1)

    def leave(self, entry: Entry) -> None:
        """Note that nothing is done about *entry* any more, finished or not."""
        if entry.aside:
            self._stands(entry, -1)

    def _stands(self, entry: Entry, count: int) -> None:
        held = self._held.get(entry.partition)
        if held and held.generation == entry.generation:
            held.aside += count
            held.bytes_aside += count * entry.size

    def finish(self, entry: Entry) -> None:
        """Mark *entry* as finished. Without effect if its partition was taken away meanwhile."""
        entry.finished = True
        held = self._held.get(entry.partition)
        if held is None or held.generation != entry.generation:
            return
        held.move_on()

    def alone(self, entry: Entry, *, ended: bool = False) -> None:
        """
        Note that *entry* is worked on with nothing else in hand, or that this has *ended*.

        Whoever does so waits until the note is committed. Without effect if its partition was
        taken away.
        """
        held = self._held.get(entry.partition)
        if held and held.generation == entry.generation and held.position:
            held.position = replace(held.position, alone=held.deadly if ended else entry.offset)

    def rest(self, partitions: Iterable[Partition] | None = None) -> None:
        """
        Note that nothing of *partitions*, or at all, is under way any more.

        Whoever ends from now on did not die over them.
        """
        for held in self._of(partitions):
            if held.position:
                held.position = replace(held.position, working=False, alone=held.deadly)

    def positions(self) -> dict[Partition, Position]:
        """Return what to commit: the positions of which the broker knows something else."""
        at = {
            partition: replace(held.position, finished=held.finished())
            for partition, held in self._held.items()
            if held.position is not None
        }
        return {p: position for p, position in at.items() if position != self._held[p].committed}

    def committed(self, positions: Mapping[Partition, Position]) -> None:
        """Remember that the broker has *positions*, so that they are not committed again."""
        for partition, position in positions.items():
            if held := self._held.get(partition):
                held.committed = position

    def _of(self, partitions: Iterable[Partition] | None) -> list[_Held]:
        if partitions is None:
            return list(self._held.values())
        return [self._held[partition] for partition in partitions if partition in self._held]

    def __len__(self) -> int:
        """Return how many messages were fetched and are not behind a position yet."""
        return sum(len(held.entries) for held in self._held.values())


class Lanes:
    """One message of a ticket at a time, in the order in which they asked for their turn."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    def is_taken(self, ticket: Hashable) -> bool:
        """Return whether an earlier message of *ticket* is not through."""
        return ticket in self._locks

    @asynccontextmanager
    async def turn(self, ticket: Hashable) -> AsyncIterator[None]:
        """Wait until all earlier messages of *ticket* are through, then hold up later ones."""
        lock, waiting = self._locks.get(ticket, (asyncio.Lock(), 0))
        self._locks[ticket] = lock, waiting + 1
        try:
            async with lock:  # first come, first served
                yield
        finally:
            lock, waiting = self._locks[ticket]
            if waiting > 1:
                self._locks[ticket] = lock, waiting - 1
            else:
                del self._locks[ticket]
