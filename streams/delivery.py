"""
The window: when may an offset be committed?

A stage works on many messages at the same time, and they finish in any order. Kafka
remembers one offset a partition: everything before it is done. So what finishes waits
here until all before it have finished, and only then does the position move on:

    offset      7      8      9      10     11
              done   done  working  done  fetched   ->  position 9: a crash repeats 9 and 10

A message counts from the moment in which it was *fetched*, because between the fetch and the
stage Faust may drop it without a word, around a rebalance. What was fetched and then passed
over is read again; a position never moves over it. A partition that was taken away takes its
messages with it: they stay uncommitted, and whoever gets the partition next does them again.

`Lanes` keeps the messages of one ticket in the order in which they came.

No Kafka here, and no Faust: `faust_driver.py` says what is fetched and commits what the
window says, `agents.py` takes messages in and finishes them. docs: ARCHITECTURE.md, "When an
offset is committed".
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Partition = tuple[str, int]
"""Topic and number."""


@dataclass(eq=False)
class Entry:
    """One message on its way through a stage."""

    partition: Partition
    offset: int
    generation: int
    finished: bool = False


@dataclass
class _Held:
    """A partition that is ours: its messages behind no position yet, in offset order."""

    generation: int
    entries: deque[Entry] = field(default_factory=deque)
    outside: deque[Entry] = field(default_factory=deque)  # those that have not come in yet
    last: int = -1
    passed_over: bool = False
    position: int | None = None
    committed: int | None = None


class Window:
    """Which messages are under way, and up to where each partition is finished."""

    def __init__(self) -> None:
        self._held: dict[Partition, _Held] = {}

    def assign(self, partitions: Iterable[Partition], generation: int) -> None:
        """Take messages of *partitions* from now on, if they are of *generation*."""
        for partition in partitions:
            self._held[partition] = _Held(generation)

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
                entry = Entry(partition, offset, generation)
                held.entries.append(entry)
                held.outside.append(entry)
                held.last = offset

    def enter(self, partition: Partition, offset: int, generation: int) -> Entry | None:
        """
        Return the entry of a message to work on, or None if it must be left alone.

        That is a message of an older generation or of a partition that is not ours, one that
        has been in already, and one that comes before its turn: an earlier one was dropped,
        and both come again when `missed` has been read again.
        """
        held = self._held.get(partition)
        if held is None or held.generation != generation or not held.outside:
            return None
        if held.outside[0].offset == offset:
            return held.outside.popleft()
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
            if held.outside and (held.passed_over or all_outside)
        }
        for partition in found:
            self._held[partition].passed_over = False
        return found

    def finish(self, entry: Entry) -> None:
        """Mark *entry* as finished. Without effect if its partition was taken away meanwhile."""
        entry.finished = True
        held = self._held.get(entry.partition)
        if held is None or held.generation != entry.generation:
            return
        while held.entries and held.entries[0].finished:
            held.position = held.entries.popleft().offset + 1

    def positions(self) -> dict[Partition, int]:
        """Return what to commit: of each partition that moved on, the first unfinished offset."""
        return {
            partition: held.position
            for partition, held in self._held.items()
            if held.position is not None and held.position != held.committed
        }

    def committed(self, positions: Mapping[Partition, int]) -> None:
        """Remember that the broker has *positions*, so that they are not committed again."""
        for partition, position in positions.items():
            if held := self._held.get(partition):
                held.committed = position

    def __len__(self) -> int:
        """Return how many messages were fetched and are not behind a position yet."""
        return sum(len(held.entries) for held in self._held.values())


class Lanes:
    """One message of a ticket at a time, in the order in which they asked for their turn."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

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
