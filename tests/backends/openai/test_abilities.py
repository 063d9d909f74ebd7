"""What a server does not take is left out from then on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from streams.backends.openai.abilities import OWN, Abilities
from streams.backends.openai.model import LanguageModel
from streams.backends.openai.refused_parameters import SYSTEM_ROLE
from tests.backends.openai.asking import DATA, PROMPT, asked
from tests.support.llm import LlmServer, Say

NO_TEMPERATURE = {
    "error": {
        "message": "Unsupported value: 'temperature' does not support 0 with this model.",
        "param": "temperature",
        "code": "unsupported_value",
    }
}
NO_SYSTEM = {"error": {"message": "System role not supported", "code": 400}}


async def test_a_parameter_of_ours_that_is_refused(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    It is left out at once and from then on, the form of the answer stays, and nothing degrades.
    """
    llm.unsupported = {"temperature": (400, NO_TEMPERATURE)}
    model = make()

    reports = [(await asked(model)).report for _ in range(3)]

    assert [report.calls for report in reports] == [1, 1, 1]
    assert ["temperature" in call.body for call in llm.calls] == [True, False, False, False]
    assert {call.shape for call in llm.calls} == {"json_schema"}
    assert model.abilities.left_out == ["temperature"]
    assert model.guard.status == "healthy"


async def test_many_calls_that_are_refused_at_the_same_time(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Each is asked again without it, in the same form.
    """
    llm.unsupported = {"temperature": (400, NO_TEMPERATURE)}
    llm.seconds = 0.1
    model = make()

    await asyncio.gather(*(asked(model) for _ in range(8)))

    assert (len(llm.calls), {call.shape for call in llm.calls}) == (16, {"json_schema"})


async def test_several_that_are_refused_one_after_the_other(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A server names one at a time.
    """
    llm.unsupported = {"temperature": (400, NO_TEMPERATURE), "role:system": (400, NO_SYSTEM)}
    model = make()

    assert (await asked(model)).report.calls == 1
    assert model.abilities.left_out == [SYSTEM_ROLE, "temperature"]


@pytest.mark.parametrize("status", [400, 500])
async def test_a_model_without_a_system_role(
    llm: LlmServer, make: Callable[..., LanguageModel], status: int
) -> None:
    """
    It is told what to do before the data, which is JSON all the same; a repair follows on that.
    """
    llm.unsupported = {"role:system": (status, NO_SYSTEM)}
    llm.next(Say.nonsense())
    model = make()

    await asked(model)

    messages = llm.calls[-1].body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    told, _, data = messages[0]["content"].rpartition("\n\n")
    assert told.startswith(PROMPT.text)
    assert json.loads(data) == DATA


async def test_a_server_that_refuses_what_was_not_sent(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Nobody asks it for ever.
    """
    llm.next(*[Say.status(400, NO_TEMPERATURE)] * 4)

    assert (await asked(make())).report.calls == 1
    assert len(llm.calls) == 5


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"temperature": 0}),
        ({"seed": 7}, {"temperature": 0, "seed": 7}),
        ({"temperature": 1}, {"temperature": 1}),
        ({"temperature": None}, {}),
        ({"top_p": 0.1}, {"top_p": 0.1}),
        ({"seed": None}, {"temperature": 0}),
    ],
)
def test_what_an_operator_sets_goes_first(given: dict[str, Any], sent: dict[str, Any]) -> None:
    """
    Who says how to sample is not contradicted, and null leaves ours out.
    """
    abilities = Abilities("m", given)

    assert abilities.parameters == sent
    abilities.leave_out(OWN)
    assert abilities.parameters == {n: v for n, v in given.items() if v is not None}
