"""
What is sent and what comes of it: over Kafka to all stages of a worker, over HTTP to a sidecar.

Every row is one message. Over Kafka it is taken, and comes out, or it becomes a dead letter;
over HTTP it has a status. Whatever is wrong, the reason names the field and never the value.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import logging
import time
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiokafka import ConsumerRecord
from structlog.testing import capture_logs

from health.sidecar import Sidecar
from schemas import topics
from schemas.envelope import header
from schemas.ticket import MAX_NESTING, MAX_TICKET_BYTES
from schemas.topics import DEAD_LETTERS, DRAFTED, GROUNDED, PROCESSED, TRIAGED
from streams.backends.kafka import admin
from streams.backends.kafka.embedded_broker import MAX_PARTITIONS
from streams.settings import Settings
from streams.worker import Worker
from tests.health.conftest import PROCESS, Answer, Client
from tests.support.kafka import Broker
from tests.support.raw_records import NO_TIMESTAMP, Record, publish_raw
from tests.support.session_kafka import SessionKafka
from tests.support.stages import eventually, read, running

ID = "$ID"
"""Stands for an id of the row's own, another one over HTTP than over Kafka."""
SAME = "one ticket"
SECRET = "s3cr3t-7f1a"
"""What customers write, wherever they write it."""
TAKEN, DEAD, SKIPPED, EXPIRED = "taken", "dead letter", "skipped", "dead letter: expired"
HOUR_MS = 3_600_000
EVERYTHING = (
    "\x00\x1b[31m \U0001f469\u200d\U0001f4bb \u05e9\u05dc\u05d5\u05dd "
    "\u202eevil\u202c \u2066x\u2069 e\u0301\r\n"
)
"""NUL, a terminal's escape, emoji with a joiner, right to left, bidi controls, combining, CRLF."""


def ticket(**changed: Any) -> bytes:
    """Return a ticket that is well but for what is *changed*; `...` leaves a field out."""
    fields = {
        "ticket_id": ID,
        "raw_message": f"I was charged twice, {SECRET}.",
        "customer_name": f"Ada {SECRET}",
        "customer_email": f"{SECRET}@example.com",
        **changed,
    }
    return json.dumps({k: v for k, v in fields.items() if v is not ...}).encode()


def extra(raw: bytes) -> bytes:
    """Return a ticket with the unknown field `x` set to *raw*."""
    return ticket()[:-1] + b', "x": ' + raw + b"}"


def nested(levels: int) -> bytes:
    """Return lists inside one another."""
    return b"[" * levels + b"]" * levels


def boxes(levels: int) -> dict[str, Any]:
    """Return objects inside one another."""
    return {"a": boxes(levels - 1)} if levels > 1 else {}


@dataclass(frozen=True)
class Row:
    """What is sent, its outcome over Kafka and over HTTP, and the field that is blamed."""

    what: str
    body: bytes
    kafka: str
    http: int
    blamed: str = ""
    becomes: dict[str, Any] = field(default_factory=dict)


