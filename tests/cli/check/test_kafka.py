"""What `ticketstream check` finds in a real Kafka: policies, rights, and who is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    ResourcePatternType,
    ResourceType,
)
from pydantic import SecretStr

from schemas.topics import ARTICLES, DEAD_LETTERS, INCOMING, PROCESSED, TRIAGED, Topic
from streams.backends.kafka import admin, clients, names
from streams.cli.check.kafka import Inspection
from streams.errors import ConfigurationError
from streams.pipeline import STAGES
from streams.settings import Settings
from tests.support.kafka import RealKafka
from tests.support.machine import needs_real_servers
from tests.support.stages import (
    eventually,
    running,
)

pytestmark = pytest.mark.real

PASSWORDS = {"admin": "admin-secret", "support": "support-secret"}


async def asked(settings: Settings) -> Inspection:
    """Return what the cluster tells of its topics and groups."""
    inspection = Inspection(settings)
    await inspection.ask()
    return inspection


@pytest.fixture
def real(settings: Settings, limits: None) -> Settings:
    """Return settings for topics of this test alone on a real Kafka."""
    return settings


def configure(settings: Settings, which: Topic[Any], **values: str) -> None:
    """Set a topic's configuration, as `kafka-configs` does."""
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in values.items()
    ]
    name = names.topic(settings, which)
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
    with AdminClient({"bootstrap.servers": settings.kafka_brokers}) as admin:
        for done in admin.incremental_alter_configs([resource]).values():
            done.result(10)


async def test_topics_as_they_are_created_are_right(real: Settings) -> None:
    """
    What `ticketstream topics` has made needs no mending, and without ACLs everything is allowed.
    """
    inspection = await asked(real)

    assert [found.status for found in (*inspection.topics(), *inspection.rights())] == ["ok", "ok"]


async def test_missing_topics(real: Settings) -> None:
    """
    All topics that are missing are named at once, and none is made by the look.
    """
    other = real.model_copy(update={"topic_prefix": real.topic_prefix + "other-"})
    for _ in range(2):
        inspection = await asked(other)
        (found,) = inspection.topics()
        assert [one.status for one in inspection.rights()] == ["skipped"]
        assert found.status == "wrong"
        assert found.detail.count("other-") == 7
        assert found.mend == admin.MEND
        await _nobody_has_worked(inspection)


async def _nobody_has_worked(inspection: Inspection) -> None:
    """Assert that *inspection* says of each stage that its group is to come, and what makes it."""
    for one, stage in zip(await inspection.groups(), STAGES, strict=True):
        detail = f"{stage}: nobody has worked yet; its group comes with the first worker"
        assert (one.status, one.detail) == ("skipped", detail)
        assert one.mend == 'run "ticketstream topics", then "ticketstream worker"'


async def test_a_new_cluster() -> None:
    """
    A Kafka that nobody has used knows no groups, which is no fault, and is said without its codes.
    """
    needs_real_servers()
    with RealKafka() as new:
        inspection = await asked(Settings(kafka_brokers=new.brokers))
        await _nobody_has_worked(inspection)


@pytest.mark.parametrize(
    ("which", "config", "status", "said"),
    [
        (ARTICLES, {"cleanup_policy": "delete"}, "wrong", "cleanup.policy=delete"),
        (INCOMING, {"cleanup_policy": "compact"}, "wrong", "cleanup.policy=compact"),
        (TRIAGED, {"retention_ms": "60000"}, "warning", "retention.ms=60000"),
        (PROCESSED, {"retention_bytes": "1000"}, "warning", "retention.bytes=1000"),
        (INCOMING, {"max_message_bytes": "1000"}, "warning", "max.message.bytes=1000"),
        (DEAD_LETTERS, {"max_message_bytes": "1000"}, "wrong", "a dead letter may not fit"),
        (INCOMING, {"min_insync_replicas": "2"}, "warning", "min.insync.replicas=2 of 1"),
    ],
)
async def test_a_policy_that_would_lose_tickets(
    real: Settings, which: Topic[Any], config: dict[str, str], status: str, said: str
) -> None:
    """
    A policy that does not keep the promise is named by topic, with the command that mends it.
    """
    configure(real, which, **config)
    async with asyncio.timeout(20):  # the brokers learn of it from their controller
        while (found := next((await asked(real)).topics())).status == "ok":
            pass

    assert (found.status, said in found.detail) == (status, True), found
    name = names.topic(real, which)
    assert name in found.detail
    assert f"kafka-configs --alter --entity-type topics --entity-name {name} " in found.mend


