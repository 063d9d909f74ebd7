"""What the calls of a guarded model do when its server limits our rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.backends.openai.model import LanguageModel
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer, Say


async def test_two_429s_to_a_few_calls_do_not_starve_the_next_crowd(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Calls go one at a time after them, soon by twos and fours, and none is turned away any more.
    """
    model = make()
    for _ in range(2):
        llm.next(Say.rate_limited(0.01), Say.rate_limited(0.01))
        await asyncio.gather(asked(model), asked(model))
    assert (llm.tally.answered, llm.tally.failed) == (4, 4)
    assert model.guard.limit._most <= 2

    await asyncio.gather(*(asked(model) for _ in range(64)))

    assert (llm.tally.answered, llm.tally.failed) == (4 + 64, 4)
    assert model.guard.limit._most > 8
