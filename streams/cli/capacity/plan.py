"""
The formulas of `ticketstream capacity`, from a load to what it needs.

    slots busy           tickets/s x seconds of a ticket in the stage        (Little's law)
    tickets/s a worker   the smaller of  slots / seconds  and  1 / CPU seconds
    with all stages      the same, where the stages share one core and the model's connections
    workers              tickets/s / (SHARE x tickets/s a worker)
    partitions           as many as a topic has workers that read it, in twelves
    disk                 bytes a ticket x tickets/s x retention x replicas, over all topics
    Weaviate             passages x (bytes of a vector x 2 + bytes of its place in the graph)

What is measured in them stands in `measured`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, inf
from operator import itemgetter

from schemas import topics
from streams.cli.capacity import measured
from streams.text.embedding import DIMENSIONS

SHARE = 0.75
"""Of what a worker can do, what is planned for; the chart's autoscaling aims at it, too."""
CONNECTIONS = 1_000
"""To the model that a worker opens at most: its HTTP client's limit."""
STAGES = tuple(measured.CPU_MS)
ALL_STAGES = "workers with all stages"
FLOAT_BYTES = 4
PARTITIONS = topics.INCOMING.partitions


@dataclass(frozen=True)
class Load:
    """What comes, how long a model takes for it, and how workers are set."""

    tickets_per_s: float
    model_seconds: float
    """Of a call; 0 without a model."""
    slots: int
    window: int
    replicas: int
    ticket_bytes: int = measured.TICKET_BYTES
    passages: int = 0
    """Of the knowledge base."""


def plan(load: Load) -> Iterator[Mapping[str, object]]:
    """Yield what *load* needs, and of what that follows."""
    yield from _worker_rows(load)
    disk = disk_bytes(load)
    yield _row(
        "broker disk, GB",
        round(disk / 1e9, 1),
        f"{sum(stored_bytes(load.ticket_bytes).values()):,.0f} bytes a ticket on its topics,"
        f" {load.replicas} replicas",
    )
    if load.model_seconds:
        calls = len(topics.BY_MODEL) * load.tickets_per_s
        yield _row("model calls/s", calls, f"{_short(calls * load.model_seconds)} at the same time")
    if load.passages:
        yield _row(
            "embedded knowledge, GB a worker",
            round(embedded_bytes(load.passages) / 1e9, 2),
            "if retrieval keeps it, beside some 0.4 GB of its own",
        )
        yield _row(
            "Weaviate memory, GB",
            round(weaviate_bytes(load.passages) / 1e9, 2),
            f"{load.passages:,} vectors of {DIMENSIONS} dimensions",
        )
    yield _row(
        "cores of each sidecar",
        float(f"{load.tickets_per_s * measured.FOLLOWING_MS / 1000:.2g}"),
        "each reads all tickets and results, and can use one core",
    )


def _worker_rows(load: Load) -> Iterator[Mapping[str, object]]:
    """Yield workers and partitions: for workers with one stage each, and with all stages."""
    alone = {}
    for stage in STAGES:
        busy, rate = load.tickets_per_s * seconds_in(stage, load), tickets_per_worker(stage, load)
        alone[stage] = workers_needed(rate, load)
        yield _row(
            f"{stage} workers",
            alone[stage],
            f"{_short(busy)} slots busy; a worker with this stage alone does {_short(rate)}"
            " tickets/s",
        )
    limit, rate = tickets_with_all_stages(load)
    together = workers_needed(rate, load)
    how = f"instead of those; a worker does {_short(rate)} tickets/s, limited by {limit}"
    yield _row(ALL_STAGES, together, how)
    for workers, which in ((max(alone.values()), "a stage each"), (together, "all stages")):
        yield _row(
            f"partitions, for workers with {which}",
            partitions_needed(workers),
            f"one for each worker that reads a topic: {workers:,}",
        )


def seconds_in(stage: str, load: Load) -> float:
    """Return the seconds that a ticket takes in *stage* when nothing else is done."""
    own = measured.CPU_MS[stage] / 1000
    return own + load.model_seconds if stage in topics.BY_MODEL else own


def tickets_per_worker(stage: str, load: Load) -> float:
    """Return how many tickets a second a worker that hosts *stage* alone can do."""
    by_slots = min(load.slots, load.window, CONNECTIONS) / seconds_in(stage, load)
    return min(by_slots, 1000 / measured.CPU_MS[stage])


def tickets_with_all_stages(load: Load) -> tuple[str, float]:
    """
    Return how many tickets a second a worker that hosts all stages can do, and by what limit.

    Each stage has slots of its own. One core and the connections to the model are for all.
    """
    slots = min(load.slots, load.window)
    limits = {
        "the core": 1000 / sum(measured.CPU_MS.values()),
        "the slots": min(slots / seconds_in(stage, load) for stage in STAGES),
    }
    if load.model_seconds:
        calling = len(topics.BY_MODEL) * load.model_seconds
        limits["the connections to the model"] = CONNECTIONS / calling
    return min(limits.items(), key=itemgetter(1))


def workers_needed(rate: float, load: Load) -> int:
    """Return how many workers *load* needs, of which each can do *rate* tickets a second."""
    return max(1, ceil(load.tickets_per_s / (SHARE * rate)))


def partitions_needed(workers: int) -> int:
    """Return how many partitions each topic of tickets needs, for so many that read it."""
    return PARTITIONS * ceil(workers / PARTITIONS)


def stored_bytes(ticket_bytes: int) -> dict[str, float]:
    """Return what a ticket of so many bytes takes on each topic, on one broker."""
    longer = ticket_bytes - measured.TICKET_BYTES
    return {name: at + more * longer for name, (at, more) in measured.STORED.items()}


def disk_bytes(load: Load) -> float:
    """Return what all brokers together keep when every topic is as old as its retention."""
    kept = {topic.name: topic.retention_ms or inf for topic in topics.FLOW}
    stored = stored_bytes(load.ticket_bytes)
    seconds = sum(each * kept[name] / 1000 for name, each in stored.items())
    return seconds * load.tickets_per_s * load.replicas


def embedded_bytes(passages: int) -> int:
    """Return the memory of so many passages in a worker that keeps the knowledge base itself."""
    return passages * measured.EMBEDDED_BYTES


def weaviate_bytes(passages: int) -> float:
    """Return the memory of a Weaviate with so many passages."""
    return measured.WEAVIATE_BYTES + passages_bytes(passages)


def passages_bytes(passages: int) -> float:
    """Return the memory that so many passages take in a Weaviate."""
    vector = DIMENSIONS * FLOAT_BYTES * measured.VECTOR_COPIES
    return passages * (vector + measured.PASSAGE_BYTES)


def _short(figure: float) -> str:
    """Return *figure* with one decimal, where it is not too small for that."""
    return f"{figure:,.1f}" if figure >= 0.1 else "< 0.1"


def _row(what: str, needed: float, how: str) -> Mapping[str, object]:
    return {"what": what, "needed": needed, "how": how}
