"""What a server's reply says, and how much of it is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
from openai.types.chat import ChatCompletion

from streams.errors import Unavailable

MOST_BYTES = 4_000_000
"""Bytes of a reply, at most. A server that sends more is no language model."""
MOST_TOKENS = 100_000_000
"""In one usage; a greater number is none."""


class ErrorReply(Exception):
    """An error that a router sends with status 200, since it had begun to answer."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status} within a reply")
        self.status, self.body = status, body


@dataclass(frozen=True)
class Reply:
    """One completion: its text, or why there is none worth reading."""

    text: str
    fault: str | None
    tokens_in: int
    tokens_out: int
    cached: int = 0
    """How many of the tokens in the server had in its cache."""


def read_reply(made: ChatCompletion) -> Reply:
    """
    Return what *made* says. The client checks no type, so anything may stand anywhere.

    Raises:
        Unavailable: It is not a completion: something between us and the server answered.

        ErrorReply: It says what went wrong.
    """
    if error := _error_in(made):
        raise error
    if not isinstance(getattr(made, "choices", None), list):
        raise Unavailable("the server's reply is not a completion")
    choice = made.choices[0] if made.choices else None
    message, finish = _of(choice, "message"), _of(choice, "finish_reason")
    fault = None
    if _refuses(message) or finish == "content_filter":
        fault = "the model refuses"
    elif finish == "length":
        fault = "the answer was cut off"
    text, tokens_in = _said(message), _tokens(made, "prompt_tokens")
    return Reply(
        text.encode("utf-8", "replace").decode(),
        fault,
        tokens_in,
        _tokens(made, "completion_tokens"),
        min(_cached_tokens(made.usage), tokens_in),
    )


def _error_in(made: Any) -> ErrorReply | None:
    """Return the error in *made*, or in its first choice; its code is a status."""
    choices = _of(made, "choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    for body in (_of(made, "error"), _of(first, "error")):
        code = _of(body, "code")
        if body and not choices:
            return ErrorReply(code if isinstance(code, int) else 502, body)
        if isinstance(code, int) and not _of(_of(first, "message"), "content"):
            return ErrorReply(code, body)
    return None


def _said(message: Any) -> str:
    """
    Return what *message* says: its content, and what it would call a tool with.

    Its thoughts stand in a field of their own and are no answer. Where there is nothing else, they
    are read: some servers put all of an answer there.
    """
    said = [_text(_of(message, "content")), *_called_with(message)]
    thoughts = (_text(_of(message, name)) for name in _THOUGHTS)
    return "\n".join(filter(None, said)) or next(filter(None, thoughts), "")


_THOUGHTS = ("reasoning_content", "reasoning")
_THOUGHT_PARTS = ("thinking", "reasoning")


def _called_with(message: Any) -> Iterator[str]:
    """Yield the arguments of each tool or function that *message* calls."""
    calls = _of(message, "tool_calls")
    functions = [_of(one, "function") for one in calls] if isinstance(calls, list) else []
    for function in (*functions, _of(message, "function_call")):
        yield _text(_of(function, "arguments"))


def _text(said: Any) -> str:
    """Return the text of a content, which may be one, a list of parts, or JSON already read."""
    if isinstance(said, list):
        spoken = (one for one in said if _of(one, "type") not in _THOUGHT_PARTS)
        return "".join(one if isinstance(one, str) else _text(_of(one, "text")) for one in spoken)
    if isinstance(said, dict):
        with suppress(ValueError, RecursionError):
            return json.dumps(said)
    return said if isinstance(said, str) else ""


def _refuses(message: Any) -> bool:
    """Say whether there is a refusal in *message*, or among the parts of its content."""
    content = _of(message, "content")
    parts = content if isinstance(content, list) else []
    return any(_of(one, "refusal") for one in (message, *parts))


def _of(owner: Any, name: str) -> Any:
    """Return what *owner* has by *name*, be it an object or a dict; None if nothing."""
    return owner.get(name) if isinstance(owner, dict) else getattr(owner, name, None)


def _tokens(made: ChatCompletion, kind: str) -> int:
    """Return the number of tokens of *kind*; 0 if the server does not count, or cannot."""
    return _count(_of(made.usage, kind))


def _cached_tokens(usage: Any) -> int:
    """Return the tokens in that the server had: OpenAI's number, DeepSeek's, or Moonshot's."""
    places = (
        (_of(usage, "prompt_tokens_details"), "cached_tokens"),
        (usage, "prompt_cache_hit_tokens"),
        (usage, "cached_tokens"),
    )
    return next(filter(None, (_count(_of(owner, name)) for owner, name in places)), 0)


def _count(value: Any) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and 0 <= value <= MOST_TOKENS else 0


async def limit(response: Any, received: Callable[[bytes], None] | None = None) -> None:
    """
    Have the reading of *response* fail once it is too large, packed or not.

    Args:
        received: is told each part of the body that is read.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable("the server packs its reply, though it was asked not to")
    response.stream = _Limited(response.stream, received)


class _Limited(httpx2.AsyncByteStream):
    """A body of which at most MOST_BYTES are read."""

    def __init__(
        self, stream: httpx2.AsyncByteStream, received: Callable[[bytes], None] | None
    ) -> None:
        self._stream = stream
        self._received = received

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > MOST_BYTES:
                raise Unavailable("the server's reply is too large")
            if self._received:
                self._received(part)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
