"""
What in a Kafka cluster would get in the product's way: topics, rights, consumer groups.

It asks through librdkafka, which, unlike aiokafka, says what this user may do. Nothing is
created, joined or written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import (
    KafkaError,
    TopicCollection,
)
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    ResourceType,
)

from schemas import topics
from schemas.topics import ARTICLES, DEAD_LETTERS, FLOW, READS, Topic
from streams.backends.kafka import admin, names, rights
from streams.backends.kafka.librdkafka import SECONDS, SETTLING, SILENT, ask, is_error
from streams.cli.check import topics as check_topics
from streams.cli.check.backlog import Backlog
from streams.cli.check.diagnosis import Diagnosis
from streams.cli.check.topics import SAFE_BROKERS, Config
from streams.settings import Settings


class Inspection:
    """What a cluster tells of the product's topics and groups."""

    def __init__(self, settings: Settings, parts: Sequence[str] = ()) -> None:
        """Prepare to look at what *parts* need (see `rights.PARTS`), by default at all there is."""
        self._settings = settings
        self._brokers = 0
        self._parts = parts
        self._wanted = rights.needed(settings, *(parts or rights.AT_WORK))
        used = {(right.kind, right.name) for right in self._wanted}
        known = {names.topic(settings, t): t for t in topics.ALL}
        self._names: dict[str, Topic[Any]] = {
            n: t for n, t in known.items() if ("topic", n) in used
        }
        groups = {names.group(settings, stage): stage for stage in READS}
        groups[names.indexer_group(settings)] = names.INDEXER
        self._groups = {name: stage for name, stage in groups.items() if ("group", name) in used}
        self._topics: dict[str, Any] = {}
        self._configs: dict[str, Any] = {}
        self._members: dict[str, Any] = {}

    async def ask(self) -> None:
        """
        Ask it all. What it refuses to tell is kept as a KafkaError.

        Raises:
            Unavailable, TimeoutError: It does not answer.

            ConfigurationError: A setting of the connection cannot work.
        """
        self._brokers = await admin.count_brokers(self._settings)
        self._configs, self._topics = await asyncio.gather(
            ask(self._settings, self._asked_configs), ask(self._settings, self._asked_topics)
        )
        if all(is_error(found, *SILENT) for found in self._topics.values()):
            self._topics = {}
            raise TimeoutError
        self._members = await rights.describe_groups(self._settings, list(self._groups))

    def _asked_configs(self, client: AdminClient) -> dict[str, Future[Any]]:
        resources = {n: ConfigResource(ResourceType.TOPIC, n) for n in self._names}
        found = client.describe_configs(list(resources.values()), request_timeout=SECONDS)
        return {name: found[one] for name, one in resources.items()}

    def _asked_topics(self, client: AdminClient) -> dict[str, Future[Any]]:
        found: dict[str, Future[Any]] = client.describe_topics(
            TopicCollection(list(self._names)),
            include_authorized_operations=True,
            request_timeout=SECONDS,
        )
        return found

    @property
    def has_answered(self) -> bool:
        """Say whether `ask` has been answered."""
        return bool(self._topics)

    def topics(self) -> Iterator[Diagnosis]:
        """Yield what is wrong with the topics; if nothing is, how they are."""
        missing = [
            n for n, t in self._topics.items() if is_error(t, KafkaError.UNKNOWN_TOPIC_OR_PART)
        ]
        if missing:
            yield Diagnosis("wrong", f"missing: {', '.join(missing)}", admin.MEND)
        there = {n: t for n, t in self._topics.items() if not isinstance(t, KafkaError)}
        problems = [p for name, found in there.items() for p in self._topic(name, found)]
        told = {name: _values(c) for name, c in self._configs.items() if isinstance(c, Mapping)}
        counts = {n: len(t.partitions) for n, t in there.items() if self._names[n] in FLOW}
        problems += check_topics.partition_counts(counts)
        problems += check_topics.room_for_dead_letters(
            names.topic(self._settings, DEAD_LETTERS), told
        )
        yield from problems
        if not problems and not missing and there:
            yield Diagnosis("ok", f"{len(there)} there, with the right policies")

    def rights(self) -> Iterator[Diagnosis]:
        """Yield what this user may not do and a worker, a sidecar or a command does."""
        told: dict[tuple[rights.Kind, str], Any] = {
            **{("topic", name): found for name, found in self._topics.items()},
            **{("group", name): found for name, found in self._members.items()},
        }
        lacking = rights.lacking(self._wanted, told)
        for kind, name, same in rights.resources(lacking):
            operations = ", ".join(one.operation for one in same)
            (grant,) = rights.grants(self._settings, same)
            yield Diagnosis("wrong", f"no right to {operations} {kind} {name}", grant)
        may_look = {r.name for r in lacking if r.operation == "DescribeConfigs"}
        untold = [
            rights.Right("topic", name, "DescribeConfigs")
            for name, config in self._configs.items()
            if is_error(config, *rights.FORBIDDEN) and name not in may_look
        ]
        if untold:
            yield Diagnosis(
                "warning",
                f"the configuration of {', '.join(one.name for one in untold)} may not be read,"
                " so it is not checked",
                " && ".join(rights.grants(self._settings, untold)),
            )
        if all(is_error(one, KafkaError.UNKNOWN_TOPIC_OR_PART) for one in self._topics.values()):
            yield Diagnosis("skipped", "not known before there are topics")
        elif not lacking and not untold:
            yield Diagnosis("ok", _all_that(self._parts))

    async def groups(self) -> list[Diagnosis]:
        """Return for each consumer group whether somebody works, and how much waits."""
        return [await self._group(name, found) for name, found in self._members.items()]

    def _topic(self, name: str, found: Any) -> Iterator[Diagnosis]:
        """Yield what is wrong with one topic that is there."""
        replicas = min((len(p.replicas) for p in found.partitions), default=0)
        if lost := [p.id for p in found.partitions if p.leader is None or p.leader.id < 0]:
            yield Diagnosis(
                "away", f"{name}: partition {_some(lost)} has no leader", "start its brokers again"
            )
        if replicas < min(self._brokers, SAFE_BROKERS) and self._brokers >= SAFE_BROKERS:
            yield Diagnosis(
                "warning",
                f"{name}: {replicas} of {self._brokers} brokers have it; if those are lost, it is",
                "raise it with kafka-reassign-partitions, to 3",
            )
        config = self._configs.get(name)
        if isinstance(config, Mapping):
            values = _values(config)
            isr = min((len(p.isr) for p in found.partitions), default=0)
            yield from check_topics.policies(name, self._names[name], values)
            yield from check_topics.replication(name, values, replicas, isr)

    async def _group(self, name: str, found: Any) -> Diagnosis:
        stage = self._groups[name]
        unknown = is_error(found, *SETTLING, KafkaError.GROUP_ID_NOT_FOUND)
        if isinstance(found, KafkaError) and not unknown:
            return Diagnosis("skipped", f"{stage}: Kafka does not tell of {name} ({found.name()})")
        members = 0 if isinstance(found, KafkaError) else len(found.members)
        if not members and self._lacks_topic(stage):
            return Diagnosis(
                "skipped",
                f"{stage}: nobody has worked yet; its group comes with the first worker",
                'run "ticketstream topics", then "ticketstream worker"',
            )
        if is_error(found, *SETTLING):
            return Diagnosis(
                "skipped",
                f"{stage}: not known yet; Kafka takes a moment to find its groups",
                'run "ticketstream check" again',
            )
        lag, lost = await self._backlog(name, stage) or (None, 0)
        behind = "" if lag is None else f", {lag:,} behind"
        if lost:
            return Diagnosis(
                "warning",
                f"{stage}: {members} at work{behind}; the topic's retention took {lost:,} unread",
                "publish those tickets again with the header run, and raise retention.ms",
            )
        if members:
            return Diagnosis("ok", f"{stage}: {members} at work{behind}")
        return Diagnosis("warning", f"{stage}: nobody at work{behind}", 'run "ticketstream worker"')

    async def _backlog(self, group: str, stage: str) -> tuple[int, int] | None:
        which = _READS[stage]
        found = self._topics.get(names.topic(self._settings, which))
        if found is None or isinstance(found, KafkaError):
            return None
        backlog = Backlog(self._settings, group, which)
        return await backlog.count([partition.id for partition in found.partitions])

    def _lacks_topic(self, stage: str) -> bool:
        read = self._topics.get(names.topic(self._settings, _READS[stage]))
        return is_error(read, KafkaError.UNKNOWN_TOPIC_OR_PART)


_READS: dict[str, Topic[Any]] = {**READS, names.INDEXER: ARTICLES}


def _all_that(parts: Sequence[str]) -> str:
    if not parts:
        return "to read and write all topics, and to join all groups"
    return f"all that {', '.join(parts)} {'needs' if len(parts) == 1 else 'need'}"


def _values(config: Mapping[str, Any]) -> Config:
    return {name: entry.value for name, entry in config.items()}


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
