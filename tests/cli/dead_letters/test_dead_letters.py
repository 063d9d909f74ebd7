"""Dead letters are found, looked at, mended and replayed, with a real agent on a real protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import click
import pytest
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from health.sidecar import Sidecar
from schemas import IncomingTicket, ProcessedTicket, TriagedTicket
from schemas.dead_letters import is_mark, mark
from schemas.envelope import event_id, header, input_identity
from schemas.topics import (
    DEAD_LETTERS,
    INCOMING,
    MAX_DEAD_LETTER_BYTES,
    PROCESSED,
    TRIAGED,
    Topic,
)
from streams.agents import Agent
from streams.backends.kafka import clients, connection, names
from streams.cli import main
from streams.cli.dead_letters.register import Register, reading
from streams.cli.dead_letters.replayer import Ready, replaying
from streams.cli.up import session as up
from streams.cli.up.display import Showing
from streams.errors import ConfigurationError, Unavailable
from streams.service import logs
from streams.settings import Settings
from streams.stage import Message, Route
from tests.cli.test_main import _parts as parts
from tests.cli.test_main import on_terminal
from tests.support.process import environment
from tests.support.stages import (
    Sent,
    dead_letters,
    eventually,
    publish,
    read,
    running,
    ticket,
    triaged,
)

NOW = datetime.now(UTC)
SECRET = "4111 1111 1111 1111"
BROKEN: Sent = (b"T-1", b'{"ticket_id": "T-1", "raw_message": "%s"' % SECRET.encode(), ())


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code, JSON Lines of standard output, standard error."""

    code: int
    rows: list[dict[str, Any]]
    said: str


Call = Callable[..., Awaitable[Done]]


