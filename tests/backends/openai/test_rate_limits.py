"""What the calls of a guarded model do when its server limits our rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.backends.guard import Guard
from streams.backends.openai.model import LanguageModel
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer, Say


async def test_two_429s_to_a_few_calls_do_not_starve_the_next_crowd(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Calls go one at a time after them, soon by twos and fours, and none is turned away any more.
    """
    model, guard = make(), Guard("llm")

    async def call() -> None:
        await guard.call(lambda: asked(model), seconds=30)

    for _ in range(2):
        llm.next(Say.rate_limited(0.01), Say.rate_limited(0.01))
        await asyncio.gather(call(), call())
    assert (llm.tally.failed, guard.limit._most) == (4, 1)

    await asyncio.gather(*(call() for _ in range(64)))
    assert llm.tally.answered == 4 + 64
    assert llm.tally.failed == 4
    assert guard.limit._most > 8
