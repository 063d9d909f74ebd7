"""
A held partition: its messages that are behind no position yet, in offset order.

How many stand aside, and how far it is worked on beyond a message that does not finish, is limited:
the partition is then `full`, and rests. Before a mail loop makes it full, the loop gives way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from streams.delivery.aside import Aside
from streams.delivery.entry import Entry
from streams.delivery.position import Position, unfinished

MOST_BEHIND = 10_000
"""Messages of a partition that are finished, or in work, behind one that is not finished."""
MOST_ASIDE, MOST_BYTES_ASIDE = 1_000, 8_000_000
"""Messages of a partition, and bytes of them, that stand aside."""
CROWD, NEARLY_ALL = 0.5, 0.9
"""Shares of these limits: what loops may have together, and what there is before one goes early."""
FLOOD, FEW = 0.1, 0.01
"""What one ticket may have in a crowd, in messages or bytes; with FEW messages it is no flood."""


@dataclass
class HeldPartition:
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
    log: int = 0
    """How often the log was lost, and another one came."""
    aside: Aside = field(default_factory=Aside)
    closed: bool = False
    """Whether no message comes in any more, because the partition is given back."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be fetched for now."""
        aside = self.aside.all.reaches(MOST_ASIDE, MOST_BYTES_ASIDE)
        return self._taken >= MOST_BEHIND or aside

    def is_flooded_by(self, entry: Entry) -> bool:
        """Whether the ticket of *entry*, of a mail loop, has so much here that it must give way."""
        own = self.aside.of_lane(entry.lane)
        large = own.messages > FEW * MOST_ASIDE and own.size > FLOOD * MOST_BYTES_ASIDE
        flood = large or own.messages > FLOOD * MOST_ASIDE
        return flood and (self._is_crowd_of_loops or self._is_behind(entry))

    def is_crowded_by(self, entry: Entry) -> bool:
        """Whether others would soon be held up here if *entry*, of a mail loop, waits on."""
        if entry.suspect:  # it keeps its place of the window, and nobody else gets that meanwhile
            return True
        aside = self.aside.all.reaches(NEARLY_ALL * MOST_ASIDE, NEARLY_ALL * MOST_BYTES_ASIDE)
        return (aside and self._is_crowd_of_loops) or self._is_behind(entry)

    @property
    def _taken(self) -> int:
        """How many messages came in; those that were dropped have to come again."""
        return len(self.entries) - len(self.outside)

    @property
    def _is_crowd_of_loops(self) -> bool:
        return self.aside.of_loops().reaches(CROWD * MOST_ASIDE, CROWD * MOST_BYTES_ASIDE)

    def _is_behind(self, entry: Entry) -> bool:
        """Whether nearly all that may be is behind a loop's message, and *entry* is near it."""
        if self._taken < NEARLY_ALL * MOST_BEHIND or not self.entries[0].of_loop:
            return False
        return entry.offset - self.entries[0].offset <= (1 - NEARLY_ALL) * MOST_BEHIND

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

    def took(self, entry: Entry) -> bool:
        """Return whether *entry* is of this log, and came in since the partition is ours."""
        return (entry.generation, entry.log) == (self.generation, self.log)

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
