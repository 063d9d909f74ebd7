"""What a process call takes: every rule, and the answer to whoever breaks it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from health.sidecar import Sidecar
from schemas.envelope import header
from schemas.ticket import MAX_TICKET_BYTES
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline
from tests.support.recorded_spans import CALLER


async def test_what_goes_to_kafka(client: Client, pipeline: EchoPipeline) -> None:
    """
    The topic gets the validated body, unknown fields included, and the caller's trace.
    """
    ticket = a_ticket(from_the_future={"a": [1, None]}, metadata={"queue": 7})
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    answer = await client.process(ticket, headers={"traceparent": trace})

    found = pipeline.headers[ticket["ticket_id"]]
    assert json.loads(pipeline.values[ticket["ticket_id"]]) == ticket
    assert header(found, "content-type") == "application/json"
    assert header(found, "traceparent") == trace
    assert header(found, "correlation-id")
    assert answer.body["result"]["metadata"] == {"queue": 7}


@pytest.mark.parametrize("given", ["", "00-0-0-0", "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
async def test_a_trace_that_is_none_stays_behind(
    client: Client, pipeline: EchoPipeline, given: str
) -> None:
    """
    A sidecar that records nothing sends only a valid trace on: a worker that records begins its
    own, and decides whether to sample it.
    """
    ticket = a_ticket()

    await client.process(ticket, headers={"traceparent": given, "tracestate": "a=1"})

    found = pipeline.headers[ticket["ticket_id"]]
    assert header(found, "traceparent") is None
    assert header(found, "tracestate") is None


@pytest.mark.parametrize(
    ("given", "sent"), [("a=1,b=2", "a=1,b=2"), ("", None), ("a=" + "x" * 511, None)]
)
async def test_the_state_of_a_trace_goes_with_it(
    client: Client, pipeline: EchoPipeline, given: str, sent: str | None
) -> None:
    """
    `tracestate` travels beside `traceparent`, unless it is longer than must be passed on.
    """
    ticket = a_ticket()

    await client.process(ticket, headers={"traceparent": CALLER, "tracestate": given})

    assert header(pipeline.headers[ticket["ticket_id"]], "tracestate") == sent


async def test_idempotency_key(client: Client, pipeline: EchoPipeline) -> None:
    """
    `Idempotency-Key` becomes message_id, quoted or not, and says that two calls are one event.
    """
    ticket = a_ticket()

    first = await client.process(ticket, headers={"Idempotency-Key": '"m-1"'})
    again = await client.process(ticket, headers={"Idempotency-Key": "m-1"})
    other = await client.process(ticket, headers={"Idempotency-Key": "m-2"})

    assert [a.body["result"]["message_id"] for a in (first, again, other)] == ["m-1", "m-1", "m-2"]
    assert pipeline.taken[ticket["ticket_id"]] == 2


async def test_message_id_goes_before_idempotency_key(
    client: Client, pipeline: EchoPipeline
) -> None:
    """
    A message_id in the body stays.
    """
    ticket = a_ticket(message_id="mine")

    answer = await client.process(ticket, headers={"Idempotency-Key": "other"})

    assert answer.body["result"]["message_id"] == "mine"


_RULES: list[tuple[dict[str, Any], list[Any], str]] = [
    ({"ticket_id": None}, ["body", "ticket_id"], "string_type"),
    ({"ticket_id": ""}, ["body", "ticket_id"], "string_too_short"),
    ({"ticket_id": "x" * 257}, ["body", "ticket_id"], "string_too_long"),
    ({"raw_message": "too short"}, ["body", "raw_message"], "string_too_short"),
    ({"raw_message": "x" * 200_001}, ["body", "raw_message"], "string_too_long"),
    ({"raw_message": " " * 20}, ["body"], "value_error"),
    ({"customer_name": ""}, ["body", "customer_name"], "string_too_short"),
    ({"customer_email": "no address"}, ["body", "customer_email"], "value_error"),
    ({"revision": -1}, ["body", "revision"], "greater_than_equal"),
    ({"body_format": "pdf"}, ["body", "body_format"], "literal_error"),
    ({"created_at": "yesterday"}, ["body", "created_at"], "datetime_parsing"),
    ({"revision": "5"}, ["body", "revision"], "int_type"),
    ({"metadata": {"a": json.loads("[" * 100 + "]" * 100)}}, ["body"], "value_error"),
    ({"attachments": [{"size": -1}]}, ["body", "attachments", 0, "size"], "greater_than_equal"),
    ({"attachments": [{"size": True}]}, ["body", "attachments", 0, "size"], "int_type"),
    (
        {"previous_messages": [{"role": "<ghost>", "text": ""}]},
        ["body", "previous_messages", 0, "role"],
        "string_pattern_mismatch",
    ),
]


@pytest.mark.parametrize(("wrong", "loc", "kind"), _RULES)
async def test_422_for_every_rule(
    client: Client, wrong: dict[str, Any], loc: list[Any], kind: str
) -> None:
    """
    A ticket that breaks a rule is a 422 which says where, in the contract's form and no other.
    """
    answer = await client.process(a_ticket(**wrong))

    assert answer.status == 422
    assert list(answer.body) == ["detail"]
    (found,) = answer.body["detail"]
    assert found.keys() == {"loc", "msg", "type"}
    assert (found["loc"], found["type"]) == (loc, kind)


async def test_a_whole_number_with_a_point_is_an_integer(
    client: Client, pipeline: EchoPipeline
) -> None:
    """
    JSON knows one kind of number, and JSON Schema takes 3.0 for an integer.
    """
    assert (await client.process(a_ticket(revision=3.0))).status == 200


async def test_422_says_why_in_our_words(client: Client) -> None:
    """
    A rule of ours is told as it is written, without a library's words in front.
    """
    deep: Any = {}
    for _ in range(150):
        deep = {"in": deep}
    answer = await client.process(a_ticket(metadata=deep))

    (found,) = answer.body["detail"]
    assert found["msg"] == "metadata and unknown fields are nested at most 100 levels deep"


async def test_422_names_all_that_is_missing(client: Client) -> None:
    """
    Every missing field is named at once.
    """
    answer = await client.process({})

    required = ("ticket_id", "raw_message", "customer_name", "customer_email")
    assert answer.body == {
        "detail": [
            {"loc": ["body", name], "msg": "Field required", "type": "missing"} for name in required
        ]
    }


@pytest.mark.parametrize("body", [b"null", b"[]", b"3", b'"text"'])
async def test_422_for_json_that_is_no_object(client: Client, body: bytes) -> None:
    """
    JSON that is no object is a 422 about the body.
    """
    answer = await _post(client, body)

    assert answer.status == 422
    assert answer.body["detail"][0]["loc"] == ["body"]


@pytest.mark.parametrize(
    ("body", "position"),
    [
        (b"", 0),
        (b"{", 1),
        (b'{"a": x}', 6),
        (b'{\n"a": x}', 7),
        (b'{"a": NaN}', 6),
        (b'{"a": "\\ud800"}', 13),
        (b"[" * 1000, 201),
    ],
)
async def test_422_for_what_is_no_json(client: Client, body: bytes, position: int) -> None:
    """
    A body that is no JSON is a 422 which says where it ends to be.
    """
    answer = await _post(client, body)

    assert answer.status == 422
    (found,) = answer.body["detail"]
    assert (found["type"], found["msg"]) == ("json_invalid", "JSON decode error")
    assert found["loc"][0] == "body"
    assert abs(found["loc"][1] - position) <= 1


@pytest.mark.parametrize("key", ["", "x" * 257])
@pytest.mark.parametrize("more", [{}, {"message_id": "mine"}])
async def test_422_for_an_idempotency_key_that_cannot_be_one(
    client: Client, key: str, more: dict[str, Any]
) -> None:
    """
    The header is named, not the body, and also where the body's message_id would go before it.
    """
    answer = await client.process(a_ticket(**more), headers={"Idempotency-Key": key})

    assert answer.status == 422
    assert answer.body["detail"][0]["loc"] == ["header", "idempotency-key"]


@pytest.mark.parametrize("chunked", [True, False])
async def test_413(client: Client, chunked: bool) -> None:
    """
    A body larger than a ticket may be is refused, also if it does not say so in its headers.
    """

    async def pieces() -> Any:
        for _ in range(MAX_TICKET_BYTES // 50_000 + 1):
            yield b" " * 50_000

    body = pieces() if chunked else b" " * (MAX_TICKET_BYTES + 1)

    assert (await _post(client, body)).status == 413


@pytest.mark.parametrize("path", [PROCESS, "/nothing/here"])
@pytest.mark.parametrize("size", [100, MAX_TICKET_BYTES + 50_000])
async def test_a_body_that_is_not_compressed_as_it_says(
    sidecar: Sidecar, path: str, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    """
    It is a 400 of any size, and no error of ours in the log, whether it is wanted or thrown away.
    """
    port = int(sidecar.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % (path.encode(), size)
    )
    writer.write(b"{" * size)
    answer = await reader.read()
    writer.close()

    assert answer.split(b" ")[1] == (b"400" if path == PROCESS else b"404")
    assert caplog.text == ""


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=x"]
)
async def test_415(client: Client, media_type: str) -> None:
    """
    Only JSON in UTF-8 is taken.
    """
    body = json.dumps(a_ticket()).encode()

    assert (await _post(client, body, media_type)).status == 415


async def test_a_slow_body(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A body that does not arrive is a 408, and no connection that stays.
    """
    monkeypatch.setattr("health.http.responses.BODY_SECONDS", 0.2)

    async def pieces() -> Any:
        yield b"{"
        await asyncio.sleep(30)

    assert (await _post(client, pieces())).status == 408


async def _post(client: Client, body: Any, media_type: str = "application/json") -> Any:
    return await client.call("POST", PROCESS, data=body, headers={"Content-Type": media_type})
