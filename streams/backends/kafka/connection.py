"""
Kafka: connections, names, topics, and clients, all made from `Settings`.

In go the settings and the product's `Topic`s; out come aiokafka clients that are started,
and topics that have the policies which the promises of the product rest on. What aiokafka
raises becomes `Unavailable` or `ConfigurationError`; `translated` does it for callers, too.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
    for_code,
)
from aiokafka.structs import OffsetAndMetadata

from schemas import topics
from schemas.topics import MAX_DEAD_LETTER_BYTES, Topic
from streams.backends.kafka import records as kafka_records
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

kafka_records.install()  # here, because whoever reads from Kafka connects by this module

AnyTopic = Topic[Any]
Made = Literal["created", "exists"]
Since = datetime | Literal["beginning", "end"]

CLOSE_SECONDS = 3.0
"""That a client gets to close its connections, or to send what still waits to be sent."""
SILENT_SECONDS = 30.0
"""Without a message that is there, after which Kafka counts as away."""
_SETTLE_SECONDS = 2.0
_POLL_MS, _RECORDS = 100, 1_000
"""How long to wait for messages, and how many of them between two turns of the event loop."""
MEND = 'run "ticketstream topics"'
_REFUSED = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)


def topic(settings: Settings, which: AnyTopic) -> str:
    """Return the full name of a topic: the prefix, then its own name."""
    return settings.topic_prefix + which.name


def group(settings: Settings, stage: str) -> str:
    """Return the consumer group of *stage*, or of the indexer: prefix, `ticketstream-<stage>`."""
    return f"{settings.topic_prefix}ticketstream-{stage}"


def connection(settings: Settings) -> dict[str, Any]:
    """
    Return the options by which every aiokafka client connects.

    Raises:
        ConfigurationError: A setting of the connection cannot work.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": _brokers(settings.kafka_brokers),
        "security_protocol": settings.kafka_security_protocol,
        "client_id": "ticketstream",
    }
    if "SSL" in settings.kafka_security_protocol:
        options["ssl_context"] = _ssl_context(settings)
    if settings.kafka_security_protocol.startswith("SASL"):
        if not settings.kafka_username:
            raise ConfigurationError(
                f"TICKETSTREAM_KAFKA_USERNAME is empty: {settings.kafka_security_protocol} needs it"
            )
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def _brokers(value: str) -> list[str]:
    brokers = [part.strip() for part in value.split(",") if part.strip()]
    for broker in brokers:
        if not _is_address(broker):
            raise ConfigurationError(f"TICKETSTREAM_KAFKA_BROKERS: {broker!r} is not host:port")
    if not brokers:
        raise ConfigurationError("TICKETSTREAM_KAFKA_BROKERS is empty: give host:port")
    return brokers


def _is_address(broker: str) -> bool:
    """Say whether *broker* is host:port, the host a name or IPv4, or IPv6 in brackets."""
    host, _, port = broker.rpartition(":")
    if not (port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65_536):
        return False
    if host.startswith("["):
        return host.endswith("]") and _is_ipv6(host[1:-1])
    try:
        return bool(host) and bool(host.encode("idna"))
    except UnicodeError:  # such as a..b
        return False


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.kafka_ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(
            f"TICKETSTREAM_KAFKA_CA_FILE: {settings.kafka_ca_file} is no PEM file that can be read"
            f" ({type(error).__name__})"
        ) from None


@contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """Turn what aiokafka raises inside into our errors, with the way out in the message."""
    try:
        yield
    except _REFUSED as error:
        raise ConfigurationError(
            f"Kafka at {settings.kafka_brokers} refused the credentials ({type(error).__name__}):"
            " check TICKETSTREAM_KAFKA_USERNAME, _PASSWORD and _SASL_MECHANISM"
        ) from None
    except TopicAuthorizationFailedError:
        raise ConfigurationError(
            f"Kafka at {settings.kafka_brokers} does not let this user at a topic:"
            " grant it in the broker's ACLs"
        ) from None
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable(
            f"Kafka at {settings.kafka_brokers} does not answer ({type(error).__name__}):"
            f" is it running, and {_suspects(settings)}?"
        ) from None