@pytest.fixture
def call(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    """Return what runs `ticketstream dead-letters` with arguments to its end, in this process."""
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", settings.kafka_brokers)
    monkeypatch.setenv("TICKETSTREAM_TOPIC_PREFIX", settings.topic_prefix)
    handlers = logging.getLogger().handlers
    logs.quiet()

    def run(*arguments: str) -> int:
        try:
            code: int = main.cli.main(["dead-letters", *arguments], standalone_mode=False)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except (ConfigurationError, Unavailable) as error:
            code = main._explain(error)
        return code

    async def call(*arguments: str) -> Done:
        capsys.readouterr()
        code = await asyncio.to_thread(run, *arguments)
        out, said = capsys.readouterr()
        return Done(code, [json.loads(line) for line in out.splitlines()], said)

    yield call
    logging.getLogger().handlers = handlers
    structlog.reset_defaults()


class Bug:
    """Two stages, from incoming-tickets to ticket-processed; one has a bug until it is mended."""

    def __init__(self, stage: str) -> None:
        self.in_stage: str | None = stage

    def mend(self) -> None:
        """Have no bug any more."""
        self.in_stage = None

    async def triage(self, ticket: IncomingTicket) -> TriagedTicket:
        """Return what a stage makes of *ticket*, or fail as one with a bug does."""
        if self.in_stage == "triage":
            raise KeyError(ticket.raw_message)
        return await triaged(ticket)

    async def policy(self, event: TriagedTicket) -> ProcessedTicket:
        """Return what the last stage might make of *event*, or fail as one with a bug does."""
        if self.in_stage == "policy":
            raise KeyError(event.ticket.raw_message)
        (example,) = PROCESSED.carries.model_json_schema()["examples"]
        return ProcessedTicket(**{**example, "ticket_id": event.ticket.ticket_id})


@asynccontextmanager
async def two_stages(settings: Settings, bug: Bug) -> AsyncIterator[None]:
    """Run the stages of *bug* until the block ends."""
    route = (
        Route(INCOMING).then("triage", bug.triage, TRIAGED).then("policy", bug.policy, PROCESSED)
    )
    agents = [Agent(stage, settings) for stage in route.stages]
    await asyncio.gather(*(agent.app.start() for agent in agents))
    try:
        yield
    finally:
        await asyncio.gather(*(agent.app.stop() for agent in agents))


async def on(settings: Settings, topic: Topic[Any], count: int) -> list[ConsumerRecord]:
    """Return what is on *topic* in the order in which it was put there."""
    return sorted(await read(settings, topic, count), key=lambda record: record.timestamp)


def a_letter(key: bytes | None, value: bytes, *headers: tuple[str, bytes], **more: str) -> Sent:
    """Return a dead letter as a stage writes it."""
    said = {
        "error-stage": "triage",
        "error-class": "Unprocessable",
        "error-message": "raw_message: Field required",
        "error-attempts": "1",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return key, value, [*headers, *((name, text.encode()) for name, text in said.items())]


async def bury(settings: Settings, *letters: Sent) -> None:
    """Put *letters* on ticket-dead-letters, in this order."""
    async with clients.producer(settings) as producer:
        for key, value, headers in letters:
            await producer.send_and_wait(
                names.topic(settings, DEAD_LETTERS), value, key, headers=list(headers)
            )


async def test_found_mended_and_through(settings: Settings, call: Call, tmp_path: Path) -> None:
    """
    A broken message is listed without its text, shown with it, mended, replayed once, and through.
    """
    file = tmp_path / "broken.json"
    async with running(settings):
        await publish(settings, BROKEN)
        await dead_letters(settings, 1)

        listed = await call("list")
        (row,) = listed.rows
        assert (row["key"], row["stage"], row["class"]) == ("T-1", "triage", "Unprocessable")
        assert "Invalid JSON" in row["reason"]
        assert row["replayed_at"] is None
        assert SECRET not in str(listed)
        assert "1 dead letter: 1 Unprocessable; 0 replayed" in listed.said

        (shown,) = (await call("show", row["id"])).rows
        assert shown["value"] == BROKEN[1].decode()  # type: ignore[union-attr]
        await call("show", row["id"], "--output", str(file))
        assert file.read_bytes() == BROKEN[1]
        assert (await call("show", row["id"], "--output", str(file))).code == 2

        still = await call("replay", row["id"], "--with", str(file))
        assert still.code == 2
        assert "Invalid JSON" in still.said
        assert SECRET not in still.said

        file.write_bytes(file.read_bytes() + b"}\n")
        done = await call("replay", row["id"], "--with", str(file))
        assert done.code == 0
        assert done.rows[-1] == {"replayed": 1, "refused": 0}
        (out,) = await read(settings, TRIAGED, 1)
        assert json.loads(out.value)["ticket"]["raw_message"] == SECRET
        assert header(out.headers, "replay-of") == row["id"]

        twice = await call("replay", row["id"], "--with", str(file))
        assert twice.code == 2
        assert "--again" in twice.said
        (row,) = (await call("list", "--replayed")).rows
        assert row["replayed_to"] == names.topic(settings, INCOMING)
        assert (await call("list", "--not-replayed")).rows == []

        again = await call("replay", row["id"], "--with", str(file), "--again")
        assert again.code == 0
        first, second = await read(settings, TRIAGED, 2)
        assert header(first.headers, "ce_id") == header(second.headers, "ce_id")


async def test_a_dry_run_changes_nothing(settings: Settings, call: Call) -> None:
    """
    `--dry-run` says what would be replayed and what is refused, and publishes nothing.
    """
    async with running(settings, Bug("triage").triage):
        await publish(settings, ticket(1), BROKEN)
        await dead_letters(settings, 2)
    (row,) = (await call("list", "--class", "KeyError")).rows

    done = await call("replay", "--all", "--dry-run")

    assert done.code == 1
    assert done.rows == [
        {"id": row["id"], "ticket": "T-1", "to": names.topic(settings, INCOMING), "done": "ready"},
        {"ready": 1, "refused": 1},
    ]
    assert "--with FILE" in done.said
    assert len(await read(settings, DEAD_LETTERS, 2)) == 2
    assert len(await read(settings, INCOMING, 2)) == 2


async def test_a_bug_that_was_mended(settings: Settings, call: Call) -> None:
    """
    All letters of a bug are replayed at once, those that were before are left out, and what
    fails again is a letter of its own that names the first.
    """
    bug = Bug("triage")
    async with running(settings, bug.triage):
        await publish(settings, *(ticket(n) for n in range(3)))
        await dead_letters(settings, 3)
        ids = {row["id"] for row in (await call("list")).rows}
        one = min(ids)
        assert (await call("replay", one)).code == 0
        await read(settings, DEAD_LETTERS, 3 + 1 + 1)
        (again,) = [row for row in (await call("list")).rows if row["id"] not in ids]
        assert again["replay_of"] == one

        bug.mend()
        done = await call("replay", "--class", "KeyError", "--stage", "triage")
        out = await read(settings, TRIAGED, 3)

    assert done.code == 0
    assert done.rows[-1] == {"replayed": 3, "refused": 0, "skipped": 1}
    assert {record.key for record in out} == {b"T-0", b"T-1", b"T-2"}
    assert (await call("replay", "--all")).rows == [{"replayed": 0, "refused": 0, "skipped": 4}]
    records = await read(settings, DEAD_LETTERS, 8)
    marks = [r for r in records if is_mark(r.headers)]
    letters = {(r.partition, r.key) for r in records if not is_mark(r.headers)}
    assert len(marks) == 4
    assert {(r.partition, r.key) for r in marks} == letters
    assert {r.value for r in marks} == {None}


async def test_the_result_is_the_one_that_it_would_have_been(
    settings: Settings, call: Call
) -> None:
    """
    From whichever stage a ticket is replayed, its result has the `ce_id` that it would have had.
    """
    own = [("ce_source", b"desk"), ("ce_id", b"4711")]
    carried = [("correlation-id", b"c"), ("run", b"7")]
    expected = {}
    bug = Bug("policy")
    async with two_stages(settings, bug):
        for number in range(6):  # each kind of identity, for each place to begin
            message_id = "m-1" if number % 3 == 1 else None
            headers = [*(own if number % 3 == 0 else []), *carried]
            key, value, _ = ticket(
                number, message_id=message_id, metadata={"f": 1.0}, unknown=[None]
            )
            await publish(settings, (key, value, headers))
            sent = IncomingTicket.model_validate_json(value or b"")
            identity = input_identity(sent, headers)
            expected[key] = event_id(PROCESSED.ce_type, sent, identity, "7")
        letters = await dead_letters(settings, 6)
        ids = {record.key: f"{record.partition}-{record.offset}" for record in letters}
        bug.mend()
        here = await call("replay", *(ids[b"T-%d" % n] for n in range(3)))
        start = await call("replay", "--from-start", *(ids[b"T-%d" % n] for n in range(3, 6)))
        out = await read(settings, PROCESSED, 6)

    assert {row["to"] for row in here.rows[:-1]} == {names.topic(settings, TRIAGED)}
    assert {row["to"] for row in start.rows[:-1]} == {names.topic(settings, INCOMING)}
    assert {record.key: header(record.headers, "ce_id") for record in out} == expected
    assert {header(record.headers, "correlation-id") for record in out} == {"c"}
    given = {name for record in out for name, _ in record.headers}
    assert not [name for name in given if name.startswith(("error-", "origin-", "failed-"))]


async def test_a_mended_ticket_from_the_start_keeps_its_identity(
    settings: Settings, call: Call, tmp_path: Path
) -> None:
    """
    An event that cannot be read is replayed from the start with a ticket, as its publisher's event.
    """
    file = tmp_path / "ticket.json"
    file.write_text('{"ticket_id": "T-1", "raw_message": "Site down"}')
    inputid = ("ce_inputid", b'["event", "desk", "4711"]')
    lies = {"origin_topic": names.topic(settings, TRIAGED), "origin_partition": "0"}
    await bury(settings, a_letter(b"T-1", b"{", inputid, ("ce_id", b"x"), **lies))

    assert (await call("replay", "0-0", "--from-start")).code == 2
    (row,) = (await call("list")).rows
    done = await call("replay", row["id"], "--from-start", "--with", str(file))

    assert done.code == 0
    (record,) = await read(settings, INCOMING, 1)
    sent = IncomingTicket.model_validate_json(record.value)
    assert input_identity(sent, record.headers) == inputid[1].decode()


@pytest.mark.parametrize("as_event", [False, True])
async def test_from_the_start_needs_the_ticket_alone(
    settings: Settings, call: Call, tmp_path: Path, as_event: bool
) -> None:
    """
    From the start whatever a later stage choked on does not matter, in the letter and in a file.
    """
    own = {"ticket_id": "T-1", "raw_message": "Site down", "unknown": 1.0}
    event = {"ticket": own, "triage": {"priority": "P9"}}
    identity = ("ce_inputid", b'["event", "desk", "4711"]')
    origin = {"error_stage": "retrieval", "origin_topic": names.topic(settings, TRIAGED)}
    await bury(settings, a_letter(b"T-1", json.dumps(event).encode(), identity, **origin))
    (row,) = (await call("list")).rows
    file = tmp_path / "mended.json"
    file.write_text(json.dumps(event if as_event else own))

    here = await call("replay", row["id"])
    done = await call("replay", row["id"], "--from-start")
    mended = await call("replay", row["id"], "--from-start", "--again", "--with", str(file))

    assert (here.code, done.code, mended.code) == (2, 0, 0)
    assert "triage" in here.said
    for record in await read(settings, INCOMING, 2):
        sent = IncomingTicket.model_validate_json(record.value)
        assert sent.model_dump(exclude_defaults=True) == own
        assert input_identity(sent, record.headers) == identity[1].decode()


async def _mended(
    settings: Settings, call: Call, file: Path, letter: Sent, *options: str, **ticket: object
) -> Done:
    """Replay *letter*, which is of incoming-tickets, with *ticket* in *file*."""
    key, value, headers = letter
    name = names.topic(settings, INCOMING)
    await bury(settings, a_letter(key, value or b"", *headers, origin_topic=name))
    file.write_text(json.dumps({"ticket_id": "T-1", "raw_message": SECRET, **ticket}))
    *_, row = sorted((await call("list")).rows, key=lambda row: str(row["at"]))
    return await call("replay", row["id"], "--with", str(file), *options)


@pytest.mark.parametrize(
    ("key", "value", "given", "said"),
    [
        (b"x", b'{"ticket_id": "T-2"}', {}, "ticket T-2, and the value given is of ticket T-1"),
        (b"T-2", b"{", {}, "ticket T-2, and the value given is of ticket T-1"),
        (b"T-2", b'{"raw_message": 1}', {}, "ticket T-2, and the value given is of ticket T-1"),
        (
            b"T-1",
            b'{"ticket_id": "T-1", "tenant": "acme"}',
            {"tenant": "umbrella"},
            "tenant acme, and the value given is of tenant umbrella",
        ),
    ],
)
async def test_a_value_of_another_ticket_is_refused(
    settings: Settings,
    call: Call,
    tmp_path: Path,
    key: bytes,
    value: bytes,
    given: dict[str, object],
    said: str,
) -> None:
    """
    A file that is of another ticket than the letter would lose the letter's: it takes an option.
    """
    file = tmp_path / "mended.json"
    refused = await _mended(settings, call, file, (key, value, ()), **given)
    meant = await _mended(settings, call, file, (key, value, ()), "--other-ticket", **given)

    assert (refused.code, meant.code) == (2, 0)
    assert said in refused.said
    assert "--other-ticket" in refused.said
    assert SECRET not in refused.said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"7", b'{"ticket_id": 7}'),
        (b"x", b'{"ticket_id": ""}'),
        (b"\xff", b"{"),
        (b"k" * 257, b"["),
        (None, b"{"),
        (b"x", b'{"ticket_id": "T-1", "raw_message": 1}'),
    ],
)
async def test_a_letter_without_an_id_takes_any(
    settings: Settings, call: Call, tmp_path: Path, key: bytes | None, value: bytes
) -> None:
    """
    Where it was the id that was broken, or is the same, a mended value needs no option.
    """
    done = await _mended(settings, call, tmp_path / "mended.json", (key, value, ()))

    assert (done.code, done.rows[-1]) == (0, {"replayed": 1, "refused": 0})


