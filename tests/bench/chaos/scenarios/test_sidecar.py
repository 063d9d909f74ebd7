"""A caller that calls until it has its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web

from bench.chaos.scenarios.sidecar import Caller

Answer = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


async def called(answer: Answer) -> tuple[Caller, list[web.Request]]:
    """Return a caller that is done, and its calls: each was answered by *answer*."""
    calls: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        calls.append(request)
        await request.read()
        return await answer(request, len(calls))

    app = web.Application()
    app.router.add_post("/api/v1/tickets/process", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    caller = Caller(f"http://127.0.0.1:{runner.addresses[0][1]}", 7)
    async with asyncio.timeout(60), aiohttp.ClientSession() as http:
        await caller.call(http)
    await runner.cleanup()
    return caller, calls


async def test_cut_then_refused_then_answered() -> None:
    """
    It comes again after a cut and after a refusal, with the same key, and counts what was cut.
    """

    async def answer(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1 and request.transport:
            request.transport.abort()
        status = 200 if number == 3 else 503
        return web.json_response({"ticket_id": "T-call-7"}, status=status)

    caller, calls = await called(answer)

    assert (caller.cut, caller.status, caller.foreign, len(calls)) == (1, 200, False, 3)
    assert {call.headers["Idempotency-Key"] for call in calls} == {"call-7"}


async def test_somebody_elses_answer() -> None:
    """
    An answer about another ticket is seen as that.
    """

    async def answer(_: web.Request, __: int) -> web.StreamResponse:
        return web.json_response({"ticket_id": "T-call-8"})

    caller, _ = await called(answer)

    assert caller.foreign