ROWS = [
    Row("a ticket", ticket(), TAKEN, 200),
    # No JSON in UTF-8
    Row("nothing", b"", DEAD, 422),
    Row("text", SECRET.encode(), DEAD, 422),
    Row("any bytes", bytes(range(256)), DEAD, 422),
    Row("a part of a ticket", ticket()[:-1], DEAD, 422),
    Row("two tickets", ticket() + ticket(), DEAD, 422),
    Row("a list of tickets", b"[" + ticket() + b"]", DEAD, 422),
    Row("null as text", b"null", DEAD, 422),
    Row("UTF-16", ticket().decode().encode("utf-16"), DEAD, 422),
    Row("Latin-1", ticket(subject="?").replace(b"?", b"\xe9"), DEAD, 422),
    Row("UTF-8 with a byte order mark", BOM_UTF8 + ticket(), TAKEN, 200),
    Row("gzip that nobody announced", gzip.compress(ticket()), DEAD, 422),
    Row("a NUL that is not escaped", ticket(subject="?").replace(b"?", b"\x00"), DEAD, 422),
    Row("half a surrogate pair", ticket(subject="\ud800"), DEAD, 422),
    Row("half a surrogate pair in a name", ticket(**{"\ud800": 1}), DEAD, 422),
    Row("NaN", extra(b"NaN"), DEAD, 422),
    Row("Infinity", extra(b"-Infinity"), DEAD, 422),
    Row("a number beyond floats", extra(b"1e999"), DEAD, 422),
    Row("a number beyond floats inside", extra(b'{"a": [1e999]}'), DEAD, 422),
    Row("a number of 5,000 digits", extra(b"9" * 5_000), DEAD, 422),
    Row("100,000 lists inside one another", extra(nested(100_000)), DEAD, 422),
    Row("one level too deep", extra(nested(MAX_NESTING + 1)), DEAD, 422),
    Row("metadata one level too deep", ticket(metadata=boxes(MAX_NESTING + 1)), DEAD, 422),
    # Fields
    Row("no ticket_id", ticket(ticket_id=...), DEAD, 422, "ticket_id"),
    Row("no message", ticket(raw_message=...), DEAD, 422, "raw_message"),
    Row("a subject only", ticket(raw_message=..., subject="Site down"), TAKEN, 422, "raw_message"),
    Row("no name", ticket(customer_name=...), TAKEN, 422, "customer_name"),
    Row("no e-mail", ticket(customer_email=...), TAKEN, 422, "customer_email"),
    Row("null for an id", ticket(ticket_id=None), DEAD, 422, "ticket_id"),
    Row("null for a message", ticket(raw_message=None), DEAD, 422, "raw_message"),
    Row("null for a name", ticket(customer_name=None), TAKEN, 422, "customer_name"),
    Row("null where it may be", ticket(message_id=None, subject=None, created_at=None), TAKEN, 200),
    Row("null for a list", ticket(attachments=None), DEAD, 422, "attachments"),
    Row("null for a tenant", ticket(tenant=None), DEAD, 422, "tenant"),
    Row("a number for an id", ticket(ticket_id=7), DEAD, 422, "ticket_id"),
    Row("a list for a message", ticket(raw_message=[SECRET]), DEAD, 422, "raw_message"),
    Row("text for metadata", ticket(metadata=SECRET), DEAD, 422, "metadata"),
    Row("text for a number", ticket(revision=SECRET), DEAD, 422, "revision"),
    Row("a format of tomorrow", ticket(body_format=SECRET), TAKEN, 422, "body_format"),
    Row("a format that is no word", ticket(body_format=f"<{SECRET}>"), DEAD, 422, "body_format"),
    Row("a wrong part", ticket(attachments=[{"name": [SECRET]}]), DEAD, 422, "name"),
    Row("no e-mail address", ticket(customer_email=SECRET), TAKEN, 422, "customer_email"),
    Row("no host", ticket(customer_email=f"a@{SECRET}\u2665.de"), TAKEN, 422, "customer_email"),
    # Sizes
    Row("nine characters", ticket(raw_message="Site down"), TAKEN, 422, "raw_message"),
    Row("blanks", ticket(raw_message=" " * 20), DEAD, 422),
    Row("a message that is too long", ticket(raw_message="x" * 200_001), DEAD, 422, "raw_message"),
    Row("more than 256 kB", extra(b'"%s"' % (b"x" * MAX_TICKET_BYTES)), DEAD, 413),
    Row("5 MB", ticket(raw_message="x" * 5_000_000), DEAD, 413),
    Row("64 bits", ticket(revision=2**63 - 1), TAKEN, 200),
    Row("more than 64 bits", ticket(revision=2**63), DEAD, 422, "revision"),
    Row("4,300 digits in an unknown field", extra(b"9" * 4_300), TAKEN, 200),
    # Ids
    Row("an empty id", ticket(ticket_id=""), DEAD, 422, "ticket_id"),
    Row("a blank id", ticket(ticket_id=" "), TAKEN, 200),
    Row("an id of 256 characters", ticket(ticket_id="\U0001f600" * 256), TAKEN, 200),
    Row("an id of 257 characters", ticket(ticket_id="x" * 257), DEAD, 422, "ticket_id"),
    Row("an id like a path", ticket(ticket_id=f"../{ID}/..%2f?#"), TAKEN, 200),
    Row("an id of controls", ticket(ticket_id=f"{EVERYTHING}{ID}", message_id="\x00"), TAKEN, 200),
    # Text
    Row(
        "any characters",
        ticket(
            raw_message=EVERYTHING * 3,
            subject=EVERYTHING,
            customer_name=EVERYTHING,
            metadata={EVERYTHING: [EVERYTHING]},
            **{EVERYTHING: EVERYTHING},
        ),
        TAKEN,
        200,
    ),
    Row(
        "any characters, not escaped",
        json.dumps({**json.loads(ticket()), "x": EVERYTHING[1:]}, ensure_ascii=False).encode(),
        TAKEN,
        200,
    ),
    Row("endless markup", ticket(raw_message="<b>" * 60_000, body_format="html"), TAKEN, 200),
    # Unknown fields, and fields twice
    Row(
        "unknown fields",
        ticket(
            **{
                name: {"a": [1, 1.5, None, True, 10**30, {"": ""}]}
                for name in ("", " ", "self", "__dict__", "__class__", "model_config", "model_dump")
            }
        ),
        TAKEN,
        200,
    ),
    Row("as deep as may be", extra(nested(MAX_NESTING)), TAKEN, 200),
    Row("metadata as deep as may be", ticket(metadata=boxes(MAX_NESTING)), TAKEN, 200),
    Row("a field twice", ticket(subject=1)[:-1] + b', "subject": "last"}', TAKEN, 200),
    Row("an unknown field twice", extra(b'1, "x": 2'), TAKEN, 200),
    Row("a wrong field last", ticket()[:-1] + b', "ticket_id": 1}', DEAD, 422, "ticket_id"),
    # Clocks
    Row("written in 1970", ticket(created_at="1970-01-01T00:00:00Z"), TAKEN, 200),
    Row("written in 9999", ticket(created_at="9999-12-31T23:59:59-23:59"), TAKEN, 200),
    Row("written in the year 1", ticket(created_at="0001-01-01T00:00:00+23:59"), TAKEN, 200),
    Row("written in no zone", ticket(created_at="2024-02-29T12:00:00"), TAKEN, 200),
    Row(
        "written in seconds",
        ticket(created_at=0),
        TAKEN,
        422,  # the document says that it is a date-time
        "created_at",
        becomes={"created_at": "1970-01-01T00:00:00Z"},
    ),
    Row(
        "written 25 hours off", ticket(created_at="2024-01-01T00:00+25:00"), DEAD, 422, "created_at"
    ),
    Row("written on no day", ticket(created_at="2023-02-29T12:00:00Z"), DEAD, 422, "created_at"),
]