async def test_the_reason_is_in_our_words(settings: Settings, call: Call) -> None:
    """
    A rule of ours is told as it is written, without a library's words in front.
    """
    async with running(settings):
        await publish(settings, (b"T-1", b'{"ticket_id": "T-1"}', ()))
        await dead_letters(settings, 1)
    (row,) = (await call("list")).rows

    assert row["reason"] == "message: give a raw_message or a subject that is not empty"


async def test_replays_are_keyed_by_the_tickets_id(settings: Settings, call: Call) -> None:
    """
    A message that came without its ticket's key is replayed with it: order is promised only there.
    """
    async with running(settings, Bug("triage").triage):
        _, value, _ = ticket(1)
        await publish(settings, (None, value, ()), (b"other", value, ()), (b"T-1", value, ()))
        await dead_letters(settings, 3)
    await call("replay", "--all")

    *_, first, second, third = await on(settings, INCOMING, 6)
    assert {first.key, second.key, third.key} == {b"T-1"}
    assert len({first.partition, second.partition, third.partition}) == 1
    assert (await call("list", "--not-replayed")).rows == []


async def test_filters(settings: Settings, call: Call) -> None:
    """
    Letters are found by stage, class and time; what is not there is said with what is.
    """
    assert "there are no dead letters" in (await call("list")).said
    await bury(settings, a_letter(b"A", b"1"), a_letter(b"B", b"2", error_stage="drafting"))
    between = datetime.now(UTC) + timedelta(milliseconds=2)
    await asyncio.sleep(0.005)
    await bury(settings, a_letter(b"C", b"3", error_class="KeyError"))

    async def keys(*filters: str) -> set[str]:
        return {row["key"] for row in (await call("list", *filters)).rows}

    at = between.isoformat()
    assert await keys() == {"A", "B", "C"}
    assert await keys("--stage", "drafting") == {"B"}
    assert await keys("--class", "KeyError", "--class", "Other") == {"C"}
    assert await keys("--since", at) == {"C"}
    assert await keys("--until", at) == {"A", "B"}
    assert await keys("--since", "1h", "--stage", "triage", "--until", "0s") == {"A", "C"}
    for command in ("list", "replay"):
        none = await call(command, "--stage", "policy")
        assert (none.code, [row for row in none.rows if "replayed" not in row]) == (0, [])
        assert "none of 3 dead letters matches" in none.said
        assert "drafting, triage" in none.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay"], "Give IDs"),
        (["replay", "0-0", "--all"], "Give IDs"),
        (["replay", "--all", "--with", __file__], "one ID"),
        (["replay", "0-0", "--other-ticket"], "--with"),
        (["replay", "0-0", "0-99"], "no dead letter has the ID 0-0, 0-99"),
        (["replay", "99-0"], "no dead letter has the ID 99-0"),
        (["show", "99-0"], "no dead letter has the ID 99-0"),
        (["show", "7"], "7 is not the ID"),
        (["show", "1-1\u0663"], "is not the ID"),
        (["list", "--since", "yesterday"], "--since"),
        (["list", "--since", "99999999d"], "--since"),
    ],
)
async def test_wrong_use(settings: Settings, call: Call, arguments: list[str], said: str) -> None:
    """
    What is meant wrongly is said with the way out, and nothing is done: exit code 2.
    """
    done = await call(*arguments)

    assert (done.code, done.rows) == (2, [])
    assert said in done.said


