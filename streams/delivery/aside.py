"""
Aside: which messages of a partition take no place of the window, and how many each lane has.

They wait for an earlier one of their ticket. The lane of a ticket is *looping* while its first
message waits for a mail loop's time.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.delivery.entry import Entry, Lane


@dataclass
class Amount:
    """Messages, and the bytes that they take."""

    messages: int = 0
    size: int = 0

    def add(self, messages: int, size: int) -> None:
        """Count *messages* more that take *size* bytes."""
        self.messages += messages
        self.size += size

    def reaches(self, messages: float, size: float) -> bool:
        """Return whether it is as many as *messages*, or takes *size* bytes."""
        return self.messages >= messages or self.size >= size


class Aside:
    """The messages of a partition that stand aside."""

    def __init__(self) -> None:
        self.all = Amount()
        self._lanes: dict[Lane | None, Amount] = {}
        self._looping: set[Lane | None] = set()

    def count(self, entry: Entry, sign: int) -> None:
        """Note that *entry* stands aside from now on (1), or does so no more (-1)."""
        lane = self._lanes.setdefault(entry.lane, Amount())
        for amount in (self.all, lane):
            amount.add(sign, sign * entry.size)
        if not lane.messages:
            del self._lanes[entry.lane]

    def loop(self, lane: Lane | None, *, ended: bool = False) -> None:
        """Note that the first message of *lane* waits for its time, or that this has *ended*."""
        if ended:
            self._looping.discard(lane)
        else:
            self._looping.add(lane)

    def of_lane(self, lane: Lane | None) -> Amount:
        """Return what *lane* has."""
        return self._lanes.get(lane, Amount())

    def of_loops(self) -> Amount:
        """Return what all looping lanes have."""
        found = [self._lanes[lane] for lane in self._looping if lane in self._lanes]
        return Amount(sum(one.messages for one in found), sum(one.size for one in found))
