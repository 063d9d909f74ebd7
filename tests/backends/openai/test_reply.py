"""What a server's reply says, whatever it is, and how much of it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from openai.types.chat import ChatCompletion

from streams.backends.openai.reply import MOST_BYTES, MOST_TOKENS, Reply, limit, read_reply
from streams.errors import Unavailable
from tests.support.generated import values


def a_reply(**changed: Any) -> Any:
    """Return a completion as the client makes it, unchecked; *changed* replaces parts."""
    message = changed.pop("message", {"content": "Hello"})
    choice = {"finish_reason": "stop", "message": message, **changed.pop("choice", {})}
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    return ChatCompletion.construct(**{"choices": [choice], "usage": usage, **changed})


def test_an_answer() -> None:
    """
    Text and tokens are what the server says.
    """
    assert read_reply(a_reply()) == Reply("Hello", None, 7, 2)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"message": {"content": None, "refusal": "I cannot."}}, "the model refuses"),
        ({"choice": {"finish_reason": "content_filter"}}, "the model refuses"),
        ({"choice": {"finish_reason": "length"}}, "the answer was cut off"),
        ({"choice": {"finish_reason": "tool_calls"}}, None),
        ({"message": {"content": "Hello", "refusal": ""}}, None),
    ],
)
def test_why_there_is_no_answer(changed: dict[str, Any], fault: str | None) -> None:
    """
    A refusal and an answer without an end are told from an answer.
    """
    assert read_reply(a_reply(**changed)).fault == fault


@pytest.mark.parametrize(
    "changed",
    [
        {"choices": []},
        {"choices": [None]},
        {"choices": [7]},
        {"message": None},
        {"message": []},
        {"message": {"content": None}},
        {"message": {"content": [7, None, {"type": "image"}]}},
        {"message": {"content": None, "tool_calls": [None, {"function": None}, 7]}},
        {"message": {}},
    ],
)
def test_a_completion_without_text_is_empty(changed: dict[str, Any]) -> None:
    """
    What has no text where it should be is an empty answer, which is then repaired.
    """
    found = read_reply(a_reply(**changed))

    assert (found.text, found.fault) == ("", None)


@pytest.mark.parametrize(
    "message",
    [
        {"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]},
        {"content": ["Hel", "lo"]},
        {"content": [{"type": "thinking", "thinking": "?"}, {"type": "text", "text": "Hello"}]},
        {"content": [{"type": "reasoning", "text": "?"}, {"type": "text", "text": "Hello"}]},
        {"content": "Hello", "reasoning_content": "?", "reasoning": "?"},
        {"content": None, "reasoning_content": "Hello"},
        {"content": "", "reasoning": "Hello"},
        {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": "Hello"}}]},
        {"content": "", "function_call": {"name": "f", "arguments": "Hello"}},
    ],
)
def test_where_an_answer_may_stand(message: dict[str, Any]) -> None:
    """
    Text is read in parts and as the arguments of a call; thoughts where there is nothing else.
    """
    assert read_reply(a_reply(message=message)).text == "Hello"


@pytest.mark.parametrize(
    "message",
    [
        {"content": {"a": 1}},
        {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
    ],
)
def test_json_that_is_read_already(message: dict[str, Any]) -> None:
    """
    Some servers send the answer as an object, not as its text.
    """
    assert read_reply(a_reply(message=message)).text == '{"a": 1}'


def test_a_refusal_among_parts() -> None:
    """
    It is one wherever it stands.
    """
    message = {"content": [{"type": "refusal", "refusal": "I cannot."}]}

    assert read_reply(a_reply(message=message)).fault == "the model refuses"


@pytest.mark.parametrize(
    "made", ["<html>", None, {}, [], ChatCompletion.construct(), a_reply(choices=None)]
)
def test_what_is_no_completion_is_an_outage(made: Any) -> None:
    """
    A page of a proxy is not held against the model.
    """
    with pytest.raises(Unavailable, match="not a completion"):
        read_reply(made)


@pytest.mark.parametrize(
    ("count", "tokens"),
    [
        (0, 0),
        (MOST_TOKENS, MOST_TOKENS),
        (MOST_TOKENS + 1, 0),
        (-1, 0),
        ("7", 0),
        (7.5, 0),
        (None, 0),
    ],
)
def test_tokens_that_cannot_be_are_not_counted(count: Any, tokens: int) -> None:
    """
    A server that counts wrong costs nobody anything.
    """
    usage = {"prompt_tokens": count, "completion_tokens": 2}

    assert read_reply(a_reply(usage=usage)).tokens_in == tokens


@pytest.mark.parametrize("usage", [None, "7", [], {}])
def test_a_server_may_not_count(usage: Any) -> None:
    """
    Without a usage there are 0 tokens.
    """
    found = read_reply(a_reply(usage=usage))

    assert (found.tokens_in, found.tokens_out) == (0, 0)


def test_half_a_surrogate_pair_is_no_text() -> None:
    """
    What cannot be sent on as UTF-8 is replaced.
    """
    assert read_reply(a_reply(message={"content": "a\ud800b"})).text == "a?b"


@given(choice=values, message=values, usage=values)
def test_any_completion_is_a_reply(choice: Any, message: Any, usage: Any) -> None:
    """
    Whatever stands in a completion's places, its text can be sent on and its tokens be counted.
    """
    for made in (a_reply(choices=[choice], usage=usage), a_reply(message=message, usage=usage)):
        found = read_reply(made)

        assert found.text.encode() is not None
        assert 0 <= found.tokens_in <= MOST_TOKENS
        assert 0 <= found.tokens_out <= MOST_TOKENS


class Body(httpx2.AsyncByteStream):
    """A body of parts, which knows how many were taken and whether it was closed."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts
        self.taken = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the parts."""
        for part in self._parts:
            self.taken += 1
            yield part

    async def aclose(self) -> None:
        """Be closed."""
        self.is_closed = True


async def test_a_body_is_read_so_far() -> None:
    """
    As many bytes as may be are read as they are; of a body without end, no part more is taken.
    """
    half = b"x" * (MOST_BYTES // 2)
    fits = httpx2.Response(200, stream=Body(half, half))
    body = Body(half, half, b"x", half, half)
    too_large = httpx2.Response(200, stream=body)
    for response in (fits, too_large):
        await limit(response)

    assert await fits.aread() == half + half
    with pytest.raises(Unavailable, match="too large"):
        await too_large.aread()
    assert body.taken == 3


async def test_a_body_is_closed() -> None:
    """
    The connection is given back when the response is closed.
    """
    body = Body(b"x")
    response = httpx2.Response(200, stream=body)
    await limit(response)

    await response.aclose()

    assert body.is_closed


@pytest.mark.parametrize(
    ("encoding", "is_read"), [("gzip", False), ("br", False), ("identity", True)]
)
async def test_what_is_packed_is_not_read(encoding: str, is_read: bool) -> None:
    """
    A small body that unpacks to a large one is refused before any of it is unpacked.
    """
    response = httpx2.Response(200, headers={"content-encoding": encoding}, stream=Body(b"x"))

    if is_read:
        await limit(response)
        assert await response.aread() == b"x"
    else:
        with pytest.raises(Unavailable, match="packs its reply"):
            await limit(response)
