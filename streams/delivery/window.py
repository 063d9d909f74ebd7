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

A message that waits for its turn in its ticket's lane (`lanes.py`) stands *aside*: it takes no
place of the window, or a ticket with many messages would hold up all others.

No Kafka here, and no Faust: `faust_driver/` says what is fetched and commits what the window
says, `agents.py` takes messages in and finishes them. Why: docs/design/delivery.md, "When an
offset is committed".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain, repeat

from streams.delivery.entry import Entry, Partition
from streams.delivery.held_partition import HeldPartition
from streams.delivery.position import Left, Position


class Window:
    """Which messages are under way, and up to where each partition is finished."""

    def __init__(self, size: int = 1) -> None:
        """*size*: messages that are under way together at most: so many are suspect at a time."""
        self._held: dict[Partition, HeldPartition] = {}
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
            self._held[partition] = held = HeldPartition(generation)
            if found := left.get(partition):
                self._held[partition] = held = HeldPartition(
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
        self._held[partition] = HeldPartition(
            held.generation, Position(offset, working=True), log=held.log + 1
        )
        return True

    def close(self, partitions: Iterable[Partition] | None = None) -> None:
        """Let no message of *partitions*, or at all, come in any more."""
        for held in self._of(partitions):
            held.closed = True

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """Forget *partitions*: their messages under way will never be committed by us."""
        for partition in partitions:
            self._held.pop(partition, None)

    def fetched(
        self,
        partition: Partition,
        offsets: Iterable[int],
        generation: int,
        published: Iterable[float | None] = (),
    ) -> None:
        """
        Expect the messages at *offsets* (ascending): no position moves over them unfinished.

        Args:
            published: when each was, as far as that is known.
        """
        held = self._held.get(partition)
        if held is None or held.generation != generation:
            return
        times = chain(published, repeat(None))
        for offset, at in zip(offsets, times, strict=False):
            if offset > held.last:  # else it is read again
                held.add(Entry(partition, offset, generation, held.log, published=at))
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

    def not_in_yet(self) -> int:
        """Return how many messages were fetched and have not come in."""
        return sum(len(held.outside) for held in self._held.values())

    def full(self) -> set[Partition]:
        """Return the partitions of which nothing more is to be fetched for now."""
        return {partition for partition, held in self._held.items() if held.is_full}

    def in_loop(self, entry: Entry, *, ended: bool = False) -> None:
        """Note that *entry* waits for a mail loop's time, or that this has *ended*."""
        entry.of_loop = True
        if held := self._with(entry):
            held.aside.loop(entry.lane, ended=ended)

    def is_flooded_by(self, entry: Entry) -> bool:
        """Say whether so much of its ticket waits behind *entry* that it must give way."""
        held = self._with(entry)
        return bool(held and held.is_flooded_by(entry))

    def is_crowded_by(self, entry: Entry) -> bool:
        """Say whether others would soon be held up if *entry* waits on."""
        held = self._with(entry)
        return bool(held and held.is_crowded_by(entry))

    def stand_aside(self, entry: Entry) -> None:
        """Note that *entry* takes no place from now on."""
        entry.aside = True
        self._stands(entry, 1)

    def leave(self, entry: Entry) -> None:
        """Note that nothing is done about *entry* any more, finished or not."""
        if entry.aside:
            self._stands(entry, -1)

    def _stands(self, entry: Entry, count: int) -> None:
        if held := self._with(entry):
            held.aside.count(entry, count)

    def finish(self, entry: Entry) -> None:
        """Mark *entry* as finished. Without effect if its partition was taken away meanwhile."""
        entry.finished = True
        if held := self._with(entry):
            held.move_on()

    def alone(self, entry: Entry, *, ended: bool = False) -> None:
        """
        Note that *entry* is worked on with nothing else in hand, or that this has *ended*.

        Whoever does so waits until the note is committed. Without effect if its partition was
        taken away.
        """
        held = self._with(entry)
        if held and held.position:
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

    def uncommitted(self) -> dict[Partition, tuple[int, int, float | None]]:
        """
        Return the committed offset of each partition, up to where all is finished, and when the
        oldest fetched message that is not finished was published.

        A partition of which neither a position nor a message is known is left out.
        """
        found: dict[Partition, tuple[int, int, float | None]] = {}
        for partition, held in self._held.items():
            oldest = held.entries[0] if held.entries else None
            done = oldest.offset if oldest else held.position.offset if held.position else None
            if done is not None:
                known = held.committed or held.position
                committed = known.offset if known else done
                found[partition] = committed, done, oldest.published if oldest else None
        return found

    def committed(self, positions: Mapping[Partition, Position]) -> None:
        """Remember that the broker has *positions*, so that they are not committed again."""
        for partition, position in positions.items():
            if held := self._held.get(partition):
                held.committed = position

    def _with(self, entry: Entry) -> HeldPartition | None:
        """Return the partition that has *entry*, or None if it was taken away meanwhile."""
        held = self._held.get(entry.partition)
        return held if held and held.took(entry) else None

    def _of(self, partitions: Iterable[Partition] | None) -> list[HeldPartition]:
        if partitions is None:
            return list(self._held.values())
        return [self._held[partition] for partition in partitions if partition in self._held]

    def __len__(self) -> int:
        """Return how many messages were fetched and are not behind a position yet."""
        return sum(len(held.entries) for held in self._held.values())
