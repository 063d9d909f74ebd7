"""The language model of a run, as a process that is told what to do."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bench.chaos import llm as models
from bench.chaos.llm import Llm

QUESTION = {
    "model": "test-model",
    "messages": [{"role": "user", "content": '{"ticket": {"text": "Where is it?"}}'}],
}


async def ask(llm: Llm, key: str = "worker-1") -> int:
    """Return the status of a call by *key*."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
        http.post(f"{llm.url}/chat/completions", json=QUESTION) as answer,
    ):
        return answer.status


async def test_it_answers_fails_and_is_away() -> None:
    """
    It answers until it is told to fail, or to be away, and again when it is told so.
    """
    async with models.running_llm() as llm:
        assert await ask(llm) == 200
        await llm.fail(1.0)
        assert await ask(llm) == 500
        await llm.fail(0.0)
        await llm.set(default={"kind": "rate_limited", "retry_after": 1})
        assert await ask(llm) == 429
        await llm.set(listening=False)
        with pytest.raises(aiohttp.ClientConnectionError):
            await ask(llm)
        await llm.set(listening=True, default={"kind": "answer"})
        assert await ask(llm) == 200
        tally = await llm.tally()

    assert tally["failed"] == 2
    assert tally["again"] == 1


async def test_who_calls_and_who_has_gone() -> None:
    """
    It knows whose call it works on, and that a caller went before the answer.
    """
    async with models.running_llm() as llm:
        await llm.set(seconds=60)
        call = asyncio.create_task(ask(llm, "worker-7"))
        async with asyncio.timeout(60):
            while not await llm.callers():  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.02)
        assert await llm.callers() == ["worker-7"]
        assert not await llm.has_cut(1, most_seconds=0.2)

        call.cancel()

        assert await llm.has_cut(1, most_seconds=60)
        assert not await llm.has_cut(2, most_seconds=0.1)


async def test_what_it_cannot_be_told() -> None:
    """
    A name that it does not know is an error, and no scenario that does nothing.
    """
    async with models.running_llm() as llm:
        with pytest.raises(aiohttp.ClientResponseError):
            await llm.set(secnds=1)


async def test_it_ends_with_the_block() -> None:
    """
    After the block nobody listens there.
    """
    async with models.running_llm() as llm:
        pass

    with pytest.raises(aiohttp.ClientConnectionError):
        await ask(llm)