@dataclass(frozen=True)
class KafkaRow:
    """A record that only a publisher to Kafka can make, and its outcome."""

    what: str
    record: Record
    kafka: str
    headers: Sequence[tuple[str, bytes | None]] | None = None
    """Those that the result has, if not those of the record."""


def record(*headers: tuple[bytes, bytes | None], **changed: Any) -> Record:
    """Return a record that is well but for what is given."""
    return replace(Record(ID.encode(), ticket(), headers), **changed)


FORGED = {
    b"ce_id": b"\xff\x00",
    b"ce_source": b"somebody",
    b"ce_inputid": b'["message", "1"]',
    b"ce_type": b"example.ticket",
    b"ce_subject": b"another ticket",
    b"ce_time": b"yesterday",
    b"ce_specversion": b"9",
    b"content-type": b"image/png",
}

KAFKA_ROWS = [
    KafkaRow("no value", record(value=None), SKIPPED),
    KafkaRow("no key", record(key=None), TAKEN),
    KafkaRow("an empty key", record(key=b""), TAKEN),
    KafkaRow("a key that is not the id", record(key=b"another"), TAKEN),
    KafkaRow("a key that is not UTF-8", record(key=b"\xff\x00"), TAKEN),
    KafkaRow("a header twice", record((b"x", b"1"), (b"y", b""), (b"x", b"2")), TAKEN),
    KafkaRow("a header without a value", record((b"x", None)), TAKEN),
    KafkaRow("a header without a name", record((b"", b"1")), TAKEN),
    KafkaRow("a header's value that is not UTF-8", record((b"x", b"\xff\x00")), TAKEN),
    KafkaRow(
        "a header's name that is not UTF-8",
        record((b"a", b"1"), (b"x\xff\xfe", b"2"), (b"\xc3\xbc", b"3")),
        TAKEN,
        [("a", b"1"), ("x\ufffd\ufffd", b"2"), ("ü", b"3")],
    ),
    KafkaRow(
        "a dead letter with a header's name that is not UTF-8",
        record((b"x\xff", b"2"), value=b"broken"),
        DEAD,
        [("x\ufffd", b"2")],
    ),
    KafkaRow("5,000 headers", record(*[(b"h%d" % n, b"v") for n in range(5_000)]), TAKEN),
    KafkaRow("a header of 200 kB", record((b"x", b"v" * 200_000)), TAKEN),
    KafkaRow("headers that are ours", record(*FORGED.items()), TAKEN, []),
    KafkaRow("no source for an id", record((b"ce_id", b"1")), TAKEN, []),
    KafkaRow("a trace that is none", record((b"traceparent", b"\xffnone")), TAKEN),
    KafkaRow("an announced gzip", record((b"content-encoding", b"gzip")), TAKEN),
    KafkaRow("no time", record(timestamp=NO_TIMESTAMP), TAKEN),
    KafkaRow("a time of 1970", record(timestamp=0), EXPIRED),
    KafkaRow("a time of the day before yesterday", record(timestamp=-48), EXPIRED),
    KafkaRow("a time that has not come", record(timestamp=50 * 60_000), TAKEN),
]


