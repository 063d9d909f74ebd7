"""What a server's errors mean, and what is kept of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate

import pytest

from streams.backends.openai.model import LanguageModel
from streams.backends.openai.reply import MOST_BYTES
from streams.errors import BadAnswer, Refused, Unavailable
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer, Say
from tests.support.llm_says import Reply


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


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("name", ["temperature", "max_tokens", "top_k"])
async def test_a_parameter_of_the_operator_that_is_refused(
    llm: LlmServer, make: Callable[..., LanguageModel], name: str, status: int
) -> None:
    """
    It would be refused for every ticket: the error names it and the setting, and all is held.
    """
    said = f"Unsupported parameter: '{name}' is not supported with this model."
    llm.unsupported = {name: (status, {"error": {"message": said}})}
    with pytest.raises(Refused, match="OPENAI_PARAMETERS") as error:
        await asked(make(openai_parameters={"temperature": 0, "max_tokens": 500, "top_k": 1}))
    assert repr(name) in str(error.value)
    assert ("max_completion_tokens" in str(error.value)) == (name == "max_tokens")
    assert len(llm.calls) == 1


async def test_ours_is_left_out_before_an_operator_is_blamed(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A server that does not take two together may take the operator's alone.
    """
    said = "`temperature` and `seed` cannot both be specified for this model."
    llm.unsupported = {"temperature": (400, {"error": {"message": said}})}

    await asked(make(openai_parameters={"seed": 7}))

    assert [("temperature" in call.body, call.body["seed"]) for call in llm.calls] == [
        (True, 7),
        (False, 7),
    ]


NO_ENDPOINTS = {
    "error": {"message": "No endpoints found that can handle the requested parameters."}
}


async def test_a_router_that_finds_nobody_who_takes_all(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    It does not say which parameter it is: first ours are left out, then the form of answer.
    """
    llm.unsupported = {
        "temperature": (404, NO_ENDPOINTS),
        "response_format": (404, NO_ENDPOINTS),
    }
    model = make(openai_parameters={"provider": {"require_parameters": True}})

    assert (await asked(model)).report.calls == 1
    assert (await asked(model)).report.calls == 1
    assert [call.shape for call in llm.calls] == [
        *("json_schema", "json_schema", "json_object", "text"),
        "text",
    ]


async def test_a_router_that_never_finds_anybody(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Only the operator's own parameters, or the model, are left to mend.
    """
    llm.default = Say.status(404, NO_ENDPOINTS)
    with pytest.raises(Refused, match="'provider': mend TICKETSTREAM_OPENAI_PARAMETERS"):
        await asked(make(openai_parameters={"provider": {"require_parameters": True}}))
    with pytest.raises(Refused, match="OPENAI_MODEL"):
        await asked(make())


async def test_a_word_of_the_ticket_is_no_parameter(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A server that finds a request wrong, and repeats it, does not speak of parameters.
    """
    llm.default = Say.status(400, {"error": {"message": "bad request: 'temperature' is 30"}})
    with pytest.raises(BadAnswer):
        await asked(make(openai_parameters={"temperature": 0}))


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
