"""What a server's reply says, and how much of it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from openai.types.chat import ChatCompletion

from streams.errors import Unavailable

MOST_BYTES = 4_000_000
"""Bytes of a reply, at most. A server that sends more is no language model."""
MOST_TOKENS = 100_000_000
"""In one usage; a greater number is none."""


@dataclass(frozen=True)
class Reply:
    """One completion: its text, or why there is none worth reading."""

    text: str
    fault: str | None
    tokens_in: int
    tokens_out: int


def read_reply(made: ChatCompletion) -> Reply:
    """
    Return what *made* says. The client checks no type, so anything may stand anywhere.

    Raises:
        Unavailable: It is not a completion: something between us and the server answered.
    """
    if not isinstance(getattr(made, "choices", None), list):
        raise Unavailable("the server's reply is not a completion")
    choice = made.choices[0] if made.choices else None
    message = getattr(choice, "message", None)
    content, finish = getattr(message, "content", None), getattr(choice, "finish_reason", None)
    fault = None
    if getattr(message, "refusal", None) or finish == "content_filter":
        fault = "the model refuses"
    elif finish == "length":
        fault = "the answer was cut off"
    text = content if isinstance(content, str) else ""
    return Reply(
        text.encode("utf-8", "replace").decode(),
        fault,
        _tokens(made, "prompt_tokens"),
        _tokens(made, "completion_tokens"),
    )


def _tokens(made: ChatCompletion, kind: str) -> int:
    """Return the number of tokens of *kind*; 0 if the server does not count, or cannot."""
    count = getattr(made.usage, kind, None)
    return count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else 0


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
