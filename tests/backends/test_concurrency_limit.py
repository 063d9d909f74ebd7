"""How many calls go at the same time, and when, once a backend limits our rate."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from streams.backends import concurrency_limit
from streams.backends.concurrency_limit import FEW, LONGEST_ASKED, SPREAD, Busy, ConcurrencyLimit


def soon(seconds: float = 30.0) -> float:
    """Return a time from now, by the event loop's clock."""
    return asyncio.get_running_loop().time() + seconds


async def entered(limit: ConcurrencyLimit, calls: int) -> list[float]:
    """Begin *calls*; return when each began."""
    return [await limit.enter(until=soon()) for _ in range(calls)]


async def turned_away(limit: ConcurrencyLimit, calls: int) -> None:
    """Let *calls* at the same time meet a limit."""
    for began in await entered(limit, calls):
        limit.limited(began, 0.001)
    for _ in range(calls):
        limit.leave()


async def served(limit: ConcurrencyLimit, calls: int) -> int:
    """Let as many of *calls* as may go be answered together; return how many that are."""
    turns = [asyncio.create_task(limit.enter(until=soon())) for _ in range(calls)]
    await asyncio.sleep(0.01)
    begun = [turn.result() for turn in turns if turn.done()]
    for turn in turns:
        turn.cancel()
    waiting = [asyncio.create_task(limit.enter(until=soon())) for _ in range(calls)]
    for began in begun:
        limit.answered(began)
        limit.leave()
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    went = [turn for turn in waiting if turn.done()]
    for turn in waiting:
        turn.cancel()
    for _ in went:
        limit.leave()
    return len(begun)


async def most_at_once(limit: ConcurrencyLimit, calls: int = 100) -> int:
    """Return how many of *calls* go at the same time."""
    turns = [asyncio.create_task(limit.enter(until=soon(0.2))) for _ in range(calls)]
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
        await turned_away(limit, calls)
        most.append(await most_at_once(limit))
    assert most == [32, 16, 8, 4, 2, 1, 1]


async def test_answers_bring_calls_back_with_care_and_then_boldly() -> None:
    """
    One more goes after as many answers as may go, then two more, then four.
    """
    limit = ConcurrencyLimit("test")
    await turned_away(limit, 64)
    rounds = [await served(limit, 100) for _ in range(5)]
    assert rounds[:2] == [32, 33]
    steps = [after - before for before, after in pairwise(rounds)]
    assert steps[1] < steps[2] < steps[3]


async def test_a_backend_that_let_one_call_go_gets_64_after_seven_rounds_of_answers() -> None:
    """
    From one call on, each round of answers brings twice as many.
    """
    limit = ConcurrencyLimit("test")
    for calls in (8, 4, 2):
        await turned_away(limit, calls)
    rounds = [await served(limit, 100) for _ in range(8)]
    assert rounds[0] == 1
    assert rounds[-1] >= 64


async def test_answers_of_a_few_calls_do_not_lift_a_limit() -> None:
    """
    That one call at a time is served does not say that ten would be.
    """
    limit = ConcurrencyLimit("test")
    await turned_away(limit, 8)
    for _ in range(100):
        limit.answered(await limit.enter(until=soon()))
        limit.leave()
    assert await most_at_once(limit) == 4


async def test_answers_from_before_the_limit_do_not_lift_it() -> None:
    """
    That they were served says nothing of what comes after the 429.
    """
    limit = ConcurrencyLimit("test")
    begun = await entered(limit, 32)
    limit.limited(begun[0], 0.001)
    for began in begun[1:]:
        limit.answered(began)
    for _ in begun:
        limit.leave()
    assert await most_at_once(limit) == 16


@pytest.mark.parametrize("calls", [1, 2, FEW - 1])
async def test_a_limit_in_a_quiet_moment_does_not_slow_down_the_next_crowd(calls: int) -> None:
    """
    A few calls are hardly too many: they wait, and then any number goes.
    """
    limit = ConcurrencyLimit("test")
    await turned_away(limit, calls)
    assert await most_at_once(limit) == 100


async def test_a_call_that_is_alone_lowers_nothing_however_often_it_is_limited() -> None:
    """
    Fewer than one cannot go.
    """
    limit = ConcurrencyLimit("test")
    for _ in range(5):
        await turned_away(limit, 1)
    assert await most_at_once(limit) == 100


async def test_a_few_calls_that_are_limited_again_are_too_many() -> None:
    """
    A server that takes one call at a time is soon asked one at a time.
    """
    limit = ConcurrencyLimit("test")
    most = []
    for calls in (4, 4, 2):
        await turned_away(limit, calls)
        most.append(await most_at_once(limit))
    assert most == [100, 2, 1]


async def test_a_limit_is_forgotten_after_a_quiet_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Providers count by the minute: what was too much then need not be now.
    """
    monkeypatch.setattr(concurrency_limit, "QUIET_SECONDS", 0.1)
    limit = ConcurrencyLimit("test")
    await turned_away(limit, 64)
    assert await most_at_once(limit) == 32
    await asyncio.sleep(0.12)
    assert await most_at_once(limit) == 100


async def test_a_later_wish_for_a_longer_pause_counts() -> None:
    """
    Calls that were under way together may be told different times; the longest holds.
    """
    limit = ConcurrencyLimit("test")
    first, second, third = await entered(limit, 3)
    limit.limited(first, 0.001)
    limit.limited(second, 60.0)
    limit.limited(third, 1.0)
    with pytest.raises(Busy) as error:
        await limit.enter(until=soon(0.01))
    assert 59 < (error.value.retry_after or 0) <= 60 * SPREAD


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
    for calls in (8, 4, 2):
        await turned_away(limit, calls)
    await entered(limit, 1)
    waiting = [asyncio.create_task(limit.enter(until=soon())) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiting[1].cancel()
    limit.leave()
    waiting[0].cancel()  # in the moment in which it is given its turn
    ended = await asyncio.gather(*waiting[:2], return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError] * 2
    assert isinstance(await waiting[2], float)
