"""
What in a topic's configuration would lose messages, or keep them from being published.

It is judged by what a broker tells of it, as text by name. A broker may leave anything out; what
it does not tell is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.topics import DAYS_MS, DEAD_LETTERS, Topic
from streams.backends.kafka.admin import is_same_policy
from streams.cli.check.diagnosis import Diagnosis

SAFE_BROKERS = 3
"""How many brokers should have each topic, where there are as many."""

Config = Mapping[str, str | None]


def policies(name: str, which: Topic[Any], config: Config) -> Iterator[Diagnosis]:
    """Yield what of the *config* of the topic with this full *name* would lose messages."""
    policy, needed = config.get("cleanup.policy"), which.cleanup_policy
    if policy is not None and not is_same_policy(policy, needed):
        yield Diagnosis(
            "wrong",
            f"{name}: cleanup.policy={policy} would lose what must stay",
            _set(name, f"cleanup.policy={_listed(needed)}"),
        )
    limit = _number(config, "max.message.bytes")
    if limit is not None and limit < which.max_message_bytes and which is not DEAD_LETTERS:
        yield Diagnosis(
            "warning",
            f"{name}: max.message.bytes={limit}, and what is larger becomes a dead letter",
            _set(name, f"max.message.bytes={which.max_message_bytes}"),
        )
    if which.compacted:
        return
    retention = _number(config, "retention.ms")
    if retention is not None and 0 <= retention < DAYS_MS:
        yield Diagnosis(
            "warning",
            f"{name}: retention.ms={retention}: what waits longer than that is lost",
            _set(name, f"retention.ms={which.retention_ms}"),
        )
    size = _number(config, "retention.bytes")
    if size is not None and size >= 0:
        yield Diagnosis(
            "warning",
            f"{name}: retention.bytes={size}: a larger backlog is lost",
            _set(name, "retention.bytes=-1"),
        )


def partition_counts(counts: Mapping[str, int]) -> Iterator[Diagnosis]:
    """Yield what is wrong with how many partitions the topics of tickets have, by full name."""
    most = max(counts.values(), default=0)
    fewer = [name for name, count in counts.items() if count < most]
    if fewer:
        has = ", ".join(f"{name} {count}" for name, count in counts.items())
        yield Diagnosis(
            "warning",
            f"topics differ in partitions ({has}): a worker that has restarted knows no repeats",
            "when no ticket is under way: "
            + " && ".join(f"kafka-topics --alter --partitions {most} --topic {n}" for n in fewer),
        )


def replication(name: str, config: Config, replicas: int, isr: int) -> Iterator[Diagnosis]:
    """Yield what is wrong with how many brokers must have, and have, what is published."""
    wanted = _number(config, "min.insync.replicas")
    if wanted is None:
        return
    needed = min(wanted, replicas)  # since Kafka 3.7, KAFKA-15583
    if isr < needed:
        yield Diagnosis(
            "away",
            f"{name}: {isr} replicas are in sync, and {needed} must be to publish",
            "start the brokers that are down",
        )
    elif wanted > replicas:
        yield Diagnosis(
            "warning",
            f"{name}: min.insync.replicas={wanted} of {replicas}: Kafka before 3.7 takes nothing",
            _set(name, f"min.insync.replicas={max(1, replicas - 1)}"),
        )
    elif needed == replicas > 1:
        yield Diagnosis(
            "warning",
            f"{name}: min.insync.replicas={needed} of {replicas}: one broker less, and it stops",
            _set(name, f"min.insync.replicas={replicas - 1}"),
        )
    elif needed == 1 and replicas >= SAFE_BROKERS:
        yield Diagnosis(
            "warning",
            f"{name}: min.insync.replicas=1: what one broker alone has confirmed may be lost",
            _set(name, "min.insync.replicas=2"),
        )


def room_for_dead_letters(own: str, configs: Mapping[str, Config]) -> Iterator[Diagnosis]:
    """Yield whether a dead letter may not fit into the topic *own*; *configs* are by topic."""
    told = {name: _number(config, "max.message.bytes") for name, config in configs.items()}
    room = told.pop(own, None)
    most = max((limit for limit in told.values() if limit is not None), default=0)
    if room is not None and room <= most:
        yield Diagnosis(
            "wrong",
            f"{own}: max.message.bytes={room} is not more than every other topic's ({most}), so"
            " a dead letter may not fit",
            _set(own, f"max.message.bytes={2 * most}"),
        )


def _number(config: Config, name: str) -> int | None:
    """Return what *config* says of *name*; None if it does not."""
    value = config.get(name)
    return None if value is None else int(value)


def _listed(value: str) -> str:
    """Return *value* as kafka-configs takes it, which separates settings by comma, too."""
    return f"[{value}]" if "," in value else value


def _set(name: str, value: str) -> str:
    return f"kafka-configs --alter --entity-type topics --entity-name {name} --add-config {value}"
