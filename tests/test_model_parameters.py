"""What an operator has sent with every call of a model changes neither model nor answer's form."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from streams.model_parameters import REFUSED, usable
from streams.settings import PREFIX, Settings
from tests.support.documents import ROOT


def said(parameters: dict[str, Any]) -> str:
    """Return why *parameters* are refused."""
    with pytest.raises(PydanticCustomError) as caught:
        usable(parameters)
    return caught.value.message()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"temperature": 0, "top_p": 0.5, "seed": 7, "max_tokens": 500, "stop": ["a"]},
        {"reasoning_effort": "low", "service_tier": "flex", "user": "support", "store": False},
        {"chat_template_kwargs": {"enable_thinking": False}, "options": {"model": 1, "n": 2}},
    ],
)
def test_what_works(parameters: dict[str, Any]) -> None:
    """
    Parameters of sampling, length and thinking are sent as they are, whatever stands inside them.
    """
    assert usable(parameters) is parameters


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("model", "OPENAI_MODEL"),
        ("Model", "OPENAI_MODEL"),
        (" model", "OPENAI_MODEL"),
        ("models", "OPENAI_MODEL"),
        ("messages", "TRIAGE_PROMPT_FILE or _DRAFTING_PROMPT_FILE"),
        ("timeout", "LLM_CALL_SECONDS"),
        ("api_key", "OPENAI_API_KEY"),
        ("base_url", "OPENAI_BASE_URL"),
        ("stream", "when it is whole"),
        ("stream_options", "when it is whole"),
        ("n", "one answer"),
        ("tools", "no tool"),
        ("tool_choice", "no tool"),
        ("functions", "no tool"),
        ("response_format", "the form of the answer itself"),
        ("extra_body", "into the object itself"),
        ("extra_headers", "into the object itself"),
    ],
)
def test_what_the_client_sets(name: str, instead: str) -> None:
    """
    It is refused in any case of letters, with what to do instead and without its value.
    """
    found = said({"temperature": 0, name: "CANARY"})

    assert found.startswith(f"{name.strip().lower()}: ")
    assert instead in found
    assert "CANARY" not in found


def test_all_at_once() -> None:
    """
    Each that is refused is named, and that a number is none.
    """
    found = said({"stream": True, "model": "x", "top_p": [{"a": float("nan")}]})

    assert [part.split(":")[0] for part in found.split("; ") if ": " in part] == ["model", "stream"]
    assert found.endswith("NaN and Infinity are no numbers of JSON, and cannot be sent")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_what_json_cannot_say(number: str) -> None:
    """
    A number that the client could not write is refused, at any depth.
    """
    assert "NaN and Infinity" in said({"a": {"b": [0.5, (float(number),)]}})


def test_the_settings_that_it_names() -> None:
    """
    Each setting that a message tells to set is one.
    """
    words = " ".join(REFUSED.values()).replace(",", " ").replace(";", " ").split()
    named = {word for word in words if word.startswith(PREFIX)}

    assert named
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_what_the_client_sends_is_refused() -> None:
    """
    No parameter takes the place of what the client gives by itself.
    """
    code = (ROOT / "streams" / "backends" / "openai" / "model.py").read_text()
    call = code.partition("completions.create(")[2].partition("extra_body")[0]
    sent = {line.partition("=")[0].strip() for line in call.splitlines() if "=" in line}

    assert sent == {"model", "messages", "response_format"} <= REFUSED.keys()
