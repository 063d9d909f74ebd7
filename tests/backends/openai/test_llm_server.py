"""The LLM server of our tests, as the client that we use sees it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any, Literal

import aiohttp
import httpx
import jsonschema  # type: ignore[import-untyped]  # has no types
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, Field, ValidationError

from tests.support.llm import MAX_BYTES, LlmServer, Say
from tests.support.llm_answers import HOLDING, fill
from tests.support.llm_says import SHAPES, Dialect, Shape

PASSAGES = [
    {"doc_id": "KB-1", "title": "Refunds", "text": "Refunds > Time\n\nIt takes 5 days. Or 6."},
    {"doc_id": "KB-2", "title": "Cards", "text": "Cards can be changed! Ask us."},
    {"doc_id": "KB-3", "title": "More", "text": "Nobody needs this."},
]
TICKET = {
    "subject": "Invoice",
    "text": "I was charged twice. This is unacceptable! When do I get it back? Tell me.",
}


class Triage(BaseModel):
    """What is asked for in most of these tests."""

    kind_of_problem: Literal["Other > Praise", "Technical > API", "Billing > Duplicate Charge"]
    priority: Literal["P3", "P2", "P1"]
    sentiment: Literal["satisfied", "neutral", "frustrated"]
    confidence: float = Field(ge=0, le=1)
    queries: list[str] = Field(max_length=2)


class Drafted(BaseModel):
    """What drafting asks for."""

    greeting: str
    body: str
    closing: str
    unanswered: list[str]


@pytest.fixture
async def llm() -> AsyncIterator[LlmServer]:
    """Return a running server."""
    async with LlmServer() as running:
        yield running


@pytest.fixture
async def client(llm: LlmServer) -> AsyncIterator[AsyncOpenAI]:
    """Return a client of *llm* that neither retries nor waits for long."""
    async with a_client(llm.url) as made:
        yield made


def a_client(url: str, timeout: float = 5.0) -> AsyncOpenAI:
    """Return a client of the server at *url*."""
    return AsyncOpenAI(base_url=url, api_key="sk-test", timeout=timeout, max_retries=0)


def response_format(asked: type[BaseModel], shape: str) -> Any:
    """Return the `response_format` that asks for *asked*, or only for its *shape*."""
    if shape != "json_schema":
        return {"type": shape}
    given = {"name": asked.__name__, "strict": True, "schema": asked.model_json_schema()}
    return {"type": shape, "json_schema": given}


async def ask(
    client: AsyncOpenAI,
    asked: type[BaseModel] = Triage,
    *,
    shape: str = "json_schema",
    system: str = "Answer in JSON.",
    **given: Any,
) -> ChatCompletion:
    """Ask for *asked* about a ticket."""
    return await client.chat.completions.create(
        model="some-model",
        messages=[
            {"role": "system", "content": system},
            {"role": "user", "content": json.dumps({"ticket": TICKET, **given})},
        ],
        response_format=response_format(asked, shape),
    )


def content(answer: ChatCompletion) -> str:
    """Return the text of the only choice."""
    [choice] = answer.choices
    assert choice.message.content is not None
    return choice.message.content


async def test_an_answer_fits_the_schema_and_the_ticket(client: AsyncOpenAI) -> None:
    """
    The answer validates, makes sense for the customer's message, and says what it cost.
    """
    answer = await ask(client)

    made = Triage.model_validate_json(content(answer))
    assert made == Triage(
        kind_of_problem="Billing > Duplicate Charge",
        priority="P2",
        sentiment="frustrated",
        confidence=1,
        queries=["I was charged twice.", "This is unacceptable!"],
    )
    assert answer.model == "some-model"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    asked = len("Answer in JSON.") + len(json.dumps({"ticket": TICKET}))
    assert answer.usage.prompt_tokens == asked // 4
    assert answer.usage.completion_tokens == len(content(answer)) // 4
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_draft_cites_the_first_two_passages(client: AsyncOpenAI) -> None:
    """
    A draft quotes the first sentence of two passages, headings skipped; without any, none.
    """
    cited = Drafted.model_validate_json(content(await ask(client, Drafted, passages=PASSAGES)))
    holding = Drafted.model_validate_json(content(await ask(client, Drafted, passages=[])))

    assert cited.body == "It takes 5 days [KB-1]. Cards can be changed [KB-2]."
    assert cited.unanswered == []
    assert holding.body == HOLDING


@pytest.mark.parametrize("shape", ["json_object", "text"])
async def test_without_a_schema_of_its_own_a_call_has_that_of_its_messages(
    llm: LlmServer, client: AsyncOpenAI, shape: str
) -> None:
    """
    The last schema that a prompt writes out between its marks is the one that counts.
    """
    written = "\n".join(
        f"<schema>\n{json.dumps(one.model_json_schema())}\n</schema>" for one in (Drafted, Triage)
    )

    answer = await ask(client, shape=shape, system=f"JSON like this:\n{written}\nand no other.")

    Triage.model_validate_json(content(answer))
    assert llm.calls[0].shape == shape
    assert llm.calls[0].schema_name == "Triage"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 9},
        {"type": "integer", "exclusiveMaximum": 1},
        {"type": "number", "exclusiveMinimum": 2.5},
        {"type": "number", "maximum": 0.5},
        {"type": "string", "minLength": 9},
        {"type": "string", "maxLength": 2},
        {"type": ["null", "boolean"]},
        {"type": "null"},
        {"const": 7},
        {"type": "array", "items": {"type": "string"}, "minItems": 2},
        {"anyOf": [{"type": "null"}, {"enum": ["a"]}]},
        {
            "type": "object",
            "required": ["it"],
            "properties": {"it": {"allOf": [{"$ref": "#/$defs/It"}], "description": "it"}},
            "$defs": {"It": {"enum": ["x", "y"]}},
        },
        {
            "type": "object",
            "required": ["queries"],
            "properties": {
                "queries": {"type": "array", "items": {"type": "string"}, "minItems": 5}
            },
        },
    ],
)
def test_what_is_filled_in_fits(schema: dict[str, Any]) -> None:
    """
    Bounds, references, alternatives and lengths are kept.
    """
    jsonschema.validate(fill(schema, {"ticket": TICKET}), schema)


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (Say.status(500), openai.InternalServerError),
        (Say.status(503, "busy"), openai.InternalServerError),
        (Say.status(403), openai.PermissionDeniedError),
        (Say.html_error(), openai.InternalServerError),
        (Say.unauthorized(), openai.AuthenticationError),
        (Say.rate_limited(), openai.RateLimitError),
        (Say.quota_exceeded(), openai.RateLimitError),
        (Say.too_long(), openai.BadRequestError),
        (Say.disconnect(), openai.APIConnectionError),
        (Say.not_json_body(), json.JSONDecodeError),
        (Say.wait(0, Say.status(500)), openai.InternalServerError),
    ],
)
async def test_faults_reach_the_client_as_what_they_are(
    client: AsyncOpenAI, llm: LlmServer, say: Say, expected: type[Exception]
) -> None:
    """
    Each fault is the exception that the real one is; the next call gets its answer.
    """
    llm.next(say)

    with pytest.raises(expected):
        await ask(client)

    Triage.model_validate_json(content(await ask(client)))


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (Say.unauthorized(), "invalid_api_key"),
        (Say.rate_limited(), "rate_limit_exceeded"),
        (Say.quota_exceeded(), "insufficient_quota"),
        (Say.too_long(), "context_length_exceeded"),
    ],
)
async def test_errors_carry_the_codes_that_tell_them_apart(
    client: AsyncOpenAI, llm: LlmServer, say: Say, code: str
) -> None:
    """
    An exhausted quota and a rate limit have the same status and different codes.
    """
    llm.next(say)

    with pytest.raises(openai.APIStatusError) as caught:
        await ask(client)

    assert caught.value.code == code


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("given", "sent"), [(None, None), (1, "1"), (0.5, "0.5"), (0, "0"), (DATE, DATE)]
)
async def test_a_rate_limit_says_when_to_come_back_or_does_not(
    client: AsyncOpenAI, llm: LlmServer, given: float | str | None, sent: str | None
) -> None:
    """
    `Retry-After` is seconds, a date, or not there.
    """
    llm.next(Say.rate_limited(given))

    with pytest.raises(openai.RateLimitError) as caught:
        await ask(client)

    assert caught.value.response.headers.get("retry-after") == sent


async def test_a_server_takes_so_many_calls_in_a_while(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    The others get 429, and when they may come again.
    """
    llm.rate = (2, 3_600)
    asked = await asyncio.gather(*(ask(client) for _ in range(5)), return_exceptions=True)

    limited = [error for error in asked if isinstance(error, openai.RateLimitError)]
    assert (len(limited), llm.tally.answered, llm.tally.failed) == (3, 2, 3)
    assert all(3_500 < float(e.response.headers["retry-after"]) <= 3_600 for e in limited)


