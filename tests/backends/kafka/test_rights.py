"""The least rights of each stage and command, on a Kafka with ACLs, and what one too few says."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import ConsumerGroupState, KafkaError
from confluent_kafka.admin import AclOperation
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from health.sidecar import Sidecar
from schemas import Article
from schemas.dead_letters import error_headers, letters
from schemas.topics import ALL, ARTICLES, DEAD_LETTERS, INCOMING, READS
from streams.backends.kafka import (
    admin,
    clients,
    connection,
    names,
    rights,
    rights_watch,
)
from streams.backends.kafka.connection import Forbidden
from streams.backends.kafka.rights import Right
from streams.cli.kb import prune
from streams.collection_names import FORM
from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.worker import Worker
from tests.health.conftest import PROCESS, a_ticket
from tests.support.command_line import SAMPLE
from tests.support.machine import needs_real_servers
from tests.support.process import environment
from tests.support.secured_kafka import SecuredKafka
from tests.support.stages import dead_letters, eventually, publish, ticket

COMMANDS = {
    "publish": ("publish", str(SAMPLE / "tickets.jsonl")),
    "kb-load": ("kb", "load", str(SAMPLE / "kb")),
    "kb-search": ("kb", "search", "refund"),
    "kb-dump": ("kb", "dump"),
    "kb-prune": ("kb", "prune"),
    "tail": ("tail", "--from-beginning", "--count", "1"),
    "dead-letters": ("dead-letters", "list"),
    "replay": ("dead-letters", "replay", "--class", "KeyError", "--again"),
    "topics": ("topics",),
    "check": ("check", "--for", "check"),
}
READS_TOPIC = Right("topic", "ticket-processed", "Read")
"""The one right that `tail` needs."""
PORTS = {"worker_http_port": 0, "sidecar_http_port": 0}
_numbers = count(1)


def test_every_part_is_tried() -> None:
    """
    What needs rights of its own is a stage, the sidecar, or a command that is tried here.
    """
    assert set(rights.PARTS) == {*READS, "sidecar", *COMMANDS}


def test_rights_have_the_prefix() -> None:
    """
    Topics and groups are those of the installation, and each right stands once.
    """
    settings = Settings(topic_prefix="eu-", knowledge="weaviate")
    found = rights.needed(settings, "triage", "retrieval")

    assert all(right.name.startswith("eu-") for right in found)
    assert len(set(found)) == len(found)
    assert Right("topic", "eu-triaged-tickets", "Write") in found


def test_a_right_to_the_groups_that_fill_collections_outlives_an_upgrade() -> None:
    """
    The group has the form of its collection in its name, and the right is to all that begin so:
    to those of the version before, which may still run, and of the next one.
    """
    settings = Settings(topic_prefix="eu-", knowledge="weaviate")
    (found,) = [r for r in rights.needed(settings, "retrieval") if "indexer" in r.name]

    assert found.name == f"eu-ticketstream-indexer-{FORM}"
    assert rights.grants(settings, [found]) == [
        "kafka-acls --bootstrap-server localhost:9092 --add --allow-principal User:ANONYMOUS"
        " --operation Read --group eu-ticketstream-indexer --resource-pattern-type prefixed"
    ]


def test_a_days_limit_needs_the_topic_of_what_is_spent() -> None:
    """
    Only those need it that call a model, or say what is spent, and only with the limit.
    """
    limited = Settings(llm="openai", daily_dollars=5.0)
    read, write = (Right("topic", "llm-spending", right) for right in ("Read", "Write"))
    for stage in ("triage", "drafting"):
        assert {read, write} <= set(rights.needed(limited, stage))
    assert read in rights.needed(limited, "check")
    others = rights.needed(limited, "retrieval", "policy", "sidecar", "publish")
    without = rights.needed(Settings(llm="openai", ticket_dollars=1.0), *READS, "sidecar")
    embedded = rights.needed(Settings(daily_dollars=5.0), *READS)
    assert not {read, write} & {*others, *without, *embedded}


def test_what_implies_describe() -> None:
    """
    Who may read or write may describe, too, so that is asked for only alone.
    """
    found = rights.needed(Settings(), "sidecar", "triage")

    assert Right("group", "ticketstream-triage", "Read") in found
    assert Right("group", "ticketstream-triage", "Describe") not in found
    assert Right("group", "ticketstream-policy", "Describe") in found


def test_commands_that_give_rights() -> None:
    """
    There is one for each topic and group, with a name that a shell leaves as it is.
    """
    found = rights.grants(
        Settings(), rights.needed(Settings(), "kb-load"), "User:CN=kb load,O=Acme"
    )

    assert found == [
        "kafka-acls --bootstrap-server localhost:9092 --add --allow-principal"
        " 'User:CN=kb load,O=Acme' --operation Read --operation Write --topic kb-articles"
    ]


@pytest.mark.parametrize(
    ("said", "has"),
    [
        (SimpleNamespace(authorized_operations=[AclOperation.READ]), {READS_TOPIC: True}),
        (SimpleNamespace(authorized_operations=[AclOperation.WRITE]), {READS_TOPIC: False}),
        (KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), {READS_TOPIC: False}),
        (SimpleNamespace(authorized_operations=None), {}),
        (KafkaError(KafkaError._TIMED_OUT), {}),
        (KafkaError(KafkaError._TRANSPORT), {}),
        (KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE), {}),
        (KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), {}),
        (None, {}),
    ],
    ids=str,
)
async def test_what_kafka_does_not_tell_is_not_made_up(
    monkeypatch: pytest.MonkeyPatch, said: object, has: dict[Right, bool]
) -> None:
    """
    A request that was not answered says nothing of a right, neither that it is there nor that it
    is missing. A command goes on then, and a watch keeps to what it knew.
    """

    async def no(_: Settings) -> bool:
        return False

    async def tell(*_: object) -> dict[tuple[str, str], object]:
        return {("topic", READS_TOPIC.name): said}

    monkeypatch.setattr(admin, "is_embedded", no)
    monkeypatch.setattr(rights, "tell", tell)

    assert await rights.held(Settings(), "tail") == has
    with pytest.raises(Forbidden) if False in has.values() else nullcontext():
        await rights.require_rights(Settings(), "tail")


# On a Kafka with an authorizer


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    said: str


async def call(settings: Settings, *arguments: str) -> Done:
    """Run `ticketstream` with *arguments* to its end."""
    command = [sys.executable, "-m", "streams.cli.main", *arguments]
    found = await asyncio.to_thread(
        subprocess.run,
        command,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(found.returncode, found.stdout, found.stderr)


@pytest.fixture(scope="module")
def kafka() -> Iterator[SecuredKafka]:
    """Return a secured Kafka with all topics, and an article and a dead letter."""
    needs_real_servers()
    with SecuredKafka() as running:
        asyncio.run(_filled(Settings(kafka_brokers=running.brokers)))
        yield running


async def _filled(settings: Settings) -> None:
    await admin.create_topics(settings)
    article = Article(doc_id="KB-1", title="Refunds", body="Ask for a refund.")
    async with clients.producer(settings) as producer:
        await producer.send_and_wait(ARTICLES.name, article.model_dump_json().encode(), key=b"KB-1")
    await _dead_letter(settings)


def someone(
    kafka: SecuredKafka, part: str, *, without: Right | None = None, prefix: str = ""
) -> Settings:
    """Return the settings of a new user with the rights of *part*, but for one."""
    user = f"{part}-{next(_numbers)}"
    settings = kafka.by_scram(user, "a-secret", topic_prefix=prefix, **PORTS)
    needed = rights.needed(settings, part)
    assert without is None or without in needed
    given = [(r.operation, r.kind, r.name) for r in needed if r != without]
    kafka.allow(f"User:{user}", given)
    return settings


@pytest.mark.real
@pytest.mark.parametrize("prefixed", [True, False])
async def test_the_right_to_all_groups_that_fill_collections(
    kafka: SecuredKafka, prefixed: bool
) -> None:
    """
    It is one to this version's group. One to the group of version 0.1 alone is too few, and what
    gives the other is said.
    """
    user = f"indexer-{next(_numbers)}"
    settings = kafka.by_scram(user, "a-secret", knowledge="weaviate")
    needed = rights.needed(settings, "retrieval")
    kafka.allow(f"User:{user}", [(r.operation, r.kind, r.name) for r in needed if not r.prefix])
    right = [("Read", "group", "ticketstream-indexer")]
    kafka.allow(f"User:{user}", right, prefixed=prefixed)

    held = await rights.held(settings, "retrieval")

    assert {right for right, has in held.items() if not has} == {
        right for right in needed if right.prefix and not prefixed
    }
    if not prefixed:
        with pytest.raises(Forbidden, match=f"lacks Read on group ticketstream-indexer-{FORM}"):
            await rights.require_rights(settings, "retrieval")


@pytest.mark.real
@pytest.mark.parametrize("may_delete", [True, False])
async def test_pruning_takes_offsets_along_if_it_may(
    kafka: SecuredKafka, capsys: pytest.CaptureFixture[str], may_delete: bool
) -> None:
    """
    With its own rights it deletes the group of another version. Without Delete it says what gives
    that, and goes on.
    """
    group = f"ticketstream-indexer-TicketstreamKb{next(_numbers)}X"
    where = connection.options(Settings(kafka_brokers=kafka.brokers))
    async with AIOKafkaConsumer(ARTICLES.name, **where, group_id=group) as member:
        place = TopicPartition(ARTICLES.name, 0)
        while place not in member.assignment():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.1)
        await member.commit({place: 1})
    user = f"prune-{next(_numbers)}"
    settings = kafka.by_scram(user, "a-secret", knowledge="weaviate")
    given = "Delete" if may_delete else "Describe"
    assert may_delete == (given in {r.operation for r in rights.needed(settings, "kb-prune")})
    right = [(given, "group", "ticketstream-indexer")]
    kafka.allow(f"User:{user}", right, prefixed=True)

    assert await prune._is_free(settings, group)

    told = await rights.describe_groups(Settings(kafka_brokers=kafka.brokers), [group])
    assert (told[group].state == ConsumerGroupState.DEAD) == may_delete
    said = "--operation Delete --group ticketstream-indexer --resource-pattern-type prefixed"
    assert (said in capsys.readouterr().err) == (not may_delete)


@pytest.mark.real
async def test_each_part_works_with_its_own_rights(kafka: SecuredKafka) -> None:
    """
    Topics, articles, a ticket over HTTP and from a file, a dead letter and its replay: every
    stage and command does its work as a user of its own, with its own rights and no others.
    """
    prefix = "own-"
    everybody = Settings(kafka_brokers=kafka.brokers, topic_prefix=prefix)

    async def done(part: str) -> Done:
        found = await call(someone(kafka, part, prefix=prefix), *COMMANDS[part])
        assert found.code == 0, (part, found)
        return found

    assert (await done("topics")).out.count('"created"') == len(ALL)
    assert '"loaded": 36' in (await done("kb-load")).out
    assert "KB-" in (await done("kb-search")).out
    assert (await done("kb-dump")).out.count('"doc_id"') == 36
    assert '"published": 48' in (await done("publish")).out
    async with AsyncExitStack() as stack:
        for stage in READS:
            settings = someone(kafka, stage, prefix=prefix)
            await stack.enter_async_context(Worker(settings, [stage]))
        sidecar = await stack.enter_async_context(Sidecar(someone(kafka, "sidecar", prefix=prefix)))
        assert await _processed(sidecar) == 200
        await publish(everybody, (b"T-1", b"no JSON", ()))
        await dead_letters(everybody, 1)
        assert '"ticket_id"' in (await done("tail")).out
        assert json.loads((await done("dead-letters")).out)["stage"] == "triage"
        await _dead_letter(everybody)
        assert '"replayed": 1, "refused": 0' in (await done("replay")).out
        looked = (await done("check")).out
        triage = someone(kafka, "triage", prefix=prefix)
        assert '"all that triage needs"' not in looked
        assert "all that check needs" in looked
        seen = await call(triage, "check", "--for", "triage")
    assert seen.code == 0
    assert '"wrong"' not in seen.out


async def _processed(sidecar: Sidecar) -> int:
    """Return the status of a process call, once Kafka is followed."""
    async with asyncio.timeout(90), aiohttp.ClientSession() as session:
        while True:
            async with session.post(sidecar.url + PROCESS, json=a_ticket()) as answer:
                if answer.status != 503:
                    return answer.status
            await asyncio.sleep(0.5)


def too_few(*parts: str) -> list[Any]:
    """Return each right of *parts*, with its part; of commands for all topics those of one."""
    found = []
    for part in parts:
        needed = rights.needed(Settings(), part)
        if part in ("topics", "check"):
            first = names.topic(Settings(), INCOMING), names.group(Settings(), "triage")
            needed = [right for right in needed if right.name in first]
        found += [(part, right) for right in needed]
    return [pytest.param(*one, id=f"{one[0]}-{one[1].operation}-{one[1].name}") for one in found]


def said_of(settings: Settings, right: Right) -> tuple[str, str]:
    """Return what is said of the user who lacks *right*: what is missing, and what gives it."""
    user = f"User:{settings.kafka_username}"
    return (
        f"{user} lacks {right.operation} on {right.kind} {right.name}",
        f"kafka-acls --bootstrap-server {settings.kafka_brokers} --add --allow-principal {user}"
        f" --operation {right.operation} --{right.kind} {right.name}",
    )


@pytest.mark.real
@pytest.mark.parametrize(("part", "right"), too_few(*READS))
async def test_a_stage_with_one_right_too_few(kafka: SecuredKafka, part: str, right: Right) -> None:
    """
    A worker ends before it takes a ticket, and says which right is missing and what gives it.
    """
    settings = someone(kafka, part, without=right)

    with pytest.raises(ConfigurationError) as error:
        async with Worker(settings, [part]):
            pass
    assert (error.value.detail, error.value.mend) == said_of(settings, right)


@pytest.mark.real
@pytest.mark.parametrize(("part", "right"), too_few("triage"))
async def test_a_right_that_is_taken_from_a_stage_at_work(
    kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch, part: str, right: Right
) -> None:
    """
    The worker is not ready, it and its log say which right is missing and what gives it, and the
    metric is 1, until the right is there again. A stage that may not read its topic any more ends,
    and says the same.
    """
    monkeypatch.setattr(rights_watch, "LOOK_SECONDS", 0.5)
    settings = someone(kafka, part)
    user, of = f"User:{settings.kafka_username}", (right.operation, right.kind, right.name)
    lacks, mend = said_of(settings, right)

    with capture_logs() as logs:
        async with Worker(settings, [part]) as worker:

            async def is_ready() -> bool:
                return set(worker.ready().items()) == {(part, "healthy")}

            async def is_named() -> bool:
                return worker.ready().get("kafka") == f"{lacks}: {mend}"

            await eventually(is_ready)
            kafka.forbid(user, *of)
            if right == Right("topic", INCOMING.name, "Read"):
                async with asyncio.timeout(60):
                    assert await worker.failed() == (
                        f"stage {part} does not run any more: {lacks}: {mend}"
                    )
            else:
                await eventually(is_named)
                assert refuses() == 1
                kafka.allow(user, [of])
                await eventually(is_ready)
                assert refuses() == 0
    named = [(line["lacks"], line["mend"]) for line in logs if "lacks" in line]
    assert named == [(lacks, mend)]


def refuses() -> float | None:
    """Return what the metric says of Kafka."""
    return REGISTRY.get_sample_value("ticketstream_backend_refuses", {"backend": "kafka"})


@pytest.mark.real
@pytest.mark.parametrize(
    "right", [p.values[1] for p in too_few("sidecar") if p.values[1].kind == "topic"], ids=str
)
async def test_a_right_that_is_taken_from_a_sidecar_at_work(
    kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch, right: Right
) -> None:
    """
    A process call has it find out at once: it is not ready, its log says which right is missing
    and what gives it, and the metric is 1, until the right is there again. Callers hear that an
    operator must mend it.
    """
    settings = someone(kafka, "sidecar").model_copy(update={"process_seconds": 0.5})
    user, of = f"User:{settings.kafka_username}", (right.operation, right.kind, right.name)
    with capture_logs() as logs:
        async with Sidecar(settings) as sidecar, aiohttp.ClientSession() as session:

            async def is_ready() -> bool:
                async with session.get(f"{sidecar.url}/health/ready") as answer:
                    return answer.status == 200

            async def is_refused() -> bool:
                async with session.post(sidecar.url + PROCESS, json=a_ticket()) as answer:
                    said = await answer.text()
                return answer.status == 503 and "an operator must mend that" in said

            async def is_not_ready() -> bool:
                return not await is_ready()

            async def is_counted() -> bool:
                return refuses() == 1

            await eventually(is_ready)
            assert refuses() == 0
            kafka.forbid(user, *of)
            await eventually(is_refused)
            await eventually(is_not_ready)
            await eventually(is_counted)
            monkeypatch.setattr(rights_watch, "LOOK_SECONDS", 0.5)
            sidecar._rights.doubt()  # else it looks in half a minute
            kafka.allow(user, [of])
            await eventually(is_ready)
            assert refuses() == 0
    named = [(line["lacks"], line["mend"]) for line in logs if "lacks" in line]
    assert named == [said_of(settings, right)]


NOT_TRIED = {
    Right("topic", names.topic(Settings(), topic), "Write")
    for topic in READS.values()
    if topic is not INCOMING
}
"""The rights of `replay` that it needs for letters of later stages."""


@pytest.mark.real
@pytest.mark.parametrize(
    ("part", "right"),
    [
        one
        for one in too_few(*(c for c in COMMANDS if c not in ("check", "topics")))
        if not (one.values[0] == "replay" and one.values[1] in NOT_TRIED)
    ],
)
async def test_a_command_with_one_right_too_few(
    kafka: SecuredKafka, tmp_path: Path, part: str, right: Right
) -> None:
    """
    It ends with 2, and one sentence says which right is missing and what gives it.
    """
    settings = someone(kafka, part, without=right)
    command = COMMANDS[part]
    if part == "kb-load":  # unchanged articles are not sent
        (tmp_path / "new.md").write_text(f"# Article {next(_numbers)}\n\nIt is new.\n")
        command = (*command[:-1], str(tmp_path))
    done = await call(settings, *command)

    what, mend = said_of(settings, right)
    assert done.code == 2, done
    assert done.said.splitlines()[-1] == f"ticketstream: {what}: {mend}"


async def _dead_letter(settings: Settings) -> None:
    """Publish a dead letter of the first stage, which had a bug."""
    errors = error_headers(
        stage="triage",
        error_class="KeyError",
        reason="a bug",
        attempts=1,
        origin_topic=names.topic(settings, INCOMING),
        origin=(0, 0),
        at=datetime.now(UTC),
    )
    key, value, _ = ticket(1)
    key, value, headers = next(iter(letters(key, value, [], errors)))
    to = names.topic(settings, DEAD_LETTERS)
    async with clients.producer(settings) as producer:
        await producer.send_and_wait(to, value, key=key, headers=headers)


@pytest.mark.real
@pytest.mark.parametrize(("part", "right"), too_few("topics"))
async def test_topics_with_one_right_too_few(kafka: SecuredKafka, part: str, right: Right) -> None:
    """
    What it may not create, see or check is named; it does not pass over it.
    """
    prefix = f"few-{next(_numbers)}-"
    mine = Right(right.kind, prefix + right.name, right.operation)
    settings = someone(kafka, part, without=mine, prefix=prefix)
    done = await call(settings, "topics")

    user = f"User:{settings.kafka_username}"
    assert done.code == 2, done
    assert f"{user} lacks " in done.said
    assert right.operation in done.said
    assert f" --topic {mine.name}" in done.said


@pytest.mark.real
@pytest.mark.parametrize(("part", "right"), too_few("check"))
async def test_check_with_one_right_too_few(kafka: SecuredKafka, part: str, right: Right) -> None:
    """
    `check` says what its own user lacks, as it does for those of other parts.
    """
    settings = someone(kafka, part, without=right)
    done = await call(settings, *COMMANDS[part])

    rows = [row for row in map(json.loads, done.out.splitlines()) if row.get("check") == "rights"]
    assert done.code == 2
    assert any(
        right.operation in row["detail"]
        and f"{right.kind} {right.name}" in row["detail"]
        and row["mend"].startswith("kafka-acls ")
        for row in rows
    ), rows


@pytest.mark.real
@pytest.mark.parametrize(("part", "right"), too_few("sidecar"))
async def test_a_sidecar_with_one_right_too_few(
    kafka: SecuredKafka, part: str, right: Right
) -> None:
    """
    It serves, says in its log which right is missing and what gives it, and follows once it has it.
    """
    settings = someone(kafka, part, without=right)
    with structlog.testing.capture_logs() as logged:

        async def has_said(what: str) -> bool:
            return any(what in f"{line}" for line in logged)

        async with Sidecar(settings):
            await eventually(lambda: has_said(" lacks "))
            kafka.allow(f"User:{settings.kafka_username}", [_as_given(right)])
            await eventually(lambda: has_said("'event': 'following'"))

    what, mend = said_of(settings, right)
    reason = next(line["reason"] for line in logged if " lacks " in line.get("reason", ""))
    assert reason.endswith(f"{what}: {mend}")


def _as_given(right: Right) -> tuple[str, str, str]:
    return right.operation, right.kind, right.name


@pytest.mark.real
async def test_printed_commands_give_the_rights(kafka: SecuredKafka, tmp_path: Path) -> None:
    """
    What `ticketstream acls` prints is run as it stands, by Kafka's own tool, and then all is well.
    """
    settings = kafka.by_scram("shell", "a-secret", **PORTS)
    before = await call(settings, *COMMANDS["kb-search"])
    as_admin = settings.model_copy(update={"kafka_brokers": kafka.brokers})
    printed = await call(as_admin, "acls", "kb-search", "kb-load", "--principal", "User:shell")
    tool = kafka.kafka_acls(tmp_path)
    subprocess.run(
        ["sh", "-e"],
        input=printed.out,
        env={"PATH": f"{tool.parent}:/usr/bin:/bin"},
        text=True,
        check=True,
        capture_output=True,
    )
    after = await call(settings, *COMMANDS["kb-load"])

    assert before.code == 2
    assert len(printed.out.splitlines()) == 1
    assert after.code == 0, after
