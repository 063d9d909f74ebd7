"""
Parameters that an operator has sent with every call of a language model: which ones work.

They are merged into the body of the request, over what the client sets itself. So a parameter that
would change the model, what it reads, or the form of its answer is refused when settings are
read, with what to do instead. Messages name parameters of the lists below, and never a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

_FORM = "ticketstream asks for the form of the answer itself"
_TEXT = "ticketstream reads an answer of text, and calls no tool"
_ONE_MODEL = (
    "set TICKETSTREAM_OPENAI_MODEL; each call goes to that one model, by whose price it counts"
)
_ONE_ANSWER = "ticketstream reads one answer of a call"
_WHOLE = "ticketstream reads an answer when it is whole"
_TOLD = (
    "set TICKETSTREAM_TRIAGE_PROMPT_FILE or _DRAFTING_PROMPT_FILE to change what a model is told"
)
_FLAT = "put its fields into the object itself; headers and addresses cannot be added"
_KEY = "set TICKETSTREAM_OPENAI_API_KEY or _API_KEY_FILE"
_ADDRESS = "set TICKETSTREAM_OPENAI_BASE_URL"

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("model", "models", "fallbacks", "route"), _ONE_MODEL),
    **dict.fromkeys(("messages", "prompt", "input", "instructions"), _TOLD),
    **dict.fromkeys(("stream", "stream_options"), _WHOLE),
    **dict.fromkeys(("n", "best_of"), _ONE_ANSWER),
    **dict.fromkeys(("tools", "tool_choice", "parallel_tool_calls", "plugins"), _TEXT),
    **dict.fromkeys(("functions", "function_call", "web_search_options"), _TEXT),
    **dict.fromkeys(("modalities", "audio", "echo"), _TEXT),
    **dict.fromkeys(("response_format", "structured_outputs", "grammar", "json_schema"), _FORM),
    **dict.fromkeys(("guided_json", "guided_regex", "guided_choice", "guided_grammar"), _FORM),
    **dict.fromkeys(("extra_body", "extra_headers", "extra_query", "headers"), _FLAT),
    **dict.fromkeys(("api_key", "authorization"), _KEY),
    **dict.fromkeys(("base_url", "api_base"), _ADDRESS),
    "timeout": "set TICKETSTREAM_LLM_CALL_SECONDS",
    "max_retries": "ticketstream tries again within TICKETSTREAM_STAGE_SECONDS",
}
"""
Names that are refused, with what to do instead.

OpenAI's own; those of OpenRouter (models, route, plugins), LiteLLM (fallbacks, api_base), vLLM
(guided_*, structured_outputs, echo) and llama.cpp (grammar, json_schema); and arguments of OpenAI's
Python client that are no fields of a request.
"""


def usable(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return *parameters*, or raise PydanticCustomError with all that cannot be sent."""
    wrong = [f"{name}: {reason}" for name, reason in _refused(parameters)]
    if not _is_json(parameters):
        wrong.append("NaN and Infinity are no numbers of JSON, and cannot be sent")
    if wrong:
        raise PydanticCustomError("parameters", "{reasons}", {"reasons": "; ".join(wrong)})
    return parameters


def _refused(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each name that is refused. Servers in Go, such as Ollama, take names in any case."""
    given = {name.strip().casefold() for name in parameters}
    return ((name, reason) for name, reason in REFUSED.items() if name in given)


def _is_json(parameters: Mapping[str, Any]) -> bool:
    """Say whether every number in *parameters* can be written as JSON."""
    try:
        json.dumps(parameters, allow_nan=False)
    except ValueError:
        return False
    return True