def _suspects(settings: Settings) -> str:
    """Name the settings that may be wrong: aiokafka hides why a first connection failed."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return "is TICKETSTREAM_KAFKA_BROKERS right"
    return "are TICKETSTREAM_KAFKA_BROKERS, credentials and certificates right"


def producer(settings: Settings, **options: Any) -> AIOKafkaProducer:
    """
    Return a producer, not yet started, that confirms only what all in-sync replicas have.

    It partitions by murmur2 of the key, waits 5 ms for more to send along, and takes
    messages up to the dead letters' limit. *options* are aiokafka's and go first.
    """
    return AIOKafkaProducer(
        **{
            **connection(settings),
            "acks": "all",
            # aiokafka's idempotent producer never recovers from a message that the broker finds
            # too large: the next one of that partition is out of sequence, and so are all others.
            # Order is kept without it: there is one batch in flight a partition.
            "enable_idempotence": False,
            "linger_ms": 5,
            "compression_type": "lz4",
            "max_request_size": MAX_DEAD_LETTER_BYTES,
            **options,
        }
    )


async def follower(
    settings: Settings, followed: Sequence[AnyTopic], *, since: Since, **options: Any
) -> AIOKafkaConsumer:
    """
    Return a started consumer of all partitions of *followed*, without a group.

    It stands at the beginning, at the end, or at the first message that is not older than
    *since* (aware). The embedded broker cannot look times up: there a time means the
    beginning. Partitions that are added later are not seen. The caller ends it with `stop`.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic does not exist; it is not created by this.
    """
    names = [topic(settings, t) for t in followed]
    async with _admin(settings) as admin:
        found = await _partitions(admin, names)
        embedded = await _is_embedded(admin)
    _refuse_missing(names, found)
    places = [TopicPartition(name, number) for name in names for number in range(found[name])]
    since = "beginning" if embedded and since != "end" else since
    return await _reading(settings, places, lambda c: _place(c, places, since), **options)


async def _reading(
    settings: Settings,
    places: list[TopicPartition],
    stand: Callable[[AIOKafkaConsumer], Awaitable[None]],
    **options: Any,
) -> AIOKafkaConsumer:
    """Return a started consumer of *places*, where *stand* puts it. The caller ends it."""
    consumer = AIOKafkaConsumer(
        **{**connection(settings), "enable_auto_commit": False, "group_id": None, **options}
    )
    with translated(settings):
        try:
            await consumer.start()
            consumer.assign(places)
            await stand(consumer)
        except BaseException:
            await stop(consumer)
            raise
    return consumer


async def _place(consumer: AIOKafkaConsumer, places: list[TopicPartition], since: Since) -> None:
    if since == "beginning":
        offsets = await consumer.beginning_offsets(places)
    else:
        offsets = await consumer.end_offsets(places)
    if isinstance(since, datetime):
        at = int(since.timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(places, at))
        offsets |= {place: there.offset for place, there in found.items() if there}
    for place, offset in offsets.items():
        consumer.seek(place, offset)


async def latest(
    settings: Settings, which: AnyTopic, after: Mapping[int, int], *, most: int
) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
    """
    Yield, in parts, the last messages of a topic, up to the end that there is now.

    Args:
        after: the partitions, and the offset before which nothing of each is wanted. What the
            topic does not have is passed over.
        most: offsets that are read of each partition at most.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic does not exist, or may not be read.
    """
    name = topic(settings, which)
    async with _admin(settings) as admin:
        found = await _partitions(admin, [name])
    _refuse_missing([name], found)
    places = [TopicPartition(name, number) for number in after if number < found[name]]
    if not places:
        return
    consumer = await _reading(
        settings,
        places,
        lambda c: _place_before_the_end(c, places, after, most),
        auto_offset_reset="earliest",  # if what we want to read is gone meanwhile
    )
    try:
        with translated(settings):
            async for records in read_to_end(consumer):
                yield records
    finally:
        await stop(consumer)


async def _place_before_the_end(
    consumer: AIOKafkaConsumer, places: list[TopicPartition], after: Mapping[int, int], most: int
) -> None:
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    for place in places:
        start = max(begins[place], ends[place] - most, after.get(place.partition, 0))
        consumer.seek(place, min(start, ends[place]))


async def has_passed(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Say whether *consumer* is past *ends*; markers of transactions count as read, too."""
    return all([await consumer.position(place) >= end for place, end in ends.items()])


async def read_to_end(
    consumer: AIOKafkaConsumer,
) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
    """
    Yield, in parts, what lies between where *consumer* stands and the end that there is now.

    Raises:
        TimeoutError: The broker has been silent for SILENT_SECONDS.
    """
    ends = await consumer.end_offsets(consumer.assignment())
    while not await has_passed(consumer, ends):
        for records in (await _some(consumer, ends)).values():
            yield records


async def _some(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]
) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
    """Return the next messages before *ends*, none if there are no more."""
    found: Mapping[TopicPartition, Sequence[ConsumerRecord]] = {}
    async with asyncio.timeout(SILENT_SECONDS):
        while not found and not await has_passed(consumer, ends):
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS)
    return found


async def is_embedded(settings: Settings) -> bool:
    """Say whether the broker is the embedded one, which keeps about 5 MB a partition."""
    async with _admin(settings) as admin:
        return await _is_embedded(admin)


