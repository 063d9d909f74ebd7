"""What a language model's server may do to us, and what we make of it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from streams.backends.openai.model import LanguageModel
from streams.errors import BadAnswer, ConfigurationError, RateLimited, Refused, Unavailable
from streams.off_loop import THREAD_NAME
from streams.settings import Settings
from tests.backends.openai.asking import DATA, PROMPT, Shape, asked
from tests.support.llm import LlmServer, Say


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
    assert call.body.keys() == {"messages", "model", "response_format", "seed", "temperature"}
    assert call.headers["authorization"] == "Bearer sk-test"


def test_a_loaded_client_imports_nothing_at_its_first_call() -> None:
    """
    The event loop does not stand still for it: the client puts off most of its imports.
    """
    script = """if True:
        import asyncio, sys
        from streams.backends.openai.model import LanguageModel
        from streams.off_loop import off_loop
        from streams.settings import Settings
        from tests.support.llm import LlmServer

        async def main():
            async with LlmServer() as server:
                model = LanguageModel(Settings(openai_base_url=server.url, openai_model="m"))
                await off_loop(model.load_client)
                loaded = set(sys.modules)
                await model.ping()
                await model.probe()
                print(sorted(set(sys.modules) - loaded))
                await model.close()

        asyncio.run(main())
    """
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert made.stdout == "[]\n"


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
    monkeypatch.setattr("streams.backends.openai.abilities.ASK_AGAIN_SECONDS", 0.0)
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


async def test_less_data_is_prepared_off_the_event_loop(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    It takes as long as the whole: the loop goes on meanwhile, and competes with one thread.
    """
    threads: list[str] = []

    def shorter() -> dict[str, Any]:
        threads.append(threading.current_thread().name)
        return DATA

    llm.next(Say.refusal())
    await make().ask("triage", PROMPT, DATA, Shape, shorter=shorter)
    assert [name.startswith(THREAD_NAME) for name in threads] == [True]


async def test_a_repair_is_told_all_that_is_wrong(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Several objections go back in the one repair, in few words.
    """
    wrong = [f"line {number} was not given" for number in range(100)]

    def faults(_: Shape) -> list[str]:
        return wrong if len(llm.calls) == 1 else []

    await asked(make(), faults=faults)

    told = llm.calls[1].body["messages"][-1]["content"]
    assert told.startswith("That does not fit: line 0 was not given; line 1 was not given;")
    assert "more. Answer again" in told
    assert len(told) < 900


async def test_a_repair_has_nothing_of_another_ticket(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Tickets that are repaired at the same time each see their own text alone.
    """
    llm.default = Say(
        lambda call, dialect: (
            Say.answer() if len(call.body["messages"]) > 2 else Say.answer_with(call.given)
        ).reply(call, dialect)
    )
    model = make()

    async def ask(number: int) -> None:
        data = {f"ticket {number:03}": f"secret {number:03}"}
        await model.ask("triage", PROMPT, data, Shape, shorter=lambda: data)

    await asyncio.gather(*(ask(number) for number in range(50)))

    repairs = [call.body["messages"] for call in llm.calls if len(call.body["messages"]) > 2]
    assert len(repairs) == 50
    for messages in repairs:
        assert len(set(re.findall(r"(?:secret|ticket) (\d{3})", json.dumps(messages)))) == 1