async def test_one_topic_with_more_partitions(real: Settings) -> None:
    """
    Repeats are known by partition, so all topics of tickets have as many.
    """
    name = names.topic(real, INCOMING)
    with AdminClient({"bootstrap.servers": real.kafka_brokers}) as admin:
        admin.create_partitions([NewPartitions(name, 24)])[name].result(10)

    async def is_said() -> bool:
        (found,) = (await asked(real)).topics()
        return found.status == "warning" and f"{name} 24, " in found.detail

    await eventually(is_said)  # a moment later all brokers know it


async def test_who_is_at_work(real: Settings) -> None:
    """
    Each stage says how many work on it and how much waits; that nobody does is a warning.
    """
    async with clients.producer(real) as producer:
        await producer.send_and_wait(names.topic(real, INCOMING), b"{", key=b"T")

    async def is_told() -> bool:
        return (await (await asked(real)).groups())[0].detail.endswith(", 1 behind")

    await eventually(is_told)  # a new group's coordinator takes a moment
    before = await (await asked(real)).groups()
    async with running(real):
        async with asyncio.timeout(30):
            while (await (await asked(real)).groups())[0].detail != "triage: 1 at work, 0 behind":
                pass

    assert [found.status for found in before] == ["warning"] * 4
    assert before[0].detail == "triage: nobody at work, 1 behind"
    assert "ticketstream worker" in before[0].mend


@pytest.fixture(scope="module")
def guarded() -> Iterator[RealKafka]:
    """Return a Kafka with users and ACLs."""
    needs_real_servers()
    with RealKafka(users=PASSWORDS) as cluster:
        yield cluster


def allow(cluster: RealKafka, kind: ResourceType, name: str, *operations: AclOperation) -> None:
    """Let `support` do *operations* to all whose names begin with *name*."""
    new = [
        AclBinding(
            kind,
            name,
            ResourcePatternType.PREFIXED,
            "User:support",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for operation in operations
    ]
    with cluster.admin() as admin:
        for done in admin.create_acls(new).values():
            done.result(10)


async def test_rights(guarded: RealKafka) -> None:
    """
    What a user may not do is named, with the command that allows it, before a ticket needs it.
    """
    as_admin = Settings(
        kafka_brokers=guarded.brokers,
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_username="admin",
        kafka_password=SecretStr(PASSWORDS["admin"]),
    )
    support = as_admin.model_copy(
        update={"kafka_username": "support", "kafka_password": SecretStr(PASSWORDS["support"])}
    )
    await admin.create_topics(as_admin)
    assert await rights(as_admin) == [("ok", "")]

    nothing = await rights(support)
    assert {status for status, _ in nothing} == {"wrong", "warning"}
    assert len(nothing) == 7 + 4 + 1
    assert any("--operation Read --operation Write --topic kb-art" in m for _, m in nothing)
    assert any("--operation Read --group ticketstream-triage" in mend for _, mend in nothing)
    assert all("User:support" in mend for _, mend in nothing)

    every = (AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS)
    allow(guarded, ResourceType.GROUP, "ticketstream-", AclOperation.READ)
    for name in ("incoming", "triaged", "grounded", "drafted", "ticket-", "kb-"):
        allow(guarded, ResourceType.TOPIC, name, *(every if name != "kb-" else every[:1]))
    async with asyncio.timeout(20):
        while len(some := await rights(support)) != 2:
            pass
    assert [status for status, _ in some] == ["wrong", "warning"]
    assert "--operation Write --topic kb-articles" in some[0][1]
    assert "--operation DescribeConfigs --topic kb-articles" in some[1][1]


async def rights(settings: Settings) -> list[tuple[str, str]]:
    """Return what is found of a user's rights: status, and how to mend it."""
    return [(found.status, found.mend) for found in (await asked(settings)).rights()]


async def test_a_wrong_password(guarded: RealKafka) -> None:
    """
    Credentials that are refused are a fault of configuration that names the settings.
    """
    wrong = Settings(
        kafka_brokers=guarded.brokers,
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_username="support",
        kafka_password=SecretStr("hunter2"),
    )
    with pytest.raises(ConfigurationError, match="refuses the user or the password") as caught:
        await asked(wrong)
    assert "_USERNAME" in caught.value.mend
    assert "hunter2" not in str(caught.value)
