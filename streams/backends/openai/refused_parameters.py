"""
Which parameters of a request a server says that it does not take.

    OpenAI, Azure   Unsupported value: 'temperature' does not support 0 with this model.
                    Unrecognized request argument supplied: top_k
    LiteLLM         ollama does not support parameters: ['seed'], for model=...
                    gpt-5 models don't support temperature=0. Only temperature=1 is supported.
    Groq            property 'top_k' is unsupported; `reasoning_effort` must be one of `none`, ...
    xAI             Model grok-4 does not support parameter reasoningEffort.
    Mistral, vLLM   {"type": "extra_forbidden", "loc": ["body", "n"], ...}
    Anthropic       `temperature` is deprecated for this model.
    Gemini          Unknown name "seed": Cannot find field.
    Bedrock         #: extraneous key [top_k] is not permitted
    llama.cpp       Unsupported param: best_of
    OpenRouter      No endpoints found that can handle the requested parameters.
    Gemma, Mistral  System role not supported; Conversation roles must alternate user/assistant/...

A name counts only where one that speaks of parameters puts it: a server may repeat the ticket, and
a customer may write "temperature".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

SYSTEM_ROLE = "system role"
"""Stands for the message of instructions, as if it were a parameter."""
NEW_NAMES = {"max_tokens": "max_completion_tokens"}
"""What newer servers call a parameter."""
_MOST_READ = 8_000
"""Characters of an error that are searched for what it means."""
_REPEATED = frozenset(("input", "flagged_input", "failed_generation", "ctx", "url"))
"""Fields of errors with what we have sent, or the model has made."""
_REPEATED_WITHIN = re.compile(
    r"""\\*['"]input\\*['"]\s*:\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\[{\\].*)""", re.S
)
"""The same in errors that are written into a string; an object or list goes to the end."""
_UNKNOWN = re.compile(
    r"unsupported|(?:not|n't) support|unrecogni[sz]ed|unknown|unexpected|not permitted|deprecated"
    r"|extra.inputs|extra_forbidden|extraneous|not allowed|unavailable|cannot (?:both|find field)",
    re.I,
)
_NO_SYSTEM = re.compile(
    r"system (?:role|message|prompt)s? (?:is |are )?not (?:supported|allowed)"
    r"|role\W{1,3}does not support 'system'|developer instruction is not enabled"
    r"|conversation roles must alternate|only user(?: and|,) assistant",
    re.I,
)
_ALL = re.compile(r"can handle the requested parameters", re.I)
_NO_CONTEXT = re.compile(r"context.{0,20}(?:length|window|size)", re.I)
"""Where the prompt is too long, servers may name the parameter for the length of the answer."""


def error_words(body: Any) -> str:
    """Return what the body of an error says, without what it repeats of the request."""
    return " ".join(_words(body))[:_MOST_READ]


def is_about_all(said: str) -> bool:
    """Say whether an error is about parameters, and does not say which."""
    return bool(_ALL.search(said))


def refused_of(body: Any, names: Collection[str]) -> frozenset[str]:
    """Return those of *names*, SYSTEM_ROLE perhaps among them, that an error is about."""
    said = error_words(body)
    if _NO_CONTEXT.search(said):
        return frozenset()
    if is_about_all(said):
        return frozenset(names) - {SYSTEM_ROLE}
    if SYSTEM_ROLE in names and _NO_SYSTEM.search(said):
        return frozenset((SYSTEM_ROLE,))
    if about := _param(body):
        return frozenset(name for name in names if re.split(r"[.\[]", about)[0] == name)
    return frozenset(name for name in names if _is_refused(name, said))


def _param(body: Any) -> str:
    """Return the parameter that the error itself says it is about."""
    param = body.get("param") if isinstance(body, dict) else None
    return param if isinstance(param, str) else ""


def _words(body: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(body, dict) and depth < 10:
        for name, value in body.items():
            if name not in _REPEATED:
                yield from _words(value, depth + 1)
    elif isinstance(body, list | tuple) and depth < 10:
        for value in body:
            if isinstance(value, str):
                yield f"'{value[:_MOST_READ]}'"
            else:
                yield from _words(value, depth + 1)
    elif isinstance(body, str | int):
        yield _REPEATED_WITHIN.sub("", str(body)[:_MOST_READ])


def _is_refused(name: str, said: str) -> bool:
    spelt = "|".join({re.escape(name), re.escape(_camel(name))})
    quoted = rf"['\"`](?:{spelt})(?:[.\[][^'\"`]*)?['\"`]"
    called = r"(?:arguments?|param(?:eter)?s?|fields?|key|name|propert(?:y|ies))"
    placed = (
        rf"{quoted}|\b{called}(?: supplied)?:? (?:\w+, ?)*(?:{spelt})\b"
        rf"|\b(?:{spelt}) (?:{called}|is not supported|is unsupported)\b"
        rf"|support (?:{spelt})=|\[(?:{spelt})\]"
    )
    if _UNKNOWN.search(said) and re.search(placed, said):
        return True
    must_be = rf"(?:{quoted}|\b(?:{spelt})) must be\b"
    return name not in NEW_NAMES and bool(re.search(must_be, said))


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
