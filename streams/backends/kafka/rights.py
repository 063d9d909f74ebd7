"""
What each stage and each command must be allowed to do in Kafka, and what of it is missing.

No more is needed than what stands here, and a test on a broker with ACLs takes away each single
right. Read, Write and Delete allow Describe, too. Nothing needs a right to a transactional id or
to the cluster: producers are neither transactional nor idempotent (docs/design/upstream.md).
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any, Literal

import structlog
from confluent_kafka import KafkaError, TopicCollection
from confluent_kafka.admin import AclOperation

from schemas.topics import (
    ALL,
    ARTICLES,
    BY_MODEL,
    DEAD_LETTERS,
    FLOW,
    INCOMING,
    PROCESSED,
    READS,
    SPENDING,
)
from streams.backends.kafka import admin, names, oauth, tls
from streams.backends.kafka.connection import Forbidden
from streams.backends.kafka.librdkafka import SECONDS, SETTLING, SILENT, ask, is_error
from streams.errors import ConfigurationError
from streams.settings import Settings

Kind = Literal["topic", "group"]
RightOperation = Literal["Read", "Write", "Create", "Delete", "Describe", "DescribeConfigs"]

FORBIDDEN = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)
UNTOLD_STAGES = "who works in which stage is not told"
"""What the log says of rights that are missing and dispensable."""
_TRIES = 3
_log = structlog.get_logger()


@dataclass(frozen=True, order=True)
class Right:
    """The right to do *operation* to a topic or consumer group with this full name."""

    kind: Kind
    name: str
    operation: RightOperation
    prefix: str = ""
    """Where it is given to all names that begin with this, because they change with versions."""

    @property
    def pattern(self) -> str:
        """Return for which names it is given: this one, or all that begin so, with a `*`."""
        return f"{self.prefix}*" if self.prefix else self.name


Told = Mapping[tuple[Kind, str], Any]
"""What a broker says of topics and groups: what librdkafka has made of it, or a KafkaError."""


def needed(settings: Settings, *parts: str) -> list[Right]:
    """Return the rights that *parts* (see PARTS) need, in order, each once."""
    found = {right for part in parts for right in PARTS[part](settings)}
    implied = {
        replace(one, operation="Describe") for one in found if one.operation in _WITH_DESCRIBE
    }
    return sorted(found - implied)


def lacking(wanted: Iterable[Right], told: Told) -> list[Right]:
    """Return which of the *wanted* rights this user does not have, as far as it is *told*."""
    return [right for right, has in _held(wanted, told).items() if not has]


def grants(settings: Settings, rights: Iterable[Right], principal: str = "") -> list[str]:
    """
    Return the commands that give *rights*, one for each topic and group.

    Args:
        principal: whom; by default the user of *settings*.
    """
    whom = shlex.quote(principal or user(settings))
    return [
        f"kafka-acls --bootstrap-server {settings.kafka_brokers} --add --allow-principal {whom} "
        + " ".join(f"--operation {one.operation}" for one in same)
        + _of(same[0])
        for _, _, same in resources(rights)
    ]


def _of(right: Right) -> str:
    """Return the options of `kafka-acls` that name what *right* is to."""
    if right.prefix:
        return f" --{right.kind} {right.prefix} --resource-pattern-type prefixed"
    return f" --{right.kind} {right.name}"


def user(settings: Settings) -> str:
    """Return whom the brokers take us for, as ACLs name it."""
    if "SASL" not in settings.kafka_security_protocol:
        return f"User:{tls.subject(settings) or 'ANONYMOUS'}"
    if settings.kafka_sasl_mechanism != "OAUTHBEARER":
        return f"User:{settings.kafka_username}"
    try:
        said = oauth.Tokens(settings).get().claims().get("sub")
    except (oauth.NoToken, ConfigurationError):
        said = None
    return f"User:{said or settings.kafka_oauth_client_id}"


@asynccontextmanager
async def naming_missing_rights(settings: Settings, *parts: str) -> AsyncIterator[None]:
    """Have what is forbidden inside name the rights that *parts* lack."""
    try:
        yield
    except Forbidden as error:
        await require_rights(settings, *parts)
        if error.uncreated:  # of what is not there no rights are told
            lacks = [Right("topic", name, "Create") for name in error.uncreated]
            raise await asyncio.to_thread(forbidden, settings, lacks) from None
        raise


async def require_rights(settings: Settings, *parts: str) -> None:
    """
    Return if this user has the rights that *parts* need, as far as the broker says.

    A sidecar goes on without those to see who works in a stage, and the log says so.

    Raises:
        Forbidden: Some are missing. The message names all of them, and how to give them.
    """
    missing = [right for right, has in (await held(settings, *parts)).items() if not has]
    if missing:
        said = await asyncio.to_thread(forbidden, settings, missing)
        if not are_dispensable(settings, missing):
            raise said
        _log.warning(UNTOLD_STAGES, reason=str(said))


async def held(settings: Settings, *parts: str) -> dict[Right, bool]:
    """
    Return of the rights that *parts* need whether this user has them, as far as the broker says.

    Raises:
        Unavailable, ConfigurationError: It says nothing.
    """
    wanted = needed(settings, *parts)
    if await admin.is_embedded(settings):  # it asks for none, and is slow to say so
        return dict.fromkeys(wanted, True)
    return _held(wanted, await tell(settings, wanted))


async def tell(settings: Settings, wanted: Collection[Right]) -> dict[tuple[Kind, str], Any]:
    """
    Return what the broker says of the topics and groups of *wanted*.

    Of groups nothing if it does not say what we may do: before Kafka 2.3, and the embedded one.
    """
    topics = await _topics(settings, _named(wanted, "topic"))
    told: dict[tuple[Kind, str], Any] = {("topic", name): one for name, one in topics.items()}
    if any(is_error(one, *FORBIDDEN) or _may(one) is not None for one in topics.values()):
        groups = await describe_groups(settings, _named(wanted, "group"))
        told |= {("group", name): one for name, one in groups.items()}
    return told


async def describe_groups(settings: Settings, groups: Sequence[str]) -> dict[str, Any]:
    """Return what is told of each group. In a new cluster it takes a moment to find them."""
    found: dict[str, Any] = {}
    for _ in range(_TRIES):
        if not groups:
            break
        found = await ask(
            settings,
            lambda client: client.describe_consumer_groups(
                list(groups), include_authorized_operations=True, request_timeout=SECONDS / _TRIES
            ),
        )
        if not any(is_error(one, *SILENT, *SETTLING) for one in found.values()):
            break
    return found


async def _topics(settings: Settings, topics: Sequence[str]) -> dict[str, Any]:
    return await ask(
        settings,
        lambda client: client.describe_topics(
            TopicCollection(list(topics)),
            include_authorized_operations=True,
            request_timeout=SECONDS,
        ),
    )


def _named(rights: Iterable[Right], kind: Kind) -> list[str]:
    return sorted({right.name for right in rights if right.kind == kind})


def _held(wanted: Iterable[Right], told: Told) -> dict[Right, bool]:
    """Return of the *wanted* rights whether this user has them; nothing of those not *told*."""
    found = {right: _has(right, told.get((right.kind, right.name))) for right in wanted}
    return {right: has for right, has in found.items() if has is not None}


def _has(right: Right, said: Any) -> bool | None:
    """Say whether *said*, of its topic or group, has *right*; None if it does not tell."""
    if is_error(said, *FORBIDDEN):
        return False
    may = _may(said)
    return None if may is None else _OPERATIONS[right.operation] in may


def _may(said: Any) -> Collection[AclOperation] | None:
    """Return what we may do to a topic or group, None if that is not told."""
    may: Collection[AclOperation] | None = getattr(said, "authorized_operations", None)
    return may


def resources(rights: Iterable[Right]) -> Iterator[tuple[Kind, str, list[Right]]]:
    """Yield each topic and group with those of *rights* that are to it."""
    for (kind, name), same in groupby(sorted(rights), key=lambda one: (one.kind, one.name)):
        yield kind, name, list(same)


def forbidden(settings: Settings, rights: Sequence[Right]) -> Forbidden:
    """Return what is said of a user who lacks *rights*. It may ask for a token: not in a loop."""
    told = [
        f"{' and '.join(one.operation for one in same)} on {kind} {name}"
        for kind, name, same in resources(rights)
    ]
    return Forbidden(
        f"{user(settings)} lacks {', '.join(told)}",
        mend=" && ".join(grants(settings, rights)),
    )


def _stage(stage: str) -> Callable[[Settings], set[Right]]:
    """Return what needs the rights of *stage*: it reads, publishes, and knows what it published."""
    reads = READS[stage]
    writes = dict(pairwise(FLOW))[reads]

    def rights(settings: Settings) -> set[Right]:
        found = {
            Right("topic", names.topic(settings, reads), "Read"),
            Right("group", names.group(settings, stage), "Read"),
            Right("topic", names.topic(settings, writes), "Read"),
            Right("topic", names.topic(settings, writes), "Write"),
            Right("topic", names.topic(settings, DEAD_LETTERS), "Write"),
        }
        if stage == "retrieval":
            found.add(Right("topic", names.topic(settings, ARTICLES), "Read"))
            if settings.knowledge == "weaviate":
                found.add(_indexers(settings, "Read"))
        if spends(settings, stage):
            found |= _on(SPENDING, to=["Read", "Write"])(settings)
        return found

    return rights


def spends(settings: Settings, *stages: str) -> bool:
    """Say whether one of *stages* calls a model and must know what others have spent."""
    limited = settings.llm != "embedded" and settings.daily_dollars is not None
    return limited and not set(BY_MODEL).isdisjoint(stages)


def _on(*topics: names.AnyTopic, to: Sequence[RightOperation]) -> Callable[[Settings], set[Right]]:
    return lambda settings: {
        Right("topic", names.topic(settings, topic), operation)
        for topic in topics
        for operation in to
    }


def _groups(settings: Settings) -> set[Right]:
    """Return what is needed to see who is at work in which stage."""
    stages = {Right("group", names.group(settings, stage), "Describe") for stage in READS}
    is_shared = settings.knowledge == "weaviate"
    return stages | ({_indexers(settings, "Describe")} if is_shared else set())


def _indexers(settings: Settings, operation: RightOperation) -> Right:
    """
    Return a right to the groups that fill collections.

    It is this version's group that is asked about, and the group of every version that it is
    given to: the next version's workers must not wait for Kafka's administrator.
    """
    return Right(
        "group", names.indexer_group(settings), operation, prefix=names.indexer_groups(settings)
    )


def _sidecar(settings: Settings) -> set[Right]:
    follows = _on(INCOMING, PROCESSED, DEAD_LETTERS, to=["Read"])(settings)
    return _dispensable(settings) | follows | _on(INCOMING, to=["Write"])(settings)


def _dispensable(settings: Settings) -> set[Right]:
    """Return what a sidecar needs to say in `/health` how each stage is."""
    return {Right("group", names.group(settings, stage), "Describe") for stage in READS}


def are_dispensable(settings: Settings, rights: Iterable[Right]) -> bool:
    """Say whether a sidecar does all its work without *rights*."""
    return _dispensable(settings).issuperset(rights)


def _replay(settings: Settings) -> set[Right]:
    marks = _on(DEAD_LETTERS, to=["Read", "Write"])(settings)
    return marks | _on(*READS.values(), to=["Write"])(settings)


def _search(settings: Settings) -> set[Right]:
    return set() if settings.knowledge == "weaviate" else _on(ARTICLES, to=["Read"])(settings)


def _prune(settings: Settings) -> set[Right]:
    if settings.knowledge != "weaviate":
        return set()
    return {_indexers(settings, "Describe"), _indexers(settings, "Delete")}


def _check(settings: Settings) -> set[Right]:
    spent = _on(SPENDING, to=["Read"])(settings) if spends(settings, *READS) else set()
    return _groups(settings) | spent | _on(*ALL, to=["Describe", "DescribeConfigs"])(settings)


PARTS: Mapping[str, Callable[[Settings], set[Right]]] = {
    **{stage: _stage(stage) for stage in READS},
    "sidecar": _sidecar,
    "publish": _on(INCOMING, to=["Write"]),
    "kb-load": _on(ARTICLES, to=["Read", "Write"]),
    "kb-search": _search,
    "kb-dump": _on(ARTICLES, to=["Read"]),
    "kb-prune": _prune,
    "tail": _on(PROCESSED, to=["Read"]),
    "dead-letters": _on(DEAD_LETTERS, to=["Read"]),
    "replay": _replay,
    "topics": _on(*ALL, to=["Create", "Describe", "DescribeConfigs"]),
    "check": _check,
}
"""What needs rights of its own: each stage of a worker, and each command."""

AT_WORK = tuple(part for part in PARTS if part not in ("topics", "check"))
"""Those that need no right to create or to look into anything."""

_WITH_DESCRIBE = ("Read", "Write", "Delete")
_OPERATIONS: Mapping[RightOperation, AclOperation] = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Delete": AclOperation.DELETE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}
