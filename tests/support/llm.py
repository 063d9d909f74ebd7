"""
An LLM server for tests: chat completions with structured output, on 127.0.0.1.

It answers a client of OpenAI's API with what fits the schema asked for, or with the fault that the
test ordered (`Say`). `LlmServer` runs it in the test's own event loop; `python -m
tests.support.llm` runs it as a process. Its first line on stdout is its URL, the second one that of
`/control` on a port of its own, which answers also while the server is away (`{"listening":
false}`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import math
import signal
import ssl
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
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
AZURE_PATH = "/openai/deployments/{deployment}"


@dataclass
class Tally:
    """How calls ended, since the server was made. Its memory does not grow with their bodies."""

    calls: int = 0
    answered: int = 0
    """With a completion, written whole."""
    failed: int = 0
    """With an error, written whole."""
    cut: int = 0
    """Left before they were answered: their caller died, or gave them up."""
    billed: int = 0
    """Tokens of the calls that a provider would bill: all but those refused with a 4xx."""
    by_schema: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)
    """Calls that are neither answered nor given up, by the key of who calls."""
    questions: set[bytes] = field(default_factory=set)
    """Hashes of the request bodies that were answered with a completion."""

    @property
    def again(self) -> int:
        """Return how many completions went to a body that had got one already."""
        return self.answered - len(self.questions)

    def end(self, body: bytes, status: int) -> None:
        """Count a call that was answered."""
        if status == 200:
            self.answered += 1
            self.questions.add(hashlib.blake2b(body, digest_size=16).digest())
        else:
            self.failed += 1


class LlmServer:
    """
    The server, while the `async with` block runs.

    What the server itself refuses (a key, a `response_format`, a malformed request) takes
    nothing from what `next` was given.
    """

    def __init__(
        self, port: int = 0, *, remember: bool = True, tls: ssl.SSLContext | None = None
    ) -> None:
        """
        Prepare it on *port*, or on a free one, which it then keeps; with *tls* it speaks TLS.

        Without *remember* it keeps no call, only their `tally`.
        """
        self.calls: list[Call] = []
        self.tally = Tally()
        self.default = Say.answer()
        self.ability: Shape = "json_schema"
        self.dialect: Dialect = "openai"
        self.unsupported: dict[str, tuple[int, Any]] = {}
        """Parameters that are refused, each with status and body; a role as "role:system"."""
        self.keys: set[str] | None = None
        self.seconds = 0.0
        self.in_flight = 0
        self.failing: tuple[float, Say] = (0.0, Say.status(500))
        """The share of calls, 0 to 1, that get this instead of `default`."""
        self.rate: tuple[int, float] | None = None
        """So many calls in so many seconds are answered; others get 429 with `Retry-After`."""
        self._window, self._in_window = -math.inf, 0
        self._random = Random(0)  # noqa: S311  # the same calls fail each time
        self._remember = remember
        self._tls = tls
        self._next: deque[Say] = deque()
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the base URL for a client."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._port}/v1"

    def next(self, *says: Say) -> None:
        """Give each of *says*, in order, to one of the next calls; then `default` again."""
        self._next.extend(says)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the port of the last time if there was one."""
        app = web.Application(client_max_size=MAX_BYTES)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post(f"{AZURE_PATH}/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/control", self.show)
        app.router.add_post("/control", self.change)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.001
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
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
        call = Call(body, headers, time.monotonic(), str(request.rel_url))
        if self._remember:
            self.calls.append(call)
        self.tally.calls += 1
        self.tally.by_schema[call.schema_name or "none"] += 1
        caller = headers.get("authorization", "").removeprefix("Bearer ")
        self.tally.in_flight[caller] += 1
        self.in_flight += 1
        try:
            return await self._answer(request, call)
        except asyncio.CancelledError:
            self.tally.cut += 1
            raise
        finally:
            self.in_flight -= 1
            self.tally.in_flight[caller] -= 1

    async def _answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        refused = self._refused(call)
        say = Say(lambda *_: refused) if refused else self._say()
        reply = say.reply(call, self.dialect)
        if not 400 <= reply.status < 500:
            self.tally.billed += call.tokens()
        await asyncio.sleep(self.seconds + say.seconds)
        response = await _send(request, call, reply, say.sent)
        if call.answered:
            self.tally.end(await request.read(), reply.status)
        return response

    def _say(self) -> Say:
        if self._next:
            return self._next.popleft()
        if left := self._limited():
            return Say.rate_limited(left)
        share, failure = self.failing
        return failure if share and self._random.random() < share else self.default

    def _limited(self) -> float | None:
        """Return the seconds until a call would be answered again, or None if this one is."""
        if not self.rate:
            return None
        calls, seconds = self.rate
        now = time.monotonic()
        if now >= self._window + seconds:
            self._window, self._in_window = now, 0
        self._in_window += 1
        return self._window + seconds - now if self._in_window > calls else None

    def _refused(self, call: Call) -> Reply | None:
        """Return the error for what this server does not take, whatever it was told to say."""
        if not self._admits(call.headers.get("authorization", "")):
            return unauthorized_reply(call.headers.get("authorization", ""))
        roles = {f"role:{message.get('role')}" for message in call.body["messages"]}
        for name, (status, body) in self.unsupported.items():
            if name in {*call.body, *roles}:
                return Reply(json.dumps(body), status)
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

    async def show(self, _: web.Request) -> web.Response:
        """Answer with what was called, and how it ended."""
        tally = self.tally
        return web.json_response(
            {
                "calls": tally.calls,
                "in_flight": self.in_flight,
                "in_flight_by_key": +tally.in_flight,
                "by_schema": tally.by_schema,
                "answered": tally.answered,
                "failed": tally.failed,
                "cut": tally.cut,
                "again": tally.again,
            }
        )

    async def change(self, request: web.Request) -> web.Response:
        """Do what a request says: attributes of this server by their names, or nothing and 400."""
        try:
            given = await request.json()
            listening = given.pop("listening", None)
            self._set(given)
        except (ValueError, TypeError, AttributeError) as error:
            return web.Response(status=400, text=f"{error}\n")
        if listening is not None:
            await self._listen(bool(listening))
        return await self.show(request)

    async def _listen(self, listening: bool) -> None:
        if listening and not self._runner:
            await self.start()
        elif not listening:
            await self.stop()

    def _set(self, given: Json) -> None:
        read: dict[str, Callable[[Any], Any]] = {
            "default": lambda say: Say.named(**say),
            "failing": lambda given: (float(given["share"]), Say.named(**given["say"])),
            "keys": lambda keys: None if keys is None else set(keys),
            "seconds": float,
            "rate": lambda rate: None if rate is None else (int(rate[0]), float(rate[1])),
            "ability": lambda shape: _one_of(SHAPES, shape),
            "dialect": lambda dialect: _one_of(DIALECTS, dialect),
        }
        if unknown := given.keys() - read.keys():
            raise ValueError(f"{', '.join(sorted(unknown))}: use {', '.join(read)}")
        try:
            values = {name: read[name](value) for name, value in given.items()}
        except KeyError as error:
            raise ValueError(f"{error} is missing") from None
        for name, value in values.items():
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


@contextlib.asynccontextmanager
async def _control(llm: LlmServer) -> AsyncIterator[str]:
    """Serve `/control` on a port of its own until the block ends; give its URL."""
    app = web.Application()
    app.router.add_get("/control", llm.show)
    app.router.add_post("/control", llm.change)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/control"
    finally:
        await runner.cleanup()


async def _serve(port: int, *, remember: bool) -> None:
    """Run until SIGTERM or SIGINT."""
    asked_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_end.set)
    async with LlmServer(port, remember=remember) as llm, _control(llm) as control:
        print(llm.url, control, sep="\n", flush=True)
        await asked_to_end.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.support.llm", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 is a free one")
    parser.add_argument("--forget", action="store_true", help="keep no calls, but count them")
    given = parser.parse_args()
    asyncio.run(_serve(given.port, remember=not given.forget))
