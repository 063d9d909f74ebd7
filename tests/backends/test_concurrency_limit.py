"""How many calls go at the same time, and when, once a backend limits our rate."""

from __future__ import annotations

import asyncio

import pytest

from streams.backends.concurrency_limit import LONGEST_ASKED, SPREAD, Busy, ConcurrencyLimit


def soon(seconds: float = 30.0) -> float:
    """Return a time from now, by the event loop's clock."""
    return asyncio.get_running_loop().time() + seconds


async def entered(limit: ConcurrencyLimit, calls: int) -> list[float]:
    """Begin *calls*; return when each began."""
    return [await limit.enter(until=soon()) for _ in range(calls)]


async def most_at_once(limit: ConcurrencyLimit, calls: int = 100) -> int:
    """Return how many of *calls* go at the same time."""
    turns = [asyncio.create_task(limit.enter(until=soon(0.02))) for _ in range(calls)]
    ended = await asyncio.gather(*turns, return_exceptions=True)
    begun = sum(isinstance(end, float) for end in ended)
    for _ in range(begun):
        limit.leave()
    return begun


async def test_without_a_limit_any_number_goes() -> None:
    """
    Nobody waits at a backend that never said that our calls are too many.
    """
    assert await most_at_once(ConcurrencyLimit("test"), 1_000) == 1_000


async def test_each_limit_halves_the_calls_down_to_one() -> None:
    """
    Those that were under way together count once.
    """
    limit = ConcurrencyLimit("test")
    most = []
    for calls in (64, 32, 16, 8, 4, 2, 1):
        for began in await entered(limit, calls):
            limit.limited(began, 0.001)
        for _ in range(calls):
            limit.leave()
        most.append(await most_at_once(limit))
    assert most == [32, 16, 8, 4, 2, 1, 1]


async def test_answers_bring_calls_back_one_by_one() -> None:
    """
    One more goes after as many answers as may go.
    """
    limit = ConcurrencyLimit("test")
    for began in await entered(limit, 8):
        limit.limited(began, 0.001)
    for _ in range(8):
        limit.leave()
    most = []
    for calls in (4, 5, 6):
        most.append(await most_at_once(limit))
        await entered(limit, calls)
        for _ in range(calls + 1):
            limit.answered()
        for _ in range(calls):
            limit.leave()
    assert most == [4, 5, 6]


async def test_answers_of_a_few_calls_do_not_lift_a_limit() -> None:
    """
    That one call at a time is served does not say that ten would be.
    """
    limit = ConcurrencyLimit("test")
    for began in await entered(limit, 8):
        limit.limited(began, 0.001)
    for _ in range(8):
        limit.leave()
    for _ in range(100):
        await limit.enter(until=soon())
        limit.answered()
        limit.leave()
    assert await most_at_once(limit) == 4


async def test_a_pause_is_for_all_calls() -> None:
    """
    Whoever has the time waits it out; whoever has not hears it at once.
    """
    limit = ConcurrencyLimit("test")
    limit.limited((await entered(limit, 1))[0], 0.05)
    limit.leave()
    with pytest.raises(Busy) as error:
        await limit.enter(until=soon(0.01))
    assert 0 < (error.value.retry_after or 0) <= 0.05 * SPREAD
    before = soon(0)
    assert await limit.enter(until=soon()) >= before + (error.value.retry_after or 0) - 0.01


async def test_a_pause_does_not_take_for_ever() -> None:
    """
    A backend may ask for minutes and not for days.
    """
    limit = ConcurrencyLimit("test")
    limit.limited((await entered(limit, 1))[0], float("inf"))
    with pytest.raises(Busy) as error:
        await limit.enter(until=soon())
    assert (error.value.retry_after or 0) <= LONGEST_ASKED * SPREAD


async def test_a_caller_that_leaves_the_queue_takes_no_turn_along() -> None:
    """
    However calls are cancelled, the next one gets its turn.
    """
    limit = ConcurrencyLimit("test")
    limit.limited((await entered(limit, 1))[0], 0.001)
    waiting = [asyncio.create_task(limit.enter(until=soon())) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiting[1].cancel()
    limit.leave()
    waiting[0].cancel()  # in the moment in which it is given its turn
    ended = await asyncio.gather(*waiting[:2], return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError] * 2
    assert isinstance(await waiting[2], float)