@pytest.mark.parametrize(
    ("say", "finish"),
    [
        (Say.nonsense(), "stop"),
        (Say.broken_json(), "stop"),
        (Say.answer_with('{"a": '), "stop"),
        (Say.cut_off(), "length"),
    ],
)
async def test_prose_and_cut_json_arrive_as_content(
    client: AsyncOpenAI, llm: LlmServer, say: Say, finish: str
) -> None:
    """
    Content that does not parse is a success for HTTP; only a cut for length says so.
    """
    llm.next(say)

    answer = await ask(client)

    assert answer.choices[0].finish_reason == finish
    with pytest.raises(json.JSONDecodeError):
        json.loads(content(answer))


async def test_values_outside_the_enumeration(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    The fields are there and each enumerated value is one that does not exist.
    """
    llm.next(Say.outside_enumeration())

    made = json.loads(content(await ask(client)))

    assert made.keys() == Triage.model_fields.keys()
    with pytest.raises(ValidationError) as caught:
        Triage.model_validate(made)
    wrong = {error["loc"][0] for error in caught.value.errors()}
    assert wrong == {"kind_of_problem", "priority", "sentiment"}


async def test_what_a_test_dictates(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    Content is sent as given, a dict as JSON.
    """
    llm.next(Say.answer_with({"a": "ü"}), Say.answer_with("b"))

    assert json.loads(content(await ask(client))) == {"a": "ü"}
    assert content(await ask(client)) == "b"


async def test_refusal_filter_and_no_choice(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    A model that will not answer says so in three ways, none of them an error.
    """
    llm.next(Say.refusal(), Say.content_filter(), Say.empty_choices())

    refused, filtered, empty = [await ask(client) for _ in range(3)]

    assert refused.choices[0].message.refusal
    assert refused.choices[0].message.content is None
    assert filtered.choices[0].finish_reason == "content_filter"
    assert filtered.choices[0].message.content is None
    assert empty.choices == []


async def test_a_body_that_is_no_json_and_says_so(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    With another content type the client hands the body on as text instead of raising.
    """
    llm.next(Say.not_json_body("text/plain"))

    assert isinstance(await ask(client), str)


@pytest.mark.parametrize("say", [Say.stall(), Say.stall(headers=True), Say.wait(60)])
async def test_a_stalled_call_ends_with_its_client(llm: LlmServer, say: Say) -> None:
    """
    The client's time limit ends the call, and the server is free of it and answers others.
    """
    llm.next(say)

    async with a_client(llm.url, timeout=0.3) as impatient:
        with pytest.raises(openai.APITimeoutError):
            await ask(impatient)

    await in_flight(llm, 0)
    async with a_client(llm.url) as other:
        await ask(other)
    assert [call.answered for call in llm.calls] == [False, True]


async def test_blanks_outlast_the_time_limit_of_a_read(llm: LlmServer) -> None:
    """
    A body that trickles never meets a read's time limit: only a limit for the whole call ends it.
    """
    llm.next(Say.stream_of_whitespace())

    async with a_client(llm.url, timeout=0.3) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(client), 1)

    await in_flight(llm, 0)
    assert not llm.calls[0].answered


async def in_flight(llm: LlmServer, calls: int) -> None:
    """Return when *llm* works on so many *calls*."""
    while llm.in_flight != calls:  # noqa: ASYNC110  # what is true of the server, not an event's
        await asyncio.sleep(0.01)


async def test_the_default_is_what_all_others_get(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    Calls get what was ordered for them, in order, and then the default.
    """
    llm.default = Say.status(500)
    llm.next(Say.answer_with("first"), Say.rate_limited())

    assert content(await ask(client)) == "first"
    with pytest.raises(openai.RateLimitError):
        await ask(client)
    for _ in range(2):
        with pytest.raises(openai.InternalServerError):
            await ask(client)


async def test_calls_are_recorded_as_sent(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    A call shows body, headers, time, schema, and whether its reply was written whole.
    """
    llm.next(Say.disconnect())
    with pytest.raises(openai.APIConnectionError):
        await ask(client, Drafted)
    await ask(client)

    cut, whole = llm.calls
    assert (cut.schema_name, whole.schema_name) == ("Drafted", "Triage")
    assert (cut.answered, whole.answered) == (False, True)
    assert cut.at < whole.at
    assert whole.shape == "json_schema"
    assert whole.body["messages"][1]["content"] == json.dumps({"ticket": TICKET})
    assert whole.headers["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("dialect", ["openai", "plain"])
@pytest.mark.parametrize("ability", SHAPES)
async def test_a_format_beyond_its_ability_is_refused(
    client: AsyncOpenAI, llm: LlmServer, ability: Shape, dialect: Dialect
) -> None:
    """
    Richer formats get a 400, which takes nothing from what was ordered; the others are answered.
    """
    llm.ability, llm.dialect = ability, dialect
    llm.next(Say.answer_with("ordered"))
    taken = SHAPES[: SHAPES.index(ability) + 1]

    for shape in reversed(SHAPES):
        if shape in taken:
            await ask(client, shape=shape)
            continue
        with pytest.raises(openai.BadRequestError, match=shape) as caught:
            await ask(client, shape=shape)
        assert caught.value.param == ("response_format" if dialect == "openai" else None)
        assert isinstance(caught.value.body, dict)
        assert caught.value.body["code"] == (None if dialect == "openai" else 400)

    await ask(client, shape="text")
    assert [call.shape for call in llm.calls] == [*reversed(SHAPES), "text"]


async def test_what_was_ordered_survives_a_refused_format(
    client: AsyncOpenAI, llm: LlmServer
) -> None:
    """
    An order waits for a call that the server takes.
    """
    llm.ability = "text"
    llm.next(Say.answer_with("ordered"))

    with pytest.raises(openai.BadRequestError):
        await ask(client)

    assert content(await ask(client, shape="text")) == "ordered"


async def test_only_accepted_keys_are_served(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    A wrong key gets 401 for a completion and for the list of models; a right one gets both.
    """
    llm.keys = {"sk-other"}
    with pytest.raises(openai.AuthenticationError):
        await ask(client)
    with pytest.raises(openai.AuthenticationError):
        await client.models.list()

    llm.keys = {"sk-test"}
    await ask(client)
    assert len((await client.models.list()).data) == 1


async def test_what_is_not_offered(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    Streams, unknown formats, other paths and malformed or huge bodies are refused.
    """
    messages: Any = [{"role": "user", "content": "Hello"}]
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="m", messages=messages, stream=True)
    with pytest.raises(openai.BadRequestError):
        await ask(client, shape="grammar")
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="m", messages=[])
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="m", input="Hello")
    with pytest.raises(openai.APIStatusError) as caught:
        await ask(client, passages=["x" * MAX_BYTES])
    assert caught.value.status_code == 413


async def test_a_server_that_goes_away_and_comes_back(llm: LlmServer) -> None:
    """
    A stop cuts what is in flight and what is kept alive; a start serves on the same port.
    """
    url = llm.url
    async with a_client(url, timeout=30) as client:
        await ask(client)
        llm.next(Say.stall())
        stalled = asyncio.create_task(ask(client))
        await in_flight(llm, 1)

        await llm.stop()
        with pytest.raises(openai.APIConnectionError):
            await stalled
        with pytest.raises(openai.APIConnectionError):
            await ask(client)

        await llm.start()
        await ask(client)
    assert llm.url == url
    assert llm.in_flight == 0


async def test_calls_do_not_wait_for_one_another(client: AsyncOpenAI, llm: LlmServer) -> None:
    """
    Fifty calls are in flight at once, and fifty that take their time are all answered.
    """
    llm.default = Say.stall()
    stalled = [asyncio.create_task(ask(client)) for _ in range(50)]
    await in_flight(llm, 50)
    for task in stalled:
        task.cancel()
    await in_flight(llm, 0)

    llm.default, llm.seconds = Say.answer(), 0.2
    answers = await asyncio.gather(*(ask(client) for _ in range(50)))

    assert len({answer.id for answer in answers}) == 50
    assert [call.answered for call in llm.calls] == [False] * 50 + [True] * 50


async def test_a_process_of_its_own() -> None:
    """
    Run as a process it says its URL, is changed and asked over HTTP, and ends on SIGTERM.
    """
    process = subprocess.Popen(  # noqa: ASYNC220  # it starts in milliseconds
        [sys.executable, "-m", "tests.support.llm", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        async with a_client(url) as client, aiohttp.ClientSession(url.removesuffix("v1")) as http:
            await ask(client)

            change = {
                "default": {"kind": "wait", "seconds": 0, "then": {"kind": "status", "code": 500}},
                "seconds": 0.01,
                "ability": "text",
                "keys": ["sk-test"],
            }
            async with http.post("control", json=change) as changed:
                assert changed.status == 200
            with pytest.raises(openai.InternalServerError):
                await ask(client, shape="text")
            with pytest.raises(openai.BadRequestError):
                await ask(client)

            async with http.get("control") as shown:
                assert await shown.json() == {
                    "calls": 3,
                    "in_flight": 0,
                    "in_flight_by_key": {},
                    "by_schema": {"Triage": 2, "none": 1},
                    "answered": 1,
                    "failed": 2,
                    "cut": 0,
                    "again": 0,
                }
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


async def test_it_counts_how_calls_end() -> None:
    """
    What was answered twice is told from what was answered, failed, or given up by its caller.
    """
    async with LlmServer(remember=False) as llm, a_client(llm.url) as client:
        await asyncio.gather(ask(client), ask(client), ask(client, shape="text"))
        llm.failing = 1.0, Say.status(503)
        with pytest.raises(openai.InternalServerError):
            await ask(client)
        llm.failing, llm.default = (0.0, Say.answer()), Say.stall()
        stalled = asyncio.create_task(ask(client))
        await in_flight(llm, 1)
        assert llm.tally.in_flight["sk-test"] == 1
        stalled.cancel()
        await in_flight(llm, 0)

        tally = llm.tally
        assert (tally.calls, tally.answered, tally.failed, tally.cut) == (5, 3, 1, 1)
        assert tally.again == 1
        assert not llm.calls


async def test_a_share_of_calls_fails() -> None:
    """
    Some fail and the others do not, about as many as was asked for.
    """
    async with LlmServer() as llm, a_client(llm.url) as client:
        llm.failing = 0.5, Say.status(500)
        said = await asyncio.gather(*(ask(client) for _ in range(40)), return_exceptions=True)

        failures = sum(isinstance(one, openai.InternalServerError) for one in said)
        assert 5 < failures < 35
        assert llm.tally.failed == failures


def test_a_process_can_be_away_and_still_be_asked() -> None:
    """
    While it does not listen its calls fail, and its control answers on a port of its own.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.llm", "--forget"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        url, control = (process.stdout.readline().strip() for _ in range(2))
        with httpx.Client() as http:
            assert http.get(f"{url}/models").status_code == 200
            assert http.post(control, json={"listening": False}).json()["calls"] == 0
            with pytest.raises(httpx.TransportError):
                http.get(f"{url}/models")
            assert http.post(control, json={"listening": True}).status_code == 200
            assert http.get(f"{url}/models").status_code == 200
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize(
    "change",
    [
        {"defualt": {"kind": "answer"}},
        {"seconds": 9, "ability": "xml"},
        {"seconds": 9, "default": {"kind": "explode"}},
        {"seconds": 9, "default": {"kind": "status", "number": 1}},
        {"seconds": 9, "default": {"code": 1}},
    ],
)
async def test_a_wrong_change_changes_nothing(llm: LlmServer, change: dict[str, Any]) -> None:
    """
    A misspelt change is refused as a whole.
    """
    async with (
        aiohttp.ClientSession(llm.url.removesuffix("v1")) as http,
        http.post("control", json=change) as refused,
    ):
        assert refused.status == 400

    assert llm.seconds == 0
