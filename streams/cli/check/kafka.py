"""
What in a Kafka cluster would get in the product's way: topics, rights, consumer groups.

It asks through librdkafka, which, unlike aiokafka, says what this user may do. Nothing is
created, joined or written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclOperation,
    AdminClient,
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

from schemas import topics
from schemas.topics import ARTICLES, DEAD_LETTERS, FLOW, READS, Topic
from streams.backends.kafka import admin, connection, names
from streams.cli.check import topics as check_topics
from streams.cli.check.diagnosis import Diagnosis
from streams.cli.check.topics import SAFE_BROKERS, Config
from streams.delivery.position import Position, unfinished
from streams.errors import ConfigurationError
from streams.knowledge.selection import INDEXER
from streams.settings import Settings

_SECONDS = 9
_TRIES = 3

_K = TypeVar("_K")


class Inspection:
    """What a cluster tells of the product's topics and groups."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError if a setting of the connection cannot work."""
        self._settings = settings
        self._brokers = 0
        try:
            self._admin = AdminClient(_options(settings))
        except KafkaException as error:
            raise ConfigurationError(f"settings of Kafka: {error.args[0].str()}") from None
        self._names: dict[str, Topic[Any]] = {names.topic(settings, t): t for t in topics.ALL}
        indexers = [INDEXER] if settings.knowledge == "weaviate" else []
        self._groups = {names.group(settings, s): s for s in (*READS, *indexers)}
        self._topics: dict[str, Any] = {}
        self._configs: dict[str, Any] = {}
        self._members: dict[str, Any] = {}

    async def ask(self) -> None:
        """
        Ask it all. What it refuses to tell is kept as a KafkaError.

        Raises:
            Unavailable, TimeoutError: It does not answer.
        """
        self._brokers = await admin.count_brokers(self._settings)
        resources = {n: ConfigResource(ResourceType.TOPIC, n) for n in self._names}
        described = self._admin.describe_configs(list(resources.values()), request_timeout=_SECONDS)
        asked = self._admin.describe_topics(
            TopicCollection(list(self._names)),
            include_authorized_operations=True,
            request_timeout=_SECONDS,
        )
        self._configs, self._topics = await asyncio.gather(
            _answers({name: described[one] for name, one in resources.items()}), _answers(asked)
        )
        if all(_is(found, *_SILENT) for found in self._topics.values()):
            self._topics = {}
            raise TimeoutError
        self._members = await self._describe_groups()

    async def _describe_groups(self) -> dict[str, Any]:
        """Return what is told of each group. In a new cluster it takes a moment to find them."""
        for _ in range(_TRIES):
            found = await _answers(
                self._admin.describe_consumer_groups(
                    list(self._groups),
                    include_authorized_operations=True,
                    request_timeout=_SECONDS / _TRIES,
                )
            )
            if not any(_is(one, *_SILENT, *_SETTLING) for one in found.values()):
                break
        return found

    @property
    def has_answered(self) -> bool:
        """Say whether `ask` has been answered."""
        return bool(self._topics)

    def topics(self) -> Iterator[Diagnosis]:
        """Yield what is wrong with the topics; if nothing is, how they are."""
        missing = [n for n, t in self._topics.items() if _is(t, KafkaError.UNKNOWN_TOPIC_OR_PART)]
        if missing:
            yield Diagnosis("wrong", f"missing: {', '.join(missing)}", admin.MEND)
        there = {n: t for n, t in self._topics.items() if not isinstance(t, KafkaError)}
        problems = [p for name, found in there.items() for p in self._topic(name, found)]
        told = {name: _values(c) for name, c in self._configs.items() if isinstance(c, Mapping)}
        counts = {n: len(t.partitions) for n, t in there.items() if self._names[n] in FLOW}
        problems += check_topics.partitions(counts)
        problems += check_topics.dead_letters(names.topic(self._settings, DEAD_LETTERS), told)
        yield from problems
        if not problems and not missing and there:
            yield Diagnosis("ok", f"{len(there)} there, with the right policies")

    def rights(self) -> Iterator[Diagnosis]:
        """Yield what this user may not do and a worker, a sidecar or a command does."""
        lacking = [
            *(self._lacking("topic", n, found, _TOPIC_RIGHTS) for n, found in self._topics.items()),
            *(
                self._lacking("group", n, found, _GROUP_RIGHTS)
                for n, found in self._members.items()
            ),
        ]
        found = [one for one in lacking if one]
        yield from found
        untold = [n for n, config in self._configs.items() if _is(config, *_FORBIDDEN)]
        if untold:
            yield Diagnosis(
                "warning",
                f"the configuration of {', '.join(untold)} may not be read, so it is not checked",
                self._grant("DescribeConfigs", "topic", untold[0]),
            )
        if all(_is(one, KafkaError.UNKNOWN_TOPIC_OR_PART) for one in self._topics.values()):
            yield Diagnosis("skipped", "not known before there are topics")
        elif not found and not untold:
            yield Diagnosis("ok", "to read and write all topics, and to join all groups")

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

    def _lacking(
        self, kind: str, name: str, found: Any, needed: Mapping[AclOperation, str]
    ) -> Diagnosis | None:
        if isinstance(found, KafkaError):
            lacking = list(needed.values()) if _is(found, *_FORBIDDEN) else []
        else:
            # None is a broker before 2.3, which does not tell.
            may = found.authorized_operations
            lacking = [] if may is None else [n for o, n in needed.items() if o not in may]
        if not lacking:
            return None
        return Diagnosis(
            "wrong",
            f"no right to {', '.join(lacking)} {kind} {name}",
            self._grant(" --operation ".join(lacking), kind, name),
        )

    def _grant(self, operation: str, kind: str, name: str) -> str:
        user = self._settings.kafka_username or "..."
        return (
            f"kafka-acls --bootstrap-server {self._settings.kafka_brokers} --add"
            f" --allow-principal User:{user} --operation {operation} --{kind} {name}"
        )

    async def _group(self, name: str, found: Any) -> Diagnosis:
        stage = self._groups[name]
        unknown = _is(found, *_SETTLING, KafkaError.GROUP_ID_NOT_FOUND)
        if isinstance(found, KafkaError) and not unknown:
            return Diagnosis("skipped", f"{stage}: Kafka does not tell of {name} ({found.name()})")
        members = 0 if isinstance(found, KafkaError) else len(found.members)
        if not members and self._lacks_topic(stage):
            return Diagnosis(
                "skipped",
                f"{stage}: nobody has worked yet; its group comes with the first worker",
                'run "ticketstream topics", then "ticketstream worker"',
            )
        if _is(found, *_SETTLING):
            return Diagnosis(
                "skipped",
                f"{stage}: not known yet; Kafka takes a moment to find its groups",
                'run "ticketstream check" again',
            )
        lag, lost = await self._lag(name, stage) or (None, 0)
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

    def _lacks_topic(self, stage: str) -> bool:
        read = self._topics[names.topic(self._settings, _READS[stage])]
        return _is(read, KafkaError.UNKNOWN_TOPIC_OR_PART)

    async def _lag(self, group: str, stage: str) -> tuple[int, int] | None:
        """
        Return how many messages *group* has not committed, and how many of those are gone.

        None if that is not told.
        """
        which = _READS[stage]
        name = names.topic(self._settings, which)
        found = self._topics[name]
        if isinstance(found, KafkaError):
            return None
        places = [TopicPartition(name, p.id) for p in found.partitions]
        begins, ends, done = await asyncio.gather(
            _answers(self._offsets(places, OffsetSpec.earliest())),
            _answers(self._offsets(places, OffsetSpec.latest())),
            _answers(
                self._admin.list_consumer_group_offsets(
                    [ConsumerGroupTopicPartitions(group, places)], request_timeout=_SECONDS
                )
            ),
        )
        (committed,) = done.values()
        if any(
            isinstance(one, KafkaError) for one in (*begins.values(), *ends.values(), committed)
        ):
            return None
        position = {p.partition: p.offset for p in committed.topic_partitions if p.offset >= 0}
        waiting, gone = 0, {}
        for place, end in ends.items():
            begin, at = begins[place].offset, position.get(place.partition)
            waiting += end.offset - max(begin, at or 0)
            if at is not None and at < begin:
                gone[place.partition] = range(at, begin)
        return waiting, await self._lost(group, which, gone) if gone else 0

    async def _lost(self, group: str, which: Topic[Any], gone: Mapping[int, range]) -> int:
        """Return how many of the offsets *gone*, by partition, the group had not finished."""
        committed = await admin.committed(self._settings, group, which)
        notes = {number: committed[number].metadata for number in gone.keys() & committed.keys()}
        return sum(
            unfinished(offsets, Position.from_commit(offsets.start, notes.get(number, "")).finished)
            for number, offsets in gone.items()
        )

    def _offsets(self, places: list[TopicPartition], spec: OffsetSpec) -> dict[Any, Future[Any]]:
        found: dict[Any, Future[Any]] = self._admin.list_offsets(
            dict.fromkeys(places, spec), request_timeout=_SECONDS
        )
        return found


