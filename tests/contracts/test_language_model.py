"""What a language model's server may do to us, and what we make of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from streams.backends.openai.model import Answer, LanguageModel
from streams.backends.openai.reply import MOST_BYTES
from streams.errors import BadAnswer, ConfigurationError, RateLimited, Refused, Unavailable
from streams.prompts import Prompt
from streams.settings import Settings
from tests.support.llm import LlmServer, Say
from tests.support.llm_says import Reply

PROMPT = Prompt("test-7", "Say what the ticket is about.")
DATA: dict[str, Any] = {"ticket": {"subject": None, "text": "I was charged twice. " * 20}}


class Shape(BaseModel):
    """What a model is asked for here."""

    model_config = ConfigDict(extra="forbid")

    kind_of_problem: Literal["Billing > Duplicate Charge", "Other > General"]
    queries: list[str]


@pytest.fixture
async def make(llm: LlmServer) -> AsyncIterator[Callable[..., LanguageModel]]:
    """Return what makes a client of the server; arguments are settings."""
    made: list[LanguageModel] = []

    def model(**settings: Any) -> LanguageModel:
        chosen = {
            "openai_base_url": llm.url,
            "openai_model": "test-model",
            "openai_api_key": SecretStr("sk-test"),
            "llm_call_seconds": 5.0,
            **settings,
        }
        made.append(LanguageModel(Settings(**chosen)))
        return made[-1]

    yield model
    for each in made:
        await each.close()


async def asked(
    model: LanguageModel,
    faults: Callable[[Shape], str | None] = lambda _: None,
    shorter: Mapping[str, Any] = {"ticket": {"text": "short"}},
) -> Answer[Shape]:
    """Ask *model* for a Shape."""
    return await model.ask("triage", PROMPT, DATA, Shape, shorter=lambda: shorter, faults=faults)


async def test_an_answer_and_what_it_took(make: Callable[..., LanguageModel]) -> None:
    """
    The report names backend, prompt and model, and counts tokens and dollars.
    """
    answer = await asked(make(openai_prices={"test-model": (2.0, 10.0)}))
    assert answer.value.kind_of_problem == "Billing > Duplicate Charge"
    report = answer.report
    assert (report.backend, report.prompt, report.model) == ("openai", "test-7", "test-model")
    assert report.calls == 1
    assert report.tokens_in > 0
    assert report.tokens_out > 0
    dollars = (2 * report.tokens_in + 10 * report.tokens_out) / 1e6
    assert report.cost_usd == pytest.approx(dollars, abs=1e-8)


async def test_what_is_sent(llm: LlmServer, make: Callable[..., LanguageModel]) -> None:
    """
    Instructions and data are messages of their own, and the data is JSON.

    So a ticket cannot write instructions: whatever quotes or braces it has are escaped.
    """
    await asked(make(openai_parameters={"temperature": 0, "seed": 7}))
    (call,) = llm.calls
    system, user = call.body["messages"]
    assert (system["role"], system["content"]) == ("system", PROMPT.text)
    assert user["role"] == "user"
    assert call.given == DATA
    assert (call.body["temperature"], call.body["seed"]) == (0, 7)
    assert call.headers["authorization"] == "Bearer sk-test"


async def test_the_schema_is_one_that_strict_servers_take(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Every field is required and none other allowed, as OpenAI's strict mode demands.
    """
    await asked(make())
    sent = llm.calls[0].body["response_format"]["json_schema"]
    assert sent["strict"] is True
    assert sent["schema"]["additionalProperties"] is False
    assert set(sent["schema"]["required"]) == set(sent["schema"]["properties"])


@pytest.mark.parametrize("dialect", ["openai", "plain"])
@pytest.mark.parametrize("ability", ["json_schema", "json_object", "text"])
async def test_servers_of_any_ability(
    llm: LlmServer, make: Callable[..., LanguageModel], ability: Any, dialect: Any
) -> None:
    """
    The richest way that a server knows is found once, and used from then on.
    """
    llm.ability, llm.dialect = ability, dialect
    model = make()
    for _ in range(3):
        assert (await asked(model)).report.calls == 1
    shapes = [call.shape for call in llm.calls]
    ways = ["json_schema", "json_object", "text"]
    assert shapes == [*ways[: ways.index(ability)], ability, ability, ability]