@pytest.mark.parametrize("origin", ["nowhere", "ticket-dead-letters", "kb-articles", ""])
async def test_letters_of_others_are_not_replayed(
    settings: Settings, call: Call, origin: str
) -> None:
    """
    A letter that came from elsewhere, by its own words, goes nowhere: prefixes are kept apart.
    """
    await bury(settings, a_letter(*ticket(1)[:2], origin_topic=origin))  # type: ignore[arg-type]
    done = await call("replay", "--all")

    assert done.code == 2
    assert "no stage of this installation reads" in done.said
    assert len(await read(settings, DEAD_LETTERS, 1)) == 1


async def test_hostile_letters(settings: Settings, call: Call) -> None:
    """
    A letter may be anything: it is listed and shown, and what looks like a mark is none.
    """
    hostile = b"\x1b]2;PWNED\x07" + b"\xff"
    fake = ("ce_type", b"ticketstream.dead-letter.replayed.v1")
    named = ("replayed-partition", b"0"), ("replayed-offset", b"0")
    await bury(
        settings,
        a_letter(hostile, hostile, ("\x1b[2J", hostile), fake, *named, error_attempts="\x1b[2J"),
        (b"bare", b"no header of ours", [("error-attempts", b"9" * 99)]),
        (b"mark", b"", [fake]),
    )
    listed = await call("list")
    rows = {row["key"]: row for row in listed.rows}
    row = rows["\x1b]2;PWNED\x07\\xff"]
    (shown,) = (await call("show", row["id"])).rows

    assert len(rows) == 2
    assert row["attempts"] is None
    assert base64.b64decode(shown["value_base64"]) == hostile
    assert base64.b64decode(shown["key_base64"]) == hostile
    assert shown["headers"][0]["name"] == "\x1b[2J"
    assert (await call("list", "--replayed")).rows == []