_TOPIC_RIGHTS = {
    AclOperation.DESCRIBE: "Describe",
    AclOperation.READ: "Read",
    AclOperation.WRITE: "Write",
}
_GROUP_RIGHTS = {AclOperation.DESCRIBE: "Describe", AclOperation.READ: "Read"}
_READS: dict[str, Topic[Any]] = {**READS, INDEXER: ARTICLES}
_FORBIDDEN = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)
_SILENT = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT)
_SETTLING = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)


def _options(settings: Settings) -> dict[str, Any]:
    """Return how librdkafka connects, as `connection.options` does for aiokafka."""
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(connection.options(settings)["bootstrap_servers"]),
        "security.protocol": settings.kafka_security_protocol,
        "client.id": "ticketstream",
        "log_level": 0,
    }
    if "SSL" in settings.kafka_security_protocol and settings.kafka_ca_file:
        options["ssl.ca.location"] = str(settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= {
            "sasl.mechanism": settings.kafka_sasl_mechanism,
            "sasl.username": settings.kafka_username,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    return options


async def _answers(futures: Mapping[_K, Future[Any]]) -> dict[_K, Any]:
    """Return what each of *futures* has, a KafkaError if it was refused."""
    waiting = (asyncio.wrap_future(future) for future in futures.values())
    found = await asyncio.gather(*waiting, return_exceptions=True)
    return {key: _answer(one) for key, one in zip(futures, found, strict=True)}


def _answer(found: Any) -> Any:
    if isinstance(found, KafkaException):
        return found.args[0]
    if isinstance(found, BaseException):
        raise found
    return found


def _is(found: Any, *codes: int) -> bool:
    return isinstance(found, KafkaError) and found.code() in codes


def _values(config: Mapping[str, Any]) -> Config:
    return {name: entry.value for name, entry in config.items()}


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
