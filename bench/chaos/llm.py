"""The language model of a run: `tests/support/llm.py` as a process, told what to do over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

CALL_SECONDS = 0.08
"""Seconds of each call, so that there is always one to cut off."""


class Llm:
    """A running server. `url` is what workers call."""

    def __init__(self, url: str, control: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self._control = control
        self._http = http

    async def set(self, **given: Any) -> dict[str, Any]:
        """Change the server's attributes (`LlmServer`); return its tally."""
        async with self._http.post(self._control, json=given) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def tally(self) -> dict[str, Any]:
        """Return how many calls there were, how they ended, and who calls now."""
        return await self.set()

    async def fail(self, share: float) -> None:
        """Let a *share* of calls fail with 500."""
        await self.set(failing={"share": share, "say": {"kind": "status", "code": 500}})

    async def callers(self) -> list[str]:
        """Return the keys of those who wait for an answer now."""
        return list((await self.tally())["in_flight_by_key"])

    async def has_cut(self, calls: int, most_seconds: float = 3.0) -> bool:
        """Return whether so many *calls* in all have been left by their callers, or soon are."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_seconds):
                while (await self.tally())["cut"] < calls:  # noqa: ASYNC110  # it tells nobody
                    await asyncio.sleep(0.05)
                return True
        return False


@asynccontextmanager
async def running_llm() -> AsyncIterator[Llm]:
    """Run a server until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.support.llm", "--forget"],
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C at us is not for it
    )
    try:
        assert process.stdout
        url, control = [(await process.stdout.readline()).decode().strip() for _ in range(2)]
        async with aiohttp.ClientSession() as http:
            llm = Llm(url, control, http)
            await llm.set(seconds=CALL_SECONDS)
            yield llm
    finally:
        process.kill()
        await process.wait()
