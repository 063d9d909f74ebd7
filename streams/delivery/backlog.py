"""
The backlog of each partition: how many messages are not committed, and how old the oldest is.

Nothing is asked of the broker. The window knows what is committed and what was fetched, and the
consumer heard with its last fetch where the partition ends. The backlog is put together when
Prometheus asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.delivery.entry import Partition
from streams.delivery.window import Window

Ends = Callable[[Iterable[Partition]], Mapping[Partition, int]]
"""Returns the offsets behind the last messages of partitions, as far as they are known."""


@dataclass(frozen=True)
class PartitionBacklog:
    """What a stage has still to do of a partition."""

    partition: int
    lag: int
    """Messages behind the committed offset."""
    oldest_seconds: float
    """Age of the oldest of them that is not finished; 0 if there is none."""


class BacklogReader:
    """Says what the backlog of a stage is now."""

    def __init__(self, window: Window, ends: Ends, *, now: Callable[[], float] = time.time) -> None:
        self._window = window
        self._ends = ends
        self._now = now
        self._waits_since: dict[Partition, float] = {}

    def read(self) -> Iterator[PartitionBacklog]:
        """Yield the backlog of each partition of which something is known."""
        uncommitted = self._window.uncommitted()
        ends = self._ends(uncommitted) if uncommitted else {}
        for partition, (committed, done, published) in uncommitted.items():
            end = max(ends.get(partition, done), done)
            if published is None and done < end:
                published = self._waits_since.setdefault(partition, self._now())
            else:
                self._waits_since.pop(partition, None)
            age = 0.0 if published is None else max(0.0, self._now() - published)
            yield PartitionBacklog(partition[1], max(0, end - committed), age)


class BacklogCollector(Collector):
    """Shows Prometheus the backlogs of the stages of this process."""

    def __init__(self) -> None:
        self._readers: dict[str, BacklogReader] = {}

    def follow(self, stage: str, reader: BacklogReader) -> None:
        """Show the backlog of *stage* as *reader* says it, instead of what was shown before."""
        self._readers[stage] = reader

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the lag and the age of the oldest message of each partition."""
        lag, oldest = self.describe()
        for stage, reader in self._readers.items():
            for found in reader.read():
                labels = (stage, str(found.partition))
                lag.add_metric(labels, found.lag)
                oldest.add_metric(labels, found.oldest_seconds)
        yield lag
        yield oldest

    def describe(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        """Return both metrics without values."""
        return (
            GaugeMetricFamily(
                "ticketstream_stage_lag",
                "Messages of a partition behind the committed offset, as of the last fetch.",
                labels=["stage", "partition"],
            ),
            GaugeMetricFamily(
                "ticketstream_stage_oldest_seconds",
                "Age of a partition's oldest message that is not finished. One that was not"
                " fetched yet counts from when it was first seen to wait.",
                labels=["stage", "partition"],
            ),
        )


BACKLOGS = BacklogCollector()
"""Those of the stages of this process."""
REGISTRY.register(BACKLOGS)
