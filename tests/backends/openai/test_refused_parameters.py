"""What servers say of parameters that they do not take, in their own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backends.openai.refused_parameters import (
    SYSTEM_ROLE,
    error_words,
    is_about_all,
    refused_of,
)
from tests.support.generated import values

NAMES = (
    *("temperature", "max_tokens", "seed", "top_k", "user", "logit_bias", "response_format"),
    *("reasoning_effort", "reasoning", SYSTEM_ROLE),
)


def openai_error(message: str, **more: Any) -> Any:
    """Return an error as OpenAI's client hands it on."""
    return {"message": message, "type": "invalid_request_error", "param": None, "code": None} | more


def mistral_error(name: str) -> Any:
    """Return what Mistral answers with status 422."""
    fault = {
        "type": "extra_forbidden",
        "loc": ["body", name],
        "msg": "Extra inputs are not permitted",
        "input": "temperature",
    }
    return {"object": "error", "message": {"detail": [fault]}, "type": "invalid_request_error"}


SAID = [
    (
        openai_error(
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default"
            " (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        ),
        "temperature",
    ),
    (
        openai_error(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
            " 'max_completion_tokens' instead.",
        ),
        "max_tokens",
    ),
    (openai_error("Unrecognized request argument supplied: top_k"), "top_k"),
    (openai_error("Unrecognized request arguments supplied: best_of, top_k"), "top_k"),
    (openai_error("Unknown parameter: 'reasoning.effort'.", param="reasoning.effort"), "reasoning"),
    (openai_error("Unknown parameter: 'reasoning.effort'."), "reasoning"),
    (
        openai_error("Invalid 'temperature': decimal above maximum value.", param="temperature"),
        "temperature",
    ),
    (openai_error("property 'seed' is unsupported, did you mean 'see'?"), "seed"),
    (openai_error("`reasoning_effort` must be one of `none` or `default`"), "reasoning_effort"),
    (openai_error("`temperature` is deprecated for this model."), "temperature"),
    (openai_error("temperature must be non-negative, got -1.0."), "temperature"),
    (
        openai_error(
            "litellm.UnsupportedParamsError: ollama does not support parameters: ['seed'], for"
            " model=m. To drop these, set `litellm.drop_params=True`"
        ),
        "seed",
    ),
    (
        openai_error(
            "litellm.UnsupportedParamsError: mistral does not support parameters:"
            " {'response_format': {'type': 'json_object'}}."
        ),
        "response_format",
    ),
    (
        openai_error("gpt-5 models don't support temperature=0. Only temperature=1 is supported."),
        "temperature",
    ),
    ("Model grok-4-latest does not support parameter reasoningEffort.", "reasoning_effort"),
    ("The response_format parameter is unsupported at the moment.", "response_format"),
    (mistral_error("seed"), "seed"),
    ({"object": "error", "message": str(mistral_error("seed")["message"])}, "seed"),
    ({"object": "error", "message": json.dumps(mistral_error("seed")["message"])}, "seed"),
    (
        [{"error": {"message": 'Invalid JSON payload received. Unknown name "seed": Cannot find'}}],
        "seed",
    ),
    ({"message": "Malformed input request: #: extraneous key [top_k] is not permitted"}, "top_k"),
    (
        {"code": 500, "message": "Unsupported param: logit_bias", "type": "server_error"},
        "logit_bias",
    ),
    (
        {
            "message": "Provider returned error",
            "code": 400,
            "metadata": {"raw": '{"error": {"message": "Unsupported parameter: \'seed\'"}}'},
        },
        "seed",
    ),
    (
        openai_error(
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            param="messages[0].role",
            code="unsupported_value",
        ),
        SYSTEM_ROLE,
    ),
    ({"message": "System role not supported", "code": 400}, SYSTEM_ROLE),
    ({"message": "Jinja Exception: Conversation roles must alternate user/assistant"}, SYSTEM_ROLE),
    ("Developer instruction is not enabled for models/gemma-3-27b-it", SYSTEM_ROLE),
]


@pytest.mark.parametrize(("body", "name"), SAID, ids=lambda one: str(one)[:60])
def test_what_servers_say(body: Any, name: str) -> None:
    """
    OpenAI, Azure, Groq, Mistral, vLLM, LiteLLM, xAI, Anthropic, Gemini, Bedrock, llama.cpp,
    OpenRouter: exactly the parameter that they mean is found.
    """
    assert refused_of(body, NAMES) == {name}


@pytest.mark.parametrize(
    "body",
    [
        openai_error("bad request: 'temperature' is 30"),
        openai_error("Unsupported file in: I set the temperature to 30, is that my seed?"),
        openai_error("unknown words in 'temperature'", param="messages"),
        mistral_error("tools"),
        {"detail": [{"type": "missing", "msg": "unsupported", "input": "'seed'"}]},
        openai_error("The model's temperature is not known"),
        openai_error(
            "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum"
            " context length is 8192 tokens and your request has 5000 input tokens",
            param="max_tokens",
        ),
        openai_error("max_tokens must be at least 1, got -7"),
        openai_error("The user is unknown"),
        openai_error("Unsupported value: x", param="messages[0].role"),
        None,
        "",
        7,
    ],
    ids=lambda one: str(one)[:60],
)
def test_what_is_about_no_parameter(body: Any) -> None:
    """
    A word of a ticket is none, nor is a prompt that is too long for the answer that is allowed.
    """
    assert refused_of(body, NAMES) == frozenset()


def test_one_that_names_nothing() -> None:
    """
    OpenRouter refuses all parameters together: each may be the one, but the role is none.
    """
    said = "No endpoints found that can handle the requested parameters."

    assert is_about_all(said)
    assert not is_about_all("No endpoints found for model m.")
    assert refused_of({"message": said}, NAMES) == set(NAMES) - {SYSTEM_ROLE}


def test_what_is_repeated_of_the_request_is_not_read() -> None:
    """
    A server that quotes the ticket in a field for that cannot make it look like a fault.
    """
    body = {"detail": [{"msg": "wrong", "input": "unsupported 'seed'", "loc": ["body", 7]}]}

    assert error_words(body) == "wrong 'body' 7"
    for written in (str(body), json.dumps(body), json.dumps(json.dumps(body))):
        assert "wrong" in error_words(written)
        assert refused_of(written, NAMES) == frozenset()
        assert refused_of(written.replace("unsupported '", "['it', '"), NAMES) == frozenset()


@given(values | st.text())
def test_any_body_is_read(body: Any) -> None:
    """
    Whatever a server answers.
    """
    assert refused_of(body, NAMES) <= set(NAMES)