async def lags(
    settings: Settings, which: AnyTopic, stage: str, every: float = 0.2
) -> AsyncGenerator[int, None]:
    """Yield, *every* so many seconds, how many messages the group of *stage* has not committed."""
    consumer = await follower(settings, [which], since="end", group_id=group(settings, stage))
    try:
        places = consumer.assignment()
        while True:
            with translated(settings):
                ends = await consumer.end_offsets(places)
                done = [await consumer.committed(place) or 0 for place in places]
            yield sum(ends.values()) - sum(done)
            await asyncio.sleep(every)
    finally:
        await stop(consumer)


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Stop *consumer* and close its connections, also while Kafka is away."""
    await close(consumer.stop())
    await close(consumer._client.close())  # when `stop` fails, it leaves the connections open


async def close(closing: Coroutine[Any, Any, None]) -> None:
    """
    Await *closing* for at most CLOSE_SECONDS. What it raises is let go.

    It is a task of its own: while Kafka is away, aiokafka 0.14's `stop` can raise the
    CancelledError of a fetch that it cancelled itself, which must not be taken for ours.
    """
    task = asyncio.create_task(closing)
    await asyncio.wait({task}, timeout=CLOSE_SECONDS)
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()  # looked at, or asyncio complains


async def create_topics(
    settings: Settings, wanted: Sequence[AnyTopic] = topics.ALL
) -> list[tuple[str, Made]]:
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
            await _create(admin, {n: _as_new(n, t, replicas) for n, t in missing.items()})
        await _partitions(admin, names)
        return [(name, "created" if name in missing else "exists") for name in names]


async def count_brokers(settings: Settings) -> int:
    """Return how many brokers the cluster has now, or raise Unavailable."""
    async with _admin(settings) as admin:
        return await _count(admin)


async def committed(
    settings: Settings, group: str, which: AnyTopic
) -> dict[int, OffsetAndMetadata]:
    """
    Return what *group* has committed of a topic, by partition.

    librdkafka's clients for Python do not serve for that: their metadata goes on with whatever
    lies behind it in memory.

    Raises:
        ConfigurationError, Unavailable: Kafka refuses us, or does not answer.
    """
    name = topic(settings, which)
    async with _admin(settings) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return {tp.partition: there for tp, there in found.items() if tp.topic == name}


async def _count(admin: AIOKafkaAdminClient) -> int:
    return len((await admin.describe_cluster())["brokers"])


async def _replicas(admin: AIOKafkaAdminClient, settings: Settings) -> int:
    if settings.replication is not None:
        return settings.replication
    return 3 if await _count(admin) >= 3 else 1


def _as_new(name: str, which: AnyTopic, replicas: int) -> NewTopic:
    configs = {
        "cleanup.policy": "compact" if which.compacted else "delete",
        "max.message.bytes": str(which.max_message_bytes),
        "compression.type": "lz4",
        "min.insync.replicas": str(min(2, max(1, replicas - 1))),
    }
    if which.retention_ms is not None:
        configs["retention.ms"] = str(which.retention_ms)
    return NewTopic(name, which.partitions, replicas, topic_configs=configs)


async def _create(admin: AIOKafkaAdminClient, new: dict[str, NewTopic]) -> None:
    response = await admin.create_topics(list(new.values()))
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # another one was quicker
            why = next(filter(None, message), error.__name__)
            raise ConfigurationError(f"topic {name} cannot be created: {why}")


async def verify_topics(settings: Settings, needed: Sequence[AnyTopic] = topics.ALL) -> None:
    """
    Return if all of *needed* exist and keep what the product relies on; create nothing.

    A broker that does not tell its topics' configurations (the embedded one, or one whose
    ACLs forbid it) is taken at its word.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic is missing or has a wrong policy. The message says all
        that is wrong, and how to mend it.
    """
    async with _admin(settings) as admin:
        names = {topic(settings, t): t for t in needed}
        _refuse_missing(list(names), await _partitions(admin, names))
        configs = {} if await _is_embedded(admin) else await _configs(admin, list(names))
    wrong = [
        problem
        for name, t in names.items()
        if name in configs
        for problem in _wrong(name, t, configs[name])
    ]
    wrong += _too_small(topic(settings, topics.DEAD_LETTERS), configs)
    if wrong:
        raise ConfigurationError("; ".join(wrong))


def _refuse_missing(names: Sequence[str], found: dict[str, int]) -> None:
    missing = [name for name in names if name not in found]
    if missing:
        raise ConfigurationError(f"missing from Kafka: {', '.join(missing)}; {MEND}")


def _wrong(name: str, which: AnyTopic, config: dict[str, str]) -> list[str]:
    policy, needed = config.get("cleanup.policy"), "compact" if which.compacted else "delete"
    if policy in (None, needed):
        return []
    return [
        f"topic {name} has cleanup.policy={policy} and would lose what must stay: set it to"
        f" {needed} with kafka-configs, or delete the topic and {MEND}"
    ]


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
    with translated(settings):
        admin = AIOKafkaAdminClient(**connection(settings))
        try:
            await admin.start()
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