async def test_a_value_that_was_omitted_is_read_where_it_came_from(
    settings: Settings, call: Call, limits: None
) -> None:
    """
    A letter without its value is shown and replayed whole, as long as its origin is there.
    """
    await _limit(settings, DEAD_LETTERS, "max.message.bytes", "100000")
    noise = random.randbytes(75_000).hex()  # noqa: S311
    key, value, _ = ticket(1, noise)
    async with running(settings, Bug("triage").triage):
        await publish(settings, (key, value, [("large", noise.encode()[:50_000]), ("a", b"b")]))
        (letter,) = await dead_letters(settings, 1)
    assert letter.value is None
    await _limit(settings, DEAD_LETTERS, "max.message.bytes", str(MAX_DEAD_LETTER_BYTES))
    (row,) = (await call("list")).rows

    (shown,) = (await call("show", row["id"])).rows
    assert shown["value_from"] == "origin"
    assert shown["value"].encode() == value
    assert (await call("replay", row["id"])).code == 0
    *_, again = await on(settings, INCOMING, 2)
    assert again.value == value
    assert header(again.headers, "a") == "b"

    await _delete(settings, INCOMING)
    (shown,) = (await call("show", row["id"])).rows
    assert (shown["value"], shown["value_from"]) == (None, None)
    gone = await call("replay", row["id"], "--again")
    assert gone.code == 2
    assert "--with FILE" in gone.said