@dataclass
class Outcomes:
    """What became of every row, by its name."""

    kafka: dict[str, dict[str, list[ConsumerRecord]]] = field(default_factory=dict)
    """The records of each topic."""
    http: dict[str, Answer] = field(default_factory=dict)
    same_id: list[ConsumerRecord] = field(default_factory=list)
    """The results of messages of one ticket that came at the same time, in no order."""
    same_id_http: list[Answer] = field(default_factory=list)
    logged: str = ""


@pytest.fixture(scope="module")
def outcomes(session_kafka: SessionKafka) -> Outcomes:
    """Return what became of all rows, sent one after the other to the same processes."""
    return asyncio.run(_outcomes(session_kafka.running()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_over_kafka(row: Row, outcomes: Outcomes) -> None:
    """
    What is taken comes out as it was written; a dead letter is untouched, and says why.
    """
    found = outcomes.kafka[row.what]

    if row.kafka == TAKEN:
        _assert_came_out(found, {**json.loads(_sent(row).decode("utf-8-sig")), **row.becomes})
    else:
        _assert_dead(found, _sent(row), "Unprocessable", row.blamed)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_over_http(row: Row, outcomes: Outcomes) -> None:
    """
    What is taken is answered with a result that echoes it; a refusal says where it is wrong.
    """
    answer = outcomes.http[row.what]

    assert answer.status == row.http
    assert SECRET not in json.dumps(answer.body) or row.http == 200
    if row.http == 422:
        assert any(row.blamed in ("", *found["loc"]) for found in answer.body["detail"])
    if row.http == 200:
        sent = json.loads(_sent(row, "H").decode("utf-8-sig"))
        result = answer.body["result"]
        assert answer.body["ticket_id"] == result["ticket_id"] == sent["ticket_id"]
        _assert_echoed(result, sent)


@pytest.mark.parametrize("row", KAFKA_ROWS, ids=lambda row: row.what)
def test_over_kafka_only(row: KafkaRow, outcomes: Outcomes) -> None:
    """
    Keys and times are the publisher's affair, its headers travel along, ours cannot be forged.
    """
    found = outcomes.kafka[row.what]
    value = row.record.value and row.record.value.replace(ID.encode(), _id(row.what))
    own = row.headers
    if own is None:
        own = [(name.decode(), data) for name, data in row.record.headers]

    if row.kafka == TAKEN:
        _assert_came_out(found, json.loads(value or b""))
        for records in found.values():
            for out in records:
                assert out.key == _id(row.what)
                assert list(out.headers)[1 : 1 + len(own)] == own
                for name, forged in FORGED.items():
                    (ours,) = (value for known, value in out.headers if known == name.decode())
                    assert ours != forged
    elif row.kafka == SKIPPED:
        assert not any(found.values())
    else:
        wanted = "expired" if row.kafka == EXPIRED else "Unprocessable"
        _assert_dead(found, value, wanted, "")
        (letter,) = found[DEAD_LETTERS.name]
        assert list(letter.headers)[1 : 1 + len(own)] == own


async def test_clocks_do_not_matter_where_no_age_is_set(settings: Settings) -> None:
    """
    Without a largest age a record's time may be any, and its result has a time of its own.
    """
    times = (NO_TIMESTAMP, 0, 1, _moment(-48), _moment(50 * 60_000))
    async with running(settings):
        runs = [(b"run", str(number).encode()) for number in range(len(times))]
        records = (record(run, timestamp=at) for run, at in zip(runs, times, strict=True))
        await publish_raw(settings, *records)
        out = await read(settings, TRIAGED, len(times))

    assert all(abs(r.timestamp / 1000 - time.time()) < HOUR_MS / 1000 for r in out)


def test_many_messages_of_one_ticket_at_the_same_time(outcomes: Outcomes) -> None:
    """
    All come out, on one partition, in the order in which they came in; another tenant's do, too.
    """
    by_tenant: dict[str, list[int]] = {"default": [], "other": []}
    for out in sorted(outcomes.same_id, key=lambda out: out.offset):
        result = json.loads(out.value)
        by_tenant[result["metadata"]["of"]].append(result["revision"])

    assert len({out.partition for out in outcomes.same_id}) == 1
    assert by_tenant == {"default": list(range(20)), "other": list(range(20))}
    assert len({header(out.headers, "ce_id") for out in outcomes.same_id}) == 40


def test_callers_with_one_ticket_at_the_same_time(outcomes: Outcomes) -> None:
    """
    Everybody gets the answer to what they sent.
    """
    said = [answer.body["result"]["metadata"]["said"] for answer in outcomes.same_id_http]

    assert said == list(range(10))


def test_nothing_that_customers_write_is_logged(outcomes: Outcomes) -> None:
    """
    A hundred messages that are wrong in any way leave none of their text in the log.
    """
    assert "dead letter" in outcomes.logged
    assert SECRET not in outcomes.logged


def _assert_came_out(found: dict[str, list[ConsumerRecord]], sent: dict[str, Any]) -> None:
    """Assert that every stage passed *sent* on whole, and that the result echoes it."""
    assert {name: len(records) for name, records in found.items()} == {
        TRIAGED.name: 1,
        GROUNDED.name: 1,
        DRAFTED.name: 1,
        PROCESSED.name: 1,
        DEAD_LETTERS.name: 0,
    }
    for topic in (TRIAGED, GROUNDED, DRAFTED):
        (record,) = found[topic.name]
        carried = json.loads(record.value)["ticket"]
        assert {name: carried[name] for name in sent} == sent
        assert record.key == sent["ticket_id"].encode()
        assert header(record.headers, "ce_subject") == sent["ticket_id"]
    (record,) = found[PROCESSED.name]
    _assert_echoed(json.loads(record.value), sent)


def _assert_echoed(result: dict[str, Any], sent: dict[str, Any]) -> None:
    fields = topics.INCOMING.carries.model_fields
    echoed = {"ticket_id", "message_id", "revision", "metadata"}
    expected = {name: value for name, value in sent.items() if name in echoed or name not in fields}
    assert {name: result.get(name) for name in expected} == expected


def _assert_dead(
    found: dict[str, list[ConsumerRecord]], value: bytes | None, wanted: str, blamed: str
) -> None:
    (letter,) = found[DEAD_LETTERS.name]
    errors = {name: said for name, said in letter.headers if name.startswith("error-")}
    assert letter.value == value
    assert errors["error-class"].decode() == wanted
    assert errors["error-stage"] == b"triage"
    assert blamed in errors["error-message"].decode()
    assert SECRET.encode() not in b"".join(errors.values())
    assert not any(records for topic, records in found.items() if topic != DEAD_LETTERS.name)


# The processes that get all of it


def _id(what: str, route: str = "K") -> bytes:
    return f"{route}-{what.replace(' ', '-')}".encode().replace(b"'", b"")


def _sent(row: Row, route: str = "K") -> bytes:
    return row.body.replace(ID.encode(), _id(row.what, route))


async def _outcomes(brokers: Broker) -> Outcomes:
    settings = Settings(
        kafka_brokers=brokers.brokers,
        topic_prefix=f"t{uuid4().hex[:8]}-",
        session_seconds=6,
        grace_seconds=3,
        worker_http_port=0,
        sidecar_http_port=0,
        loop_messages=0,
        max_ticket_age_hours=24,
    )
    fewer = [replace(t, partitions=min(t.partitions, MAX_PARTITIONS)) for t in topics.ALL]
    await admin.create_topics(settings, fewer)
    found = Outcomes()
    with _log() as logged:
        async with (
            Worker(settings),
            Sidecar(settings) as sidecar,
            aiohttp.ClientSession() as session,
        ):
            await publish_raw(settings, *_records())
            client = Client(sidecar.url, session)
            for row in ROWS:
                found.http[row.what] = await _post(client, _sent(row, "H"))
            said = [ticket(ticket_id=SAME, metadata={"said": n}) for n in range(10)]
            found.same_id_http = await asyncio.gather(*(_post(client, body) for body in said))
            found.kafka = await _came_out(settings)
            found.same_id = found.kafka[SAME][PROCESSED.name]
    found.logged = "\n".join(map(repr, logged))
    return found


def _records() -> list[Record]:
    """Return all rows as records; the first header of each says which row it is."""
    plain = [(row.what, Record(_id(row.what), _sent(row))) for row in ROWS]
    same = [
        (SAME, Record(b"any", ticket(ticket_id=SAME, revision=n, tenant=of, metadata={"of": of})))
        for n in range(20)
        for of in ("default", "other")
    ]
    special = [(row.what, row.record) for row in KAFKA_ROWS]
    return [
        replace(
            record,
            key=record.key and record.key.replace(ID.encode(), _id(what)),
            value=record.value and record.value.replace(ID.encode(), _id(what)),
            headers=[(b"row", what.encode()), *record.headers],
            timestamp=_moment(record.timestamp),
        )
        for what, record in plain + same + special
    ]


def _moment(given: int | None) -> int | None:
    """Return milliseconds: 0 and -1 as they are, others from now on."""
    if given in (None, 0, NO_TIMESTAMP):
        return given
    ahead = given * HOUR_MS if given < 0 else given
    return int(time.time() * 1000) + ahead


async def _post(client: Client, body: bytes) -> Answer:
    headers = {"content-type": "application/json"}
    return await client.call("POST", PROCESS, data=io.BytesIO(body), headers=headers)


async def _came_out(settings: Settings) -> dict[str, dict[str, list[ConsumerRecord]]]:
    """Return the records of every row, once each row has an outcome."""
    rows = {row.what for row in ROWS} | {row.what for row in KAFKA_ROWS if row.kafka != SKIPPED}

    async def all_out() -> bool:
        ended = [*await read(settings, PROCESSED, 0), *await read(settings, DEAD_LETTERS, 0)]
        came = Counter(header(r.headers, "row") for r in ended)
        return rows <= came.keys() and came[SAME] == 40

    with contextlib.suppress(TimeoutError):  # the rows without an outcome fail by themselves
        await eventually(all_out, seconds=100, every=0.3)
    ends = (TRIAGED, GROUNDED, DRAFTED, PROCESSED, DEAD_LETTERS)
    records = {topic.name: await read(settings, topic, 0) for topic in ends}
    named = rows | {SAME} | {row.what for row in KAFKA_ROWS}
    return {
        what: {
            topic: [r for r in there if header(r.headers[:1], "row") == what]
            for topic, there in records.items()
        }
        for what in named
    }


@contextlib.contextmanager
def _log() -> Iterator[list[object]]:
    """Give what is logged: by the product all, by libraries from warnings up, as in production."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(record.getMessage())

    handler = Keep(logging.WARNING)
    with capture_logs() as events:
        logged: list[object] = []
        logging.getLogger().addHandler(handler)
        try:
            yield logged
        finally:
            logging.getLogger().removeHandler(handler)
            logged.extend(events)
