"""The process call: every status, and what is on Kafka after it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY

from health.sidecar import Sidecar
from schemas import IncomingTicket
from schemas.envelope import event_id, header, input_identity
from schemas.ticket import MAX_TICKET_BYTES
from schemas.topics import PROCESSED
from streams.settings import Settings
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.health.waiting import until, until_ready, until_total
from tests.support.echo_pipeline import EchoPipeline


async def test_a_ticket_gets_its_result(client: Client, pipeline: EchoPipeline) -> None:
    """
    A valid ticket is answered with what the pipeline made of it.
    """
    ticket = a_ticket()

    answer = await client.process(ticket)

    assert answer.status == 200
    assert answer.body["success"] is True
    assert answer.body["ticket_id"] == ticket["ticket_id"]
    assert ticket["ticket_id"] in answer.body["result"]["answer_draft"]["body"]


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
async def test_a_trace_is_made_if_there_is_none(
    client: Client, pipeline: EchoPipeline, given: str
) -> None:
    """
    A ticket always travels with a valid trace, whatever the caller sent.
    """
    ticket = a_ticket()

    await client.process(ticket, headers={"traceparent": given})

    made = header(pipeline.headers[ticket["ticket_id"]], "traceparent") or ""
    assert made != given
    assert [len(part) for part in made.split("-")] == [2, 32, 16, 2]


async def test_fifty_callers_get_fifty_answers(client: Client, pipeline: EchoPipeline) -> None:
    """
    Calls at the same time never get one another's result.
    """
    tickets = [a_ticket() for _ in range(50)]

    answers = await asyncio.gather(*map(client.process, tickets))

    drafts = [answer.body["result"]["answer_draft"]["body"] for answer in answers]
    assert [t["ticket_id"] for t in tickets] == [draft.split(":")[0] for draft in drafts]


async def test_two_callers_of_one_ticket(client: Client, pipeline: EchoPipeline) -> None:
    """
    The same ticket asked for twice at the same time is published once, and answers both.
    """
    ticket = a_ticket()
    pipeline.hold()
    calls = [asyncio.create_task(client.process(ticket)) for _ in range(2)]
    await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)
    calls.append(asyncio.create_task(client.process(ticket)))
    await asyncio.sleep(0.2)

    pipeline.release()
    answers = await asyncio.gather(*calls)

    assert [answer.status for answer in answers] == [200] * 3
    assert answers[0].body == answers[1].body == answers[2].body
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_asked_again_later(client: Client, pipeline: EchoPipeline) -> None:
    """
    Who asks for the same event again gets the first result, and nothing is processed again.
    """
    ticket = a_ticket()

    first, second = await client.process(ticket), await client.process(ticket)

    assert first.body == second.body
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_a_result_is_known_to_sidecars_that_did_not_ask(
    client: Client, pipeline: EchoPipeline, quick: Settings
) -> None:
    """
    A second replica answers with the result that it saw coming by.
    """
    ticket = a_ticket()
    async with Sidecar(quick) as other:
        second = Client(other.url, client.session)
        await until_ready(second)
        first_answer = await client.process(ticket)
        await until_total(second, 1)

        assert (await second.process(ticket)).body == first_answer.body

    assert pipeline.taken[ticket["ticket_id"]] == 1


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


async def test_a_dead_letter(client: Client, pipeline: EchoPipeline) -> None:
    """
    A ticket that could not be processed is a 500 which names the stage and the event.
    """
    ticket = a_ticket(metadata={"echo": "dead-letter"})

    answer = await client.process(ticket)

    assert answer.status == 500
    assert answer.body["stage"] == "drafting"
    assert answer.body["error_class"] == "KeyError"
    assert answer.body["ticket_id"] == ticket["ticket_id"]
    assert answer.body["event_id"] == _result_id(ticket)


async def test_a_dead_letter_is_tried_again(client: Client, pipeline: EchoPipeline) -> None:
    """
    Somebody may have mended the cause: asked for again, the ticket is published again.
    """
    ticket = a_ticket(metadata={"echo": "dead-letter"})

    await client.process(ticket)
    await client.process(ticket)

    assert pipeline.taken[ticket["ticket_id"]] == 2


async def test_time_is_up(client: Client, pipeline: EchoPipeline) -> None:
    """
    After the wished time comes a 504 with the result's id, and the ticket is on its topic.
    """
    ticket = a_ticket(metadata={"echo": "silence"})

    answer = await client.process(ticket, headers={"Prefer": "respond-sync, wait=1"})

    assert answer.status == 504
    assert answer.body["event_id"] == _result_id(ticket)
    assert _result_id(ticket) in answer.body["detail"]
    await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)


async def test_asked_again_after_the_time_was_up(client: Client, pipeline: EchoPipeline) -> None:
    """
    Who comes back after a 504 waits on for the ticket in flight: it is not published again.
    """
    ticket = a_ticket()
    pipeline.hold()

    first = await client.process(ticket, headers={"Prefer": "wait=0"})
    pipeline.release()
    second = await client.process(ticket, headers={"Prefer": "wait=15"})

    assert [first.status, second.status] == [504, 200]
    assert second.headers["Preference-Applied"] == "wait=15"
    assert pipeline.taken[ticket["ticket_id"]] == 1


@pytest.mark.parametrize("wish", ["wait=99999", "wait=soon", "wait=", "wait", ";,="])
async def test_a_wish_that_is_not_granted(
    client: Client, pipeline: EchoPipeline, wish: str
) -> None:
    """
    The operator's limit stays, and a wish that makes no sense is ignored.
    """
    answer = await client.process(a_ticket(), headers={"Prefer": wish})

    assert answer.status == 200
    assert "Preference-Applied" not in answer.headers


async def test_a_caller_who_goes_away(client: Client, pipeline: EchoPipeline) -> None:
    """
    A client that disconnects leaves nothing waiting; its ticket is processed all the same.
    """
    before = _waiting()
    ticket = a_ticket()
    pipeline.hold()
    call = asyncio.create_task(client.process(ticket))
    await until(lambda: _waiting() == before + 1)

    call.cancel()
    await until(lambda: _waiting() == before)

    pipeline.release()
    assert (await client.process(ticket)).status == 200
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_ending_tells_who_still_waits(
    quick: Settings, session: aiohttp.ClientSession
) -> None:
    """
    At the end callers are told that their tickets are queued, and not cut off.
    """
    async with Sidecar(quick) as sidecar:
        before = _waiting()
        call = asyncio.create_task(Client(sidecar.url, session).process(a_ticket()))
        await until(lambda: _waiting() == before + 1)

    assert (await call).status == 504


# What is refused


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


# Helpers


def _result_id(ticket: dict[str, Any]) -> str:
    incoming = IncomingTicket.model_validate(ticket)
    return event_id(PROCESSED.ce_type, incoming, input_identity(incoming, []))


def _waiting() -> float:
    return REGISTRY.get_sample_value("ticketstream_process_waiting") or 0


async def _post(client: Client, body: Any, media_type: str = "application/json") -> Any:
    return await client.call("POST", PROCESS, data=body, headers={"Content-Type": media_type})
