"""
An LLM server for tests: chat completions with structured output, on 127.0.0.1.

In goes what a client of OpenAI's API sends; out comes an answer that fits the schema asked for,
or the fault that the test ordered (`Say`). `LlmServer` runs it in the test's own event loop;
`python -m tests.support.llm` runs it as a process whose first line on stdout is its URL.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.support.llm_answers import Json
from tests.support.llm_says import (
    DIALECTS,
    SHAPES,
    Call,
    Dialect,
    Reply,
    Say,
    Shape,
    error_reply,
    half,
    unauthorized_reply,
)

__all__ = ["Call", "LlmServer", "Say"]

MAX_BYTES = 10 * 2**20


class LlmServer:
    """
    The server, while the `async with` block runs.

    What the server itself refuses (a key, a `response_format`, a malformed request) takes
    nothing from what `next` was given.
    """

    def __init__(self, port: int = 0) -> None:
        """Prepare it on *port*, or on a free one, which it then keeps."""
        self.calls: list[Call] = []
        self.default = Say.answer()
        self.ability: Shape = "json_schema"
        self.dialect: Dialect = "openai"
        self.keys: set[str] | None = None
        self.seconds = 0.0
        self.in_flight = 0
        self._next: deque[Say] = deque()
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the base URL for a client."""
        return f"http://127.0.0.1:{self._port}/v1"

    def next(self, *says: Say) -> None:
        """Give each of *says*, in order, to one of the next calls; then `default` again."""
        self._next.extend(says)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the port of the last time if there was one."""
        app = web.Application(client_max_size=MAX_BYTES)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/control", self._show)
        app.router.add_post("/control", self._change)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.001
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Go away: cut every connection, answered or not."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
            body["messages"][0]["role"]
        except (ValueError, LookupError, TypeError):
            return _response(error_reply("openai", 400, "The body needs JSON with 'messages'."))
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(body, headers, time.monotonic())
        self.calls.append(call)
        self.in_flight += 1
        try:
            refused = self._refused(call)
            say = Say(lambda *_: refused) if refused else self._say()
            await asyncio.sleep(self.seconds + say.seconds)
            return await _send(request, call, say.reply(call, self.dialect), say.sent)
        finally:
            self.in_flight -= 1

    def _say(self) -> Say:
        return self._next.popleft() if self._next else self.default

    def _refused(self, call: Call) -> Reply | None:
        """Return the error for what this server does not take, whatever it was told to say."""
        if not self._admits(call.headers.get("authorization", "")):
            return unauthorized_reply(call.headers.get("authorization", ""))
        if call.body.get("stream"):
            return error_reply(self.dialect, 400, "Streaming is not offered here.", param="stream")
        if call.shape not in SHAPES or SHAPES.index(call.shape) > SHAPES.index(self.ability):
            message = (
                f"Invalid parameter: 'response_format' of type '{call.shape}' is not supported"
                " with this model."
                if self.dialect == "openai"
                else f'response_format type must be "{self.ability}", but got: {call.shape}'
            )
            return error_reply(self.dialect, 400, message, param="response_format")
        return None

    def _admits(self, authorization: str) -> bool:
        return self.keys is None or authorization.removeprefix("Bearer ") in self.keys

    async def _models(self, request: web.Request) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        if not self._admits(authorization):
            return _response(unauthorized_reply(authorization))
        model = {"id": "test-model", "object": "model", "created": 0, "owned_by": "tests"}
        return web.json_response({"object": "list", "data": [model]})

    async def _show(self, _: web.Request) -> web.Response:
        by_schema = Counter(call.schema_name or "none" for call in self.calls)
        return web.json_response(
            {"calls": len(self.calls), "in_flight": self.in_flight, "by_schema": by_schema}
        )

    async def _change(self, request: web.Request) -> web.Response:
        try:
            self._set(await request.json())
        except (ValueError, TypeError) as error:
            return web.Response(status=400, text=f"{error}\n")
        return await self._show(request)

    def _set(self, given: Json) -> None:
        read: dict[str, Callable[[Any], Any]] = {
            "default": lambda say: Say.named(**say),
            "keys": lambda keys: None if keys is None else set(keys),
            "seconds": float,
            "ability": lambda shape: _one_of(SHAPES, shape),
            "dialect": lambda dialect: _one_of(DIALECTS, dialect),
        }
        if unknown := given.keys() - read.keys():
            raise ValueError(f"{', '.join(sorted(unknown))}: use {', '.join(read)}")
        for name, value in {name: read[name](value) for name, value in given.items()}.items():
            setattr(self, name, value)


async def _send(request: web.Request, call: Call, reply: Reply, sent: str) -> web.StreamResponse:
    """Send as much of *reply* as *sent* says."""
    if sent == "whole":
        response = _response(reply)
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            await response.write_eof()
            call.answered = True
        return response
    body = reply.body.encode()
    started = web.StreamResponse(headers={"Content-Type": reply.content_type})
    if sent in ("half", "headers"):
        started.content_length = len(body)
    if sent != "nothing":
        await started.prepare(request)
    if sent == "half":
        await started.write(half(body))
        if request.transport:
            request.transport.close()
        return started
    while True:  # the client's going away, or the server's stop, cancels this
        if sent == "blanks":
            await started.write(b" \n")
        await asyncio.sleep(0.02)


def _response(reply: Reply) -> web.Response:
    return web.Response(
        text=reply.body,
        status=reply.status,
        headers=reply.headers,
        content_type=reply.content_type,
    )


def _one_of(options: Sequence[str], given: str) -> str:
    if given not in options:
        raise ValueError(f"use one of {', '.join(options)}")
    return given


async def _serve(port: int) -> None:
    """Run until SIGTERM or SIGINT."""
    asked_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_end.set)
    async with LlmServer(port) as llm:
        print(llm.url, flush=True)
        await asked_to_end.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.support.llm", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 is a free one")
    asyncio.run(_serve(parser.parse_args().port))
