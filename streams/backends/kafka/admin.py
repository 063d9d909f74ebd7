"""
What the cluster has: topics with their policies, brokers, and what groups have committed.

Topics are made and checked here, so that they keep what the promises of the product rest on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from math import inf
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from schemas import topics
from streams.backends.kafka import connection
from streams.backends.kafka.names import AnyTopic, topic
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

Creation = Literal["created", "exists"]

MEND = 'run "ticketstream topics"'
SEGMENT_MS = 60 * 60 * 1000
"""After so long a compacted topic that also forgets begins a new file, to compact the old one."""
_SETTLE_SECONDS = 2.0


async def create_topics(
    settings: Settings, wanted: Sequence[AnyTopic] = topics.ALL
) -> list[tuple[str, Creation]]:
    """
    Create those of *wanted* that do not exist, and say of each what was done, in order.

    An existing topic is left as it is; `verify_topics` says whether it will do.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: Kafka refuses to create a topic.
    """
    async with _admin(settings) as admin:
        names = {topic(settings, t): t for t in wanted}
        found = await _partitions(admin)
        missing = {name: t for name, t in names.items() if name not in found}
        if await _is_embedded(admin):  # knows no CreateTopics, and makes what is asked for
            await admin.describe_topics(list(missing) or None)
        elif missing:
            replicas = await _replicas(admin, settings)
            new = {n: _as_new(n, t, replicas, settings.partitions) for n, t in missing.items()}
            await _create(admin, new)
        await _partitions(admin, names)
        return [(name, "created" if name in missing else "exists") for name in names]


async def is_embedded(settings: Settings) -> bool:
    """Say whether the broker is the embedded one, which keeps about 5 MB a partition."""
    async with _admin(settings) as admin:
        return await _is_embedded(admin)


async def count_partitions(settings: Settings, names: Sequence[str]) -> dict[str, int]:
    """
    Return how many partitions each of the topics with these full *names* has.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic does not exist; it is not created by this.
    """
    async with _admin(settings) as admin:
        found = await _partitions(admin, names)
    _refuse_missing(names, found)
    return {name: found[name] for name in names}


async def count_brokers(settings: Settings) -> int:
    """Return how many brokers the cluster has now, or raise Unavailable."""
    async with _admin(settings) as admin:
        return await _count(admin)


async def committed(
    settings: Settings, group: str, which: AnyTopic, partitions: Iterable[int]
) -> dict[int, OffsetAndMetadata]:
    """
    Return what *group* has committed of a topic, by those of *partitions* that it has begun.

    librdkafka does not serve for that. Its clients for Python give metadata that goes on with
    whatever lies behind it in memory (confluentinc/librdkafka #4649 tells of the same where there
    is a NUL in it), and an answer that another broker keeps the group ends the process
    (confluentinc/confluent-kafka-javascript #374).

    Raises:
        ConfigurationError, Unavailable: Kafka refuses us, does not answer, or does not tell.
    """
    name = topic(settings, which)
    asked = {TopicPartition(name, number): number for number in partitions}
    async with _admin(settings) as admin:
        found = await admin.list_consumer_group_offsets(group, partitions=list(asked))
    if not asked.keys() <= found.keys():  # aiokafka does not look at a group's error
        raise Unavailable(f"Kafka does not tell what the group {group} has committed")
    return {number: found[tp] for tp, number in asked.items() if found[tp].offset >= 0}


async def _count(admin: AIOKafkaAdminClient) -> int:
    return len((await admin.describe_cluster())["brokers"])


async def _replicas(admin: AIOKafkaAdminClient, settings: Settings) -> int:
    if settings.replication is not None:
        return settings.replication
    return 3 if await _count(admin) >= 3 else 1


def _as_new(name: str, which: AnyTopic, replicas: int, partitions: int | None) -> NewTopic:
    configs = {
        "cleanup.policy": which.cleanup_policy,
        "max.message.bytes": str(which.max_message_bytes),
        "compression.type": "lz4",
        "min.insync.replicas": str(min(2, max(1, replicas - 1))),
    }
    if which.retention_ms is not None:
        configs["retention.ms"] = str(which.retention_ms)
        if which.compacted:  # what is still written to is not compacted
            configs["segment.ms"] = str(SEGMENT_MS)
    count = which.partitions if which.compacted else partitions or which.partitions
    return NewTopic(name, count, replicas, topic_configs=configs)


async def _create(admin: AIOKafkaAdminClient, new: dict[str, NewTopic]) -> None:
    response = await admin.create_topics(list(new.values()))
    refused = []
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if error is TopicAuthorizationFailedError:
            refused.append(name)
        elif code and error is not TopicAlreadyExistsError:  # another one was quicker
            why = next(filter(None, message), error.__name__)
            raise ConfigurationError(f"topic {name} cannot be created: {why}")
    if refused:
        raise connection.Forbidden(
            f"this user may not create {', '.join(refused)}", uncreated=refused
        )


async def verify_topics(
    settings: Settings, needed: Sequence[AnyTopic] = topics.ALL, *, whole: bool = False
) -> dict[str, float]:
    """
    Return if all of *needed* exist and keep what the product relies on; create nothing.

    Returns for how many seconds each keeps a message, by the topic's own name, where Kafka tells
    it. A broker that does not tell its topics' configurations (the embedded one, or one whose
    ACLs forbid it) is taken at its word. With *whole*, ACLs that forbid it are an error.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic is missing or has a wrong policy. The message says all
        that is wrong, and how to mend it.
    """
    async with _admin(settings) as admin:
        names = {topic(settings, t): t for t in needed}
        _refuse_missing(list(names), await _partitions(admin, names))
        is_embedded = await _is_embedded(admin)
        configs = {} if is_embedded else await _configs(admin, list(names))
    if whole and not is_embedded and (untold := [n for n in names if n not in configs]):
        raise connection.Forbidden(f"the configuration of {', '.join(untold)} may not be read")
    wrong = [
        problem
        for name, t in names.items()
        if name in configs
        for problem in _wrong(name, t, configs[name])
    ]
    wrong += _too_small(topic(settings, topics.DEAD_LETTERS), configs)
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    return {
        names[name].name: _retention_seconds(config)
        for name, config in configs.items()
        if "retention.ms" in config
    }


def _retention_seconds(config: Mapping[str, str]) -> float:
    """Return for how long a topic keeps a message; infinite where no time limits it."""
    milliseconds = int(config["retention.ms"])
    unlimited = milliseconds < 0 or "delete" not in config.get("cleanup.policy", "delete")
    return inf if unlimited else milliseconds / 1000


def _refuse_missing(names: Sequence[str], found: dict[str, int]) -> None:
    missing = [name for name in names if name not in found]
    if missing:
        raise connection.Forbidden(f"missing from Kafka: {', '.join(missing)}", mend=MEND)


def _wrong(name: str, which: AnyTopic, config: dict[str, str]) -> list[str]:
    policy, needed = config.get("cleanup.policy"), which.cleanup_policy
    if policy is None or is_same_policy(policy, needed):
        return []
    return [
        f"topic {name} has cleanup.policy={policy} and would lose what must stay: set it to"
        f" {needed} with kafka-configs, or delete the topic and {MEND}"
    ]


def is_same_policy(one: str, other: str) -> bool:
    """Say whether two values of `cleanup.policy` mean the same."""
    return {*one.replace(" ", "").split(",")} == {*other.split(",")}


def _too_small(dead_letters: str, configs: dict[str, dict[str, str]]) -> list[str]:
    limits = {
        n: int(c["max.message.bytes"]) for n, c in configs.items() if "max.message.bytes" in c
    }
    room = limits.pop(dead_letters, None)
    if room is None or room > max(limits.values(), default=0):
        return []
    return [
        f"topic {dead_letters} has max.message.bytes={room}, which must be larger than every other"
        f" topic's ({max(limits.values())}): set it with kafka-configs, or delete the topic and"
        f" {MEND}"
    ]


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    with connection.translated(settings):
        admin = AIOKafkaAdminClient(**connection.options(settings))
        try:
            await connection.start(settings, admin)
            yield admin
        finally:
            await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, awaited: Iterable[str] = ()) -> dict[str, int]:
    """
    Return each topic's number of partitions. Asking for all of them creates none.

    A broker may learn of a new topic a moment after it was created elsewhere, so those that
    are *awaited* get `_SETTLE_SECONDS` to appear.
    """
    names, loop = set(awaited), asyncio.get_running_loop()
    until = loop.time() + _SETTLE_SECONDS
    while True:
        there = [t for t in await admin.describe_topics() if not t["error_code"]]
        found = {t["topic"]: len(t["partitions"]) for t in there}
        if names <= found.keys() or loop.time() > until:
            return found
        await asyncio.sleep(0.05)


async def _is_embedded(admin: AIOKafkaAdminClient) -> bool:
    """Say whether this is librdkafka's in-process cluster, by the id that it gives itself."""
    return str((await admin.describe_cluster())["cluster_id"]).startswith("mockCluster")


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Return the configuration of each topic that Kafka describes to us."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in await admin.describe_configs(asked)
        for code, _, _, name, entries in response.resources
        if not code
    }