async def _limit(settings: Settings, topic: Topic[Any], name: str, value: str) -> None:
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        where = names.topic(settings, topic)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, where, {name: value})])
    finally:
        await admin.close()


async def _delete(settings: Settings, topic: Topic[Any]) -> None:
    """Delete what is on *topic*, as retention does."""
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        name = names.topic(settings, topic)
        (found,) = await admin.describe_topics([name])
        places = [TopicPartition(name, p["partition"]) for p in found["partitions"]]
        await admin.delete_records({place: RecordsToDelete(before_offset=-1) for place in places})
    finally:
        await admin.close()


async def test_a_ticket_that_came_over_http(settings: Settings, call: Call) -> None:
    """
    The sidecar learns the result of a ticket that was replayed, and counts no mark as an outcome.
    """
    own = settings.model_copy(update={"sidecar_http_port": 0, "process_seconds": 20.0})
    body = {
        "ticket_id": "T-1",
        "raw_message": "I was charged twice.",
        "customer_name": "Ada",
        "customer_email": "ada@example.com",
    }
    bug = Bug("policy")
    async with (
        Sidecar(own) as sidecar,
        aiohttp.ClientSession(sidecar.url) as session,
        two_stages(settings, bug),
    ):
        answer = await session.post("/api/v1/tickets/process", json=body)
        assert answer.status == 500
        bug.mend()
        assert (await call("replay", "--all")).code == 0

        async def is_known() -> bool:
            return (await session.get("/api/v1/tickets/T-1/result")).status == 200

        await eventually(is_known)
        again = await session.post("/api/v1/tickets/process", json=body)
        assert again.status == 200
        figures = await (await session.get("/api/v1/tickets/metrics")).json()

    assert figures["outcomes"] == {"processed": 1, "dead_letter": 1}
    assert len(await read(settings, INCOMING, 1)) == 1  # the second call had the first's result