async def test_a_server_that_fails_at_the_schema(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Some answer 500 to a form that they do not know; that is no outage.
    """
    llm.next(Say.status(500, {"error": {"message": "json_schema: unsupported", "code": 500}}))
    model = make()
    assert (await asked(model)).report.calls == 1
    assert [call.shape for call in llm.calls] == ["json_schema", "json_object"]


async def test_two_servers_of_different_ability_behind_one_address(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Every question is answered, whichever of them it meets.
    """
    model = make()
    for ability in ("json_schema", "text", "json_schema", "json_object"):
        llm.ability = ability
        assert (await asked(model)).report.calls == 1


async def test_a_server_that_has_learnt_is_asked_in_the_richer_way_again(
    llm: LlmServer, make: Callable[..., LanguageModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What it could not do is not held against it for ever.
    """
    monkeypatch.setattr("streams.backends.openai.model.ASK_AGAIN_SECONDS", 0.0)
    llm.ability = "text"
    model = make()
    await asked(model)
    llm.ability = "json_schema"
    await asked(model)
    assert llm.calls[-1].shape == "json_schema"


@pytest.mark.parametrize(
    "bad",
    [
        Say.nonsense(),
        Say.broken_json(),
        Say.outside_enumeration(),
        Say.answer_with('{"a": 1}'),
        Say.answer_with("[" * 100_000),
        Say.answer_with('{"a": "\\ud800"}'),
        Say.empty_choices(),
        Say.status(200, '{"choices": [null]}'),
        Say.status(200, '{"choices": [{"message": {"content": [{"text": "a"}]}}]}'),
        Say.status(200, '{"choices": [{"message": {"content": "\\ud800"}}], "usage": 7}'),
        Say.status(200, '{"choices": [], "usage": {"prompt_tokens": 1e999}}'),
    ],
)
async def test_an_answer_that_does_not_fit_is_repaired_once(
    llm: LlmServer, make: Callable[..., LanguageModel], bad: Say
) -> None:
    """
    The model is shown its answer and what is wrong with it; both answers are counted.
    """
    llm.next(bad)
    answer = await asked(make())
    assert answer.report.calls == 2
    *_, shown, told = llm.calls[-1].body["messages"]
    assert shown["role"] == "assistant"
    assert "does not fit" in told["content"]
    llm.next(bad, bad)
    with pytest.raises(BadAnswer) as error:
        await asked(make())
    assert error.value.report
    assert error.value.report.calls == 2


async def test_a_server_that_ignores_the_schema_is_told_it_in_words(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Prose in answer to a schema means that the server did not mind it.
    """
    llm.next(Say.nonsense())
    model = make()
    await asked(model)
    assert "<schema>" in llm.calls[-1].body["messages"][0]["content"]
    assert (await asked(model)).report.calls == 1


async def test_faults_that_no_schema_can_say(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    They are shown to the model in words, as what a schema says is.
    """
    with pytest.raises(BadAnswer):
        await asked(make(), faults=lambda _: "the moon is not full")
    assert "the moon is not full" in llm.calls[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize(
    "bad",
    [Say.cut_off(), Say.refusal(), Say.content_filter(), Say.too_long()],
    ids=["cut off", "refusal", "filter", "too long"],
)
async def test_no_room_and_no_will_are_asked_once_more_with_less(
    llm: LlmServer, make: Callable[..., LanguageModel], bad: Say
) -> None:
    """
    If that does not help either, somebody else has to do it.
    """
    llm.next(bad)
    await asked(make())
    assert llm.calls[-1].given == {"ticket": {"text": "short"}}
    llm.next(bad, bad)
    with pytest.raises(BadAnswer):
        await asked(make())
    assert len(llm.calls) == 4


@pytest.mark.parametrize(
    "trouble",
    [
        Say.status(500),
        Say.status(503),
        Say.html_error(),
        Say.rate_limited(),
        Say.rate_limited(0.01),
        Say.rate_limited(formatdate(time.time() - 60, usegmt=True)),
        Say.rate_limited("soon"),
        Say.rate_limited("Mon, 01 Jan 99999999999 00:00:00 GMT"),
        Say.disconnect(),
        Say.status(200, '{"choices": {"a": 1}}'),
        Say.status(200, "[" * 100_000),
        Say.status(200, f'{{"choices": [], "usage": {{"prompt_tokens": {"9" * 5_000}}}}}'),
        Say.status(200, "a" * (MOST_BYTES + 1)),
        Say(lambda *_: Reply("packed", headers={"Content-Encoding": "gzip"})),
        Say.status(503, {"error": {"message": "cannot serve response_format json_schema"}}),
        Say.not_json_body(),
        Say.not_json_body("text/plain"),
        Say.status(409),
    ],
)
async def test_what_passes_is_tried_again(
    llm: LlmServer, make: Callable[..., LanguageModel], trouble: Say
) -> None:
    """
    Two failures in a row, then an answer: nobody notices, and one answer is counted.
    """
    llm.next(trouble, trouble)
    assert (await asked(make())).report.calls == 1
    assert len(llm.calls) == 3


@pytest.mark.parametrize(
    "slow",
    [Say.stall(), Say.stall(headers=True), Say.stream_of_whitespace(), Say.wait(30)],
    ids=["stall", "headers", "blanks", "late"],
)
async def test_a_call_has_a_time_limit(
    llm: LlmServer, make: Callable[..., LanguageModel], slow: Say
) -> None:
    """
    Whatever keeps a connection open does not keep a ticket; the next try may be answered.
    """
    llm.next(slow)
    assert (await asked(make(llm_call_seconds=0.2))).report.calls == 1


async def test_all_tries_together_have_a_budget(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    It is nine tenths of the stage's, and when it is spent the server counts as away.
    """
    llm.default = Say.stall()
    with pytest.raises(Unavailable) as error:
        await asked(make(stage_seconds=0.5, llm_call_seconds=0.2))
    assert not isinstance(error.value, Refused)


async def test_a_server_that_asks_to_wait_too_long_is_not_waited_for(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A minute's `Retry-After` does not fit into a second's budget.
    """
    llm.default = Say.rate_limited(60)
    with pytest.raises(Unavailable):
        await asked(make(stage_seconds=2))
    assert len(llm.calls) == 1


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Say.unauthorized(), "KEY"),
        (Say.status(403), "KEY"),
        (Say.status(402), "credit"),
        (Say.quota_exceeded(), "quota"),
        (Say.status(404), "MODEL"),
        (Say.status(405), "MODEL"),
        (Say.status(400, {"error": {"message": "API key not valid. Please pass one."}}), "KEY"),
        (Say.status(429, {"error": {"type": "insufficient_quota", "code": None}}), "quota"),
        (Say.status(429, '[{"error": {"code": "billing_not_active"}}]'), "quota"),
    ],
)
async def test_what_a_person_must_mend_is_a_refusal(
    llm: LlmServer, make: Callable[..., LanguageModel], refusal: Say, said: str
) -> None:
    """
    It is not tried again at once, and the error says what to set, and neither key nor ticket.
    """
    llm.default = refusal
    model = make()
    with pytest.raises(Refused, match=said) as error:
        await asked(model)
    assert len(llm.calls) == 1
    assert model.guard.status == str(error.value)
    assert "sk-test" not in str(error.value)


UNSUPPORTED = [
    {
        "error": {
            "message": "Unsupported value: 'temperature' does not support 0 with this model.",
            "type": "invalid_request_error",
            "param": "temperature",
            "code": "unsupported_value",
        }
    },
    {
        "error": {
            "message": "Unsupported parameter: 'max_tokens' is not supported with this model."
            " Use 'max_completion_tokens' instead."
        }
    },
    {"object": "error", "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'top_k')}]"},
]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("said", UNSUPPORTED, ids=["value", "name", "vLLM"])
async def test_a_parameter_of_the_operator_that_is_refused(
    llm: LlmServer, make: Callable[..., LanguageModel], said: Any, status: int
) -> None:
    """
    It would be refused for every ticket: the error names it and the setting, and all is held.
    """
    llm.default = Say.status(status, said)
    with pytest.raises(Refused, match="OPENAI_PARAMETERS") as error:
        await asked(make(openai_parameters={"temperature": 0, "max_tokens": 500, "top_k": 1}))
    assert any(name in str(error.value) for name in ("temperature", "max_tokens", "top_k"))
    assert len(llm.calls) == 1


async def test_a_word_of_the_ticket_is_no_parameter(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A server that finds a request wrong, and repeats it, does not speak of parameters.
    """
    llm.default = Say.status(400, {"error": {"message": "bad request: 'temperature' is 30"}})
    with pytest.raises(BadAnswer):
        await asked(make(openai_parameters={"temperature": 0}))


async def test_an_expired_key_is_replaced_while_running(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    """
    A key in a file is read again when the file has changed.
    """
    file = tmp_path / "key"
    file.write_text("sk-old\n")
    llm.keys = {"sk-old"}
    model = make(openai_api_key_file=file)
    await asked(model)
    llm.keys = {"sk-new"}
    with pytest.raises(Refused):
        await asked(model)
    file.write_text("sk-new\n")
    model.guard.breaker.succeeded()  # the pause is over
    await asked(model)
    assert model.guard.status == "healthy"


async def test_a_key_file_that_is_gone_for_a_moment(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    """
    The last key stays in use; at the start, a file that cannot be read is an error.
    """
    file = tmp_path / "key"
    with pytest.raises(ConfigurationError, match="KEY_FILE"):
        make(openai_api_key_file=file)
    file.write_text("sk-old")
    model = make(openai_api_key_file=file)
    file.unlink()
    await asked(model)
    assert llm.calls[-1].headers["authorization"] == "Bearer sk-old"


async def test_a_server_that_is_away_and_back(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    It is found down by the calls that fail, and back by a single trial.
    """
    model = make(stage_seconds=5)
    await asked(model)
    await llm.stop()
    with pytest.raises(Unavailable):
        await asked(model)
    assert model.guard.status == "is down"
    await llm.start()
    model.guard.breaker._until = 0.0
    await asked(model)
    assert model.guard.status == "healthy"


async def test_an_outage_that_begins_in_mid_call_and_ends_in_mid_retry(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    The question is answered by the try that meets the server again.
    """
    llm.seconds = 0.2
    question = asyncio.create_task(asked(make()))
    while not llm.in_flight:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await llm.stop()
    await llm.start()
    assert (await question).report.calls == 1


async def test_nothing_is_kept_of_what_the_server_says(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A server may repeat the ticket or the key in its error; ours has neither, nor has its cause.
    """
    llm.default = Say.status(500, {"error": {"message": "I was charged twice. sk-test"}})
    with pytest.raises(Unavailable) as error:
        await asked(make(stage_seconds=1))
    told = "".join(map(str, (error.value, error.value.__cause__)))
    assert "charged" not in told
    assert "sk-test" not in told


async def test_many_at_once(llm: LlmServer, make: Callable[..., LanguageModel]) -> None:
    """
    Calls do not wait for one another.
    """
    llm.seconds = 0.3
    most = 0

    async def watched() -> None:
        nonlocal most
        while True:
            most = max(most, llm.in_flight)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watched())
    model = make()
    await asyncio.gather(*(asked(model) for _ in range(64)))
    watching.cancel()
    assert most == 64


async def test_a_rate_limit_is_no_outage(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Calls that are too many wait as long as the server says, and all are answered.
    """
    llm.next(*[Say.rate_limited(1)] * 64)
    model = make()
    answers = await asyncio.gather(*(asked(model) for _ in range(64)))
    assert {answer.report.calls for answer in answers} == {1}
    assert model.guard.status == "healthy"


async def test_calls_come_as_fast_as_a_server_takes_them(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Fewer go at the same time after each 429, so few are turned away for each that is answered.
    """
    llm.rate = (8, 0.2)
    model = make()
    await asyncio.gather(*(asked(model) for _ in range(64)))
    assert llm.tally.answered == 64
    assert llm.tally.failed < 2 * 64
    assert model.guard.status == "healthy"


async def test_a_server_that_limits_us_for_longer_than_there_is_time(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Others do not ask it in vain: they hear at once that there is no time, and how long it takes.
    """
    llm.default = Say.rate_limited(60)
    model = make()
    for _ in range(2):
        with pytest.raises(RateLimited) as error:
            await asked(model)
        assert 50 < (error.value.retry_after or 0) <= 66
    assert (len(llm.calls), model.guard.status) == (1, "healthy")


@pytest.mark.parametrize("key", ["sk-\N{EN DASH}1", "sk 1", "sk-1\nsk-2", "\0"])
async def test_what_can_be_no_key_is_refused_at_the_start(
    make: Callable[..., LanguageModel], tmp_path: Path, key: str
) -> None:
    """
    The error names the setting and not the key.
    """
    file = tmp_path / "key"
    file.write_text(key)
    for settings in ({"openai_api_key": SecretStr(key)}, {"openai_api_key_file": file}):
        with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_API_KEY") as error:
            make(**settings)
        assert "sk" not in str(error.value)


@pytest.mark.parametrize("written", ["sk-test\n", " sk-test ", "\ufeffsk-test\r\n"])
async def test_blanks_around_a_key_are_not_its_own(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path, written: str
) -> None:
    """
    Secrets are often saved with a line's end, or a mark of their encoding.
    """
    llm.keys = {"sk-test"}
    file = tmp_path / "key"
    file.write_text(written)
    await asked(make(openai_api_key_file=file))
    await asked(make(openai_api_key=SecretStr(written.lstrip("\ufeff"))))


@pytest.mark.parametrize("url", ["http://localhost:abc/v1", "http://[::1/v1", "http://:0:0:0/"])
async def test_an_address_that_is_none(make: Callable[..., LanguageModel], url: str) -> None:
    """
    It is said at the start, by the name of the setting.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_BASE_URL"):
        make(openai_base_url=url)


async def test_a_model_must_be_named() -> None:
    """
    The error says which setting is missing.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_MODEL"):
        LanguageModel(Settings(llm="openai"))


async def test_ping_costs_nothing(llm: LlmServer, make: Callable[..., LanguageModel]) -> None:
    """
    Server, key and model are known to be right without an answer that is paid for.
    """
    await make().ping()
    assert llm.calls == []
    llm.keys = {"sk-other"}
    with pytest.raises(Refused):
        await make().ping()
