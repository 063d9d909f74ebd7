"""What the driver asks of whoever works on the messages: `delivery/partitions.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Protocol

from streams.delivery.entry import Partition
from streams.delivery.position import Left, Position


class Delivery(Protocol):
    """What the driver asks of `delivery.partitions.Partitions`."""

    def assigned(
        self, partitions: Iterable[Partition], generation: int, left: Mapping[Partition, Left]
    ) -> None:
        """Take messages of *partitions* from now on; *left* is how others have left them."""

    def fetched(
        self,
        partition: Partition,
        offsets: Iterable[int],
        generation: int,
        published: Iterable[float | None] = (),
    ) -> None:
        """Expect the messages at *offsets*, which were *published* then, if that is known."""

    def full(self) -> Set[Partition]:
        """Return the partitions of which nothing more is to be fetched for now."""

    def went_back(self, starts: Mapping[Partition, int]) -> None:
        """Begin anew at *starts*, if that lies before what is done: the logs are others now."""

    def missed(self) -> Mapping[Partition, int]:
        """Return from where to read again what was fetched and never arrived."""

    def unread(self, partition: Partition, before: int) -> int:
        """Return how many offsets of *partition* before that one should have come and did not."""

    def gone(self, partition: Partition, start: int) -> None:
        """Expect nothing before *start* any more, where the log begins."""

    async def settle(self, partitions: Set[Partition] | None = None) -> None:
        """Take nothing more of *partitions*, or at all; return when nothing is in flight."""

    def revoked(self, partitions: Iterable[Partition]) -> None:
        """Forget *partitions*."""

    def positions(self) -> Mapping[Partition, Position]:
        """Return what may be committed."""

    def committed(self, positions: Mapping[Partition, Position]) -> None:
        """Remember what the broker has."""
