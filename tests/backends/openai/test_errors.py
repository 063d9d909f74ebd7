"""What a server's errors mean, and what is kept of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from streams.backends.openai.model import LanguageModel
from streams.backends.openai.reply import MOST_BYTES
from streams.errors import BadAnswer, RateLimited, Refused, Unavailable
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


FLAGGED = [
    (
        403,
        {"error": {"message": "Your chosen model requires moderation and your input was flagged"}},
    ),
    (403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"),
    (400, {"error": {"message": "Filtered.", "code": "content_filter", "param": "prompt"}}),
    (400, {"error": {"message": "triggering Azure OpenAI's content management policy"}}),
    (400, {"error": {"message": "Input is bad", "code": "data_inspection_failed"}}),
    (200, {"error": {"message": "Your input was flagged", "code": 403}}),
]


@pytest.mark.parametrize(("status", "said"), FLAGGED, ids=lambda one: str(one)[:60])
async def test_a_ticket_that_a_filter_stops(
    llm: LlmServer, make: Callable[..., LanguageModel], status: int, said: Any
) -> None:
    """
    It is asked about once more, with less; the key is right, and nobody else's ticket is held.
    """
    llm.default = Say.status(status, said)
    model = make()
    with pytest.raises(BadAnswer, match="refuses"):
        await asked(model)

    assert len(llm.calls) == 2
    assert {call.shape for call in llm.calls} == {"json_schema"}
    assert model.guard.status == "healthy"


async def test_an_answer_that_the_server_finds_wrong_itself(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    The model is shown it, as any that does not fit; the form of answers stays the richest.
    """
    wrong = {"code": "json_validate_failed", "failed_generation": '{"queries": 7}', "message": "x"}
    llm.next(Say.status(400, {"error": wrong}))

    assert (await asked(make())).report.calls == 1
    assert [call.shape for call in llm.calls] == ["json_schema", "json_schema"]
    _, _, shown, told = llm.calls[1].body["messages"]
    assert shown["content"] == '{"queries": 7}'
    assert "kind_of_problem: Field required" in told["content"]


@pytest.mark.parametrize(
    ("say", "error", "calls"),
    [
        (Say.status(200, {"error": {"code": 429, "message": "slow down"}}), RateLimited, 2),
        (Say.status(200, {"error": {"code": 502, "message": "Provider error"}}), Unavailable, 2),
        (Say.status(200, {"error": {"message": "what?"}}), Unavailable, 2),
        (Say.status(200, {"error": {"code": 402, "message": "credits"}}), Refused, 1),
        (
            Say.status(200, {"choices": [{"error": {"code": 402}, "message": {"content": ""}}]}),
            Refused,
            1,
        ),
        (Say.status(429, {"error": {"message": "Request too large for m on TPM"}}), BadAnswer, 2),
    ],
)
async def test_an_error_that_comes_as_an_answer(
    llm: LlmServer, make: Callable[..., LanguageModel], say: Say, error: type[Exception], calls: int
) -> None:
    """
    A router that had begun to answer says by a code what went wrong: it counts as that status.
    """
    llm.default = say
    with pytest.raises(error) as raised:
        await asked(make(stage_seconds=1))

    assert isinstance(raised.value, Refused) == (error is Refused)
    assert len(llm.calls) >= calls


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('model "llama9" not found, try pulling it first', "lacks the model: set"),
        ("The model `m` does not exist.", "lacks the model: set"),
        ("404 page not found", "/v1"),
    ],
)
async def test_a_model_that_is_not_there_is_told_from_a_path(
    llm: LlmServer, make: Callable[..., LanguageModel], message: str, said: str
) -> None:
    """
    Ollama and vLLM say which of the two it is.
    """
    llm.default = Say.status(404, {"error": {"message": message}})
    with pytest.raises(Refused, match=said):
        await asked(make())


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
