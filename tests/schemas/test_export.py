"""The exported JSON Schemas and `asyncapi.yaml`: held to the code, and to real messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import ConsumerRecord
from aiokafka.partitioner import DefaultPartitioner
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from health.http import openapi
from schemas import Article, Event, IncomingTicket, Spending, export, topics
from schemas.dead_letters import error_headers, letters, mark
from schemas.envelope import header
from schemas.topics import Topic
from streams import __version__
from streams.assembly import Assembly
from streams.backends.kafka import clients, names
from streams.pipeline import STAGES
from streams.settings import Settings
from tests.support import asyncapi_parser
from tests.support.machine import needs_real_servers
from tests.support.process import ticketstream
from tests.support.stages import publish, read

FILE = Path(export.__file__).parent / "asyncapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text())
EXPORTED = export.documents()
CARRYING_EVENTS = [topic for topic in topics.ALL if topic is not topics.DEAD_LETTERS]
SENT = {
    "content-type": "application/json",
    "ce_id": "m-1",
    "ce_source": "/helpdesk",
    "correlation-id": "c-1",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "run": "1",
    "x-ours": "yes",
}
"""Headers that a publisher sets."""
BROKEN = b'{"ticket_id": 7}'


def test_the_files_are_what_the_models_say() -> None:
    """
    `make schemas` has nothing to write.
    """
    there = {file.name: file.read_text() for file in export.FOLDER.iterdir()}

    assert there == {name: export.text(document) for name, document in EXPORTED.items()}


@pytest.mark.parametrize("name", EXPORTED)
def test_a_schema_is_one_and_its_examples_fit(name: str) -> None:
    """
    Each file is JSON Schema 2020-12, and what it gives as an example is valid.
    """
    schema = EXPORTED[name]
    Draft202012Validator.check_schema(schema)

    for part in (schema, *schema.get("$defs", {}).values()):
        for example in part.get("examples", ()):
            _validate(example, {**part, "$defs": schema.get("$defs", {})})


def test_every_event_and_every_body_is_exported() -> None:
    """
    An event's schema is found by its `ce_dataschema`, a body's by its name in /openapi.json.
    """
    events = {topic.dataschema for topic in CARRYING_EVENTS}
    answers = [of for call in openapi.CALLS for _, of in call.answers.values()]
    bodies = {
        body.__name__
        for body in (*answers, *(call.body for call in openapi.CALLS))
        if isinstance(body, type)
    }

    assert events <= {document["$id"] for document in EXPORTED.values()}
    assert {f"{name}.json" for name in bodies} <= EXPORTED.keys()


@pytest.mark.parametrize(
    ("ticket", "fits"),
    [
        ({"ticket_id": "T-1", "raw_message": "Help"}, True),
        ({"ticket_id": "T-1", "subject": "Site down", "raw_message": ""}, True),
        ({"ticket_id": "T-1", "raw_message": "Help", "from_the_future": {"a": 1}}, True),
        ({"ticket_id": "T-1"}, False),
        ({"ticket_id": "T-1", "raw_message": "", "subject": None}, False),
        ({"ticket_id": "T-1", "raw_message": "  \n", "subject": " "}, False),
        ({"ticket_id": "", "raw_message": "Help"}, False),
        ({"raw_message": "Help"}, False),
    ],
)
def test_the_schema_refuses_what_a_worker_refuses(ticket: dict[str, Any], fits: bool) -> None:
    """
    A publisher that validates by the schema sends no ticket that becomes a dead letter.
    """
    try:
        IncomingTicket.model_validate(ticket)
        taken = True
    except ValueError:
        taken = False

    valid = Draft202012Validator(EXPORTED["IncomingTicket.json"]).is_valid(ticket)
    assert (taken, valid) == (fits, fits)


# asyncapi.yaml against the code


def test_version() -> None:
    """
    The document is of this version.
    """
    assert DOCUMENT["info"]["version"] == __version__


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_a_channel_is_its_topic(topic: Topic[Any]) -> None:
    """
    Name, partitions, policies, type and payload are those that the code has.
    """
    channel = DOCUMENT["channels"][topic.name]
    binding = channel["bindings"]["kafka"]
    first = _message(next(iter(channel["messages"].values())))

    assert channel["address"] == topic.name
    assert binding["partitions"] == topic.partitions
    assert binding["topicConfiguration"] == {
        "cleanup.policy": topic.cleanup_policy.split(","),
        "max.message.bytes": topic.max_message_bytes,
        **({"retention.ms": topic.retention_ms} if topic.retention_ms else {}),
    }
    assert first["name"] == topic.ce_type
    if topic is not topics.DEAD_LETTERS:
        assert EXPORTED[Path(first["payload"]["$ref"]).name]["$id"] == topic.dataschema


def test_the_channels_are_all_the_topics() -> None:
    """
    Nothing else travels.
    """
    assert list(DOCUMENT["channels"]) == [topic.name for topic in topics.ALL]


def test_the_stages_read_and_write_what_the_route_says() -> None:
    """
    Each stage's operations are on its topics, in its consumer group.
    """
    settings = Settings()
    for stage in Assembly(settings).route.stages:
        receive = DOCUMENT["operations"][f"{stage.name}.receive"]
        send = DOCUMENT["operations"][f"{stage.name}.send"]

        assert (receive["action"], send["action"]) == ("receive", "send")
        assert _channel(receive) == stage.reads.name
        assert _channel(send) == stage.writes.name
        assert _group(receive) == names.group(settings, stage.name)
    assert _group(DOCUMENT["operations"]["indexer.receive"]) == names.indexer_group(settings)


def test_the_names_of_the_stages() -> None:
    """
    Headers name stages as the route does.
    """
    schemas = DOCUMENT["components"]["schemas"]

    assert schemas["errorHeaders"]["properties"]["error-stage"]["enum"] == list(STAGES)
    source = schemas["eventHeaders"]["properties"]["ce_source"]
    for stage in STAGES:
        _validate(f"ticketstream/{stage}", source)


def test_the_headers_of_a_letter() -> None:
    """
    A letter has the headers that are documented, in that order.
    """
    documented = DOCUMENT["components"]["schemas"]["errorHeaders"]
    errors = error_headers(
        stage=STAGES[0],
        error_class="KeyError",
        reason="a bug",
        attempts=1,
        origin_topic="t",
        origin=(0, 0),
        at=datetime.now(UTC),
    )
    *_, (_, _, all_of_them) = letters(b"key", b"value", [], errors)

    assert [name for name, _ in errors] == documented["required"]
    assert [name for name, _ in all_of_them] == list(documented["properties"])[: len(all_of_them)]


def test_the_partition_vectors() -> None:
    """
    The keys in the document lie on the partitions that it says.
    """
    vectors = DOCUMENT["channels"]["incoming-tickets"]["x-partitioner"]["of-12-partitions"]

    twelve = list(range(12))
    for key, partition in vectors.items():
        assert DefaultPartitioner()(key.encode(), twelve, twelve) == partition


def test_every_reference_leads_somewhere() -> None:
    """
    No `$ref` hangs, in the document or into the schemas.
    """
    for ref in _refs(DOCUMENT):
        file, _, place = ref.partition("#")
        assert not file or (FILE.parent / file).is_file(), ref
        if not file:
            assert _resolve(ref), ref
            assert place.startswith("/")


@pytest.mark.real
def test_the_official_parser_has_nothing_against_it(tmp_path: Path) -> None:
    """
    AsyncAPI's parser reports no error and no warning, and does for a document that is broken.
    """
    needs_real_servers()
    (tmp_path / "json").symlink_to(export.FOLDER)
    broken = tmp_path / "broken.yaml"
    broken.write_text(FILE.read_text().replace("action: receive", "action: takes", 1))

    ours, wrong = asyncapi_parser.complaints(FILE, broken)

    assert [one for one in ours if one[0] < 2] == []
    assert [severity for severity, *_ in wrong if severity == 0]


# ... and against real messages


async def test_real_messages_are_as_described(settings: Settings) -> None:
    """
    What each topic carries after a ticket, a broken one and an article validates as documented.
    """
    example = EXPORTED["Article.json"]["examples"][0]
    ticket = {"ticket_id": "TKT-1", "raw_message": "I was charged twice. Can I have it back?"}
    carried = [(name, value.encode()) for name, value in SENT.items()]
    async with clients.producer(settings) as producer:
        name = names.topic(settings, topics.ARTICLES)
        value = Article(**example).model_dump_json(exclude_unset=True).encode()
        await producer.send_and_wait(name, value, key=example["doc_id"].encode())
        await producer.send_and_wait(name, None, key=b"KB-9999")
        spent = Spending(**EXPORTED["Spending.json"]["examples"][0])
        name = names.topic(settings, topics.SPENDING)
        await producer.send_and_wait(name, spent.model_dump_json().encode(), key=spent.key)
    with ticketstream("worker", settings=settings):
        await publish(
            settings,
            (b"TKT-1", json.dumps(ticket).encode(), carried),
            (b"TKT-2", BROKEN, carried),
        )
        await read(settings, topics.PROCESSED, 1)
        await read(settings, topics.DEAD_LETTERS, 1)

    seen = set()
    for topic in topics.ALL:
        for record in await read(settings, topic, 1):
            if topic is not topics.INCOMING or record.value != BROKEN:
                seen.add(_conforms(topic, record))
    described = {message["name"] for message in DOCUMENT["components"]["messages"].values()}
    assert seen == described - {"ticketstream.dead-letter.replayed.v1"}


def _conforms(topic: Topic[Event], record: ConsumerRecord) -> str:
    """Check *record* against the message that it is on *topic*; return the message's name."""
    channel = DOCUMENT["channels"][topic.name]
    messages = [_message(ref) for ref in channel["messages"].values()]
    message = messages[0] if record.value is not None else messages[-1]

    headers = {name: header(record.headers, name) for name, _ in record.headers}
    described = _resolve(message["headers"]["$ref"])
    _validate(headers, described)
    assert headers.keys() - described["properties"].keys() <= SENT.keys()

    if topic is topics.DEAD_LETTERS:
        assert (record.key, record.value) == (b"TKT-2", BROKEN)
    elif record.value is None:
        _validate(None, message["payload"])
    else:
        schema = json.loads((FILE.parent / message["payload"]["$ref"]).read_text())
        _validate(json.loads(record.value), schema)
    if described is _resolve("#/components/schemas/eventHeaders"):
        assert headers["ce_dataschema"] == topic.dataschema
        assert headers["ce_type"] == message["name"]
        assert headers["ce_subject"] == record.key.decode() == "TKT-1"
    if topic not in (topics.ARTICLES, topics.SPENDING):
        assert headers.items() >= {k: v for k, v in SENT.items() if not k.startswith("ce_")}.items()
    return str(message["name"])


def _validate(value: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)


def _message(ref: dict[str, str]) -> dict[str, Any]:
    message: dict[str, Any] = _resolve(ref["$ref"])
    return message


def _channel(operation: dict[str, Any]) -> str:
    return str(_resolve(operation["channel"]["$ref"])["address"])


def _group(operation: dict[str, Any]) -> str:
    return str(operation["bindings"]["kafka"]["groupId"]["const"])


def _resolve(ref: str) -> Any:
    found: Any = DOCUMENT
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for inner in node.values():
            yield from _refs(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _refs(inner)


def test_the_mark_of_a_replay() -> None:
    """
    A mark's headers are as documented.
    """
    headers = mark((3, 0), to="incoming-tickets", at=datetime.now(UTC))
    described = DOCUMENT["components"]["schemas"]["replayedHeaders"]

    _validate({name: value.decode() for name, value in headers}, described)
    assert {name for name, _ in headers} == described["properties"].keys()