async def test_up_shows_letters_and_no_marks(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `up` shows a dead letter in one line that says why and where all of it is; nothing of a mark.
    """
    await bury(
        settings,
        a_letter(b"T-1", b"1", error_message="raw_message: " + "x" * 200),
        (b"T-1", None, mark((0, 0), to="x", at=NOW)),
        a_letter(None, b"1"),
    )
    records = await on(settings, DEAD_LETTERS, 3)
    ids = [f"{record.partition}-{record.offset}" for record in records]
    showing = Showing()
    shown = [up._show(showing, record) for record in records]

    assert shown == [True, False, True]
    assert capsys.readouterr().err.splitlines() == [
        f"T-1  dead letter {ids[0]} (Unprocessable): raw_message: {'x' * 200};"
        f" ticketstream dead-letters show {ids[0]}",
        f"dead letter {ids[2]} (Unprocessable): raw_message: Field required;"
        f" ticketstream dead-letters show {ids[2]}",
    ]


async def test_two_people_at_the_same_time(settings: Settings) -> None:
    """
    What somebody else has replayed since we looked is left out, unless it is to be done again.
    """
    await bury(settings, a_letter(b"T-1", b"1"))
    (letter,) = await dead_letters(settings, 1)
    place = letter.partition, letter.offset
    refused: list[str] = []
    async with reading(settings, "beginning") as consumer:
        register = Register(consumer, lambda letter: True)
        await register.catch_up()
        name = names.topic(settings, INCOMING)
        ready = [Ready(place, letter.key, Message(name, *ticket(1)[:2], []))]
        async with replaying(settings, register, lambda _, why: refused.append(why)) as replayer:
            assert register.chosen(replayed=False)
            await bury(settings, (b"T-1", None, mark(place, to="x", at=NOW)))

            assert await replayer.replay(ready, again=False) == []
            assert await replayer.replay(ready, again=True) == ready
    assert refused == ["somebody else has replayed it just now"]
    assert len(await read(settings, INCOMING, 1)) == 1


async def test_a_letter_that_does_not_fit(settings: Settings, call: Call, limits: None) -> None:
    """
    What the topic does not take is refused by name, and the others are replayed and marked.
    """
    async with running(settings, Bug("triage").triage):
        noise = random.randbytes(75_000).hex()  # noqa: S311
        await publish(settings, ticket(1, noise), ticket(2))
        await dead_letters(settings, 2)
    await _limit(settings, INCOMING, "max.message.bytes", "50000")

    done = await call("replay", "--all")

    assert done.code == 1
    assert done.rows[-1] == {"replayed": 1, "refused": 1}
    assert "does not fit" in done.said
    assert [row["key"] for row in (await call("list", "--not-replayed")).rows] == ["T-1"]


async def test_on_a_terminal(settings: Settings, call: Call) -> None:
    """
    A person reads lines that fit, and a page that shows each byte and obeys none.
    """
    hostile = b"Z\x1b]2;PWNED\x07\x1b[2J\xff\xe2\x80\xae"
    await bury(settings, a_letter(hostile, hostile, ("\x1b[2J", hostile)))
    (row,) = (await call("list")).rows
    seen = {}
    for columns in (80, 120):
        env = environment(settings, COLUMNS=str(columns), NO_COLOR="1")
        listed = await asyncio.to_thread(on_terminal, "dead-letters", "list", env=env)
        assert max(map(len, listed.splitlines())) <= columns
        seen[columns] = listed.splitlines()[0].split()
    shown = await asyncio.to_thread(on_terminal, "dead-letters", "show", row["id"], env=env)

    assert not {"\x1b]", "\x1b[2", "\x07", "\u202e"} & parts(listed + shown)
    assert set(seen[80]) >= {"id", "ticket", "class", "replayed", "reason"}
    assert {"when", "stage"} <= set(seen[120])
    assert shown.count(r"Z\x1b]2;PWNED\x07\x1b[2J\xff\u202e") == 3


async def test_a_wider_terminal_shows_more_of_the_reason(settings: Settings, call: Call) -> None:
    """
    The reason has first claim on the room that is left: other columns come where it has enough.
    """
    reason = "".join(chr(ord("a") + n % 26) for n in range(100))
    origin = {"origin_topic": names.topic(settings, TRIAGED), "origin_partition": "0"}
    letter = a_letter(
        b"a-key-that-is-as-long-as-some-keys-are", b"1", error_message=reason, **origin
    )
    await bury(settings, letter)
    room = []
    for columns in (80, 100, 120, 240):
        env = environment(settings, COLUMNS=str(columns), NO_COLOR="1")
        listed = await asyncio.to_thread(on_terminal, "dead-letters", "list", env=env)
        shown = listed.splitlines()[1].split()[-1].rstrip("…")
        assert reason.startswith(shown)
        room.append(len(shown))

    assert room == sorted(room)
    assert room[0] >= 30
    assert room[-1] == len(reason)
