"""Calls of a backend that may be away: tries, budgets, and what is said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from streams.backends import guard
from streams.backends.circuit_breaker import FAILURES, FIRST_PAUSE, CircuitBreaker, Down
from streams.backends.concurrency_limit import Busy
from streams.backends.guard import Guard, Late
from streams.errors import RateLimited, Refused, Unavailable
from tests.backends.conftest import Clock


class Backend:
    """Does what a test says, one outcome a call, the last one again and again."""

    def __init__(self, *outcomes: Exception | str) -> None:
        self.calls = 0
        self.outcomes: Sequence[Exception | str] = outcomes

    async def __call__(self) -> str:
        """Do the next thing."""
        outcome = self.outcomes[min(self.calls, len(self.outcomes) - 1)]
        self.calls += 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def guarded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """Return a guard that waits no time between tries."""
    monkeypatch.setattr(guard, "FIRST_WAIT", 0.0)
    return Guard("test", breaker=CircuitBreaker("test", now=clock))


async def test_a_call_is_tried_again_until_it_succeeds(guarded: Guard) -> None:
    """
    What failed in between is nobody's to know.
    """
    backend = Backend(Unavailable("away"), Unavailable("away"), "here")
    assert await guarded.call(backend, seconds=5) == "here"
    assert (backend.calls, guarded.status) == (3, "healthy")


async def test_a_wait_beyond_the_budget_is_not_begun(guarded: Guard) -> None:
    """
    Who is asked to wait for a minute, and has ten seconds, gives up at once.
    """
    backend = Backend(Unavailable("busy", retry_after=60.0))
    with pytest.raises(Unavailable, match="busy"):
        await guarded.call(backend, seconds=10)
    assert backend.calls == 1


async def test_a_backend_that_hangs_is_given_up_when_the_budget_is_spent(guarded: Guard) -> None:
    """
    The call is cancelled, and says nothing of the time that others would take.
    """
    with pytest.raises(Unavailable, match=r"longer than 0\.05 s"):
        await guarded.call(lambda: asyncio.sleep(60), seconds=0.05)


async def test_a_backend_that_hangs_again_and_again_is_down(guarded: Guard) -> None:
    """
    To be too slow is to be away.
    """
    for _ in range(FAILURES):
        with pytest.raises(Unavailable):
            await guarded.call(lambda: asyncio.sleep(60), seconds=0.01)
    assert guarded.status == "is down"


async def test_a_backend_that_is_down_is_not_called(guarded: Guard) -> None:
    """
    Once it is known to be away, nobody waits for it, until the pause is over.
    """
    backend = Backend(Unavailable("away"))
    with pytest.raises(Unavailable):
        await guarded.call(backend, seconds=30)
    assert (backend.calls, guarded.status) == (FAILURES, "is down")
    with pytest.raises(Down):
        await guarded.call(backend, seconds=30)
    assert backend.calls == FAILURES


async def test_a_refusal_is_said_until_the_backend_serves_us_again(
    guarded: Guard, clock: Clock
) -> None:
    """
    It is not tried again at once, and whoever asks meanwhile hears the same reason.
    """
    backend = Backend(Refused("the key is refused"), "here")
    for _ in range(2):
        with pytest.raises(Refused, match="the key is refused"):
            await guarded.call(backend, seconds=30)
    assert (backend.calls, guarded.status) == (1, "the key is refused")
    clock.now += FIRST_PAUSE
    assert await guarded.call(backend, seconds=30) == "here"
    assert guarded.status == "healthy"


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyError("another")])
async def test_a_bug_is_not_tried_again(guarded: Guard, error: Exception) -> None:
    """
    It says nothing about the backend.
    """
    backend = Backend(error)
    with pytest.raises(type(error)):
        await guarded.call(backend, seconds=30)
    assert (backend.calls, guarded.status) == (1, "healthy")


async def test_many_wait_for_one_trial(guarded: Guard, clock: Clock) -> None:
    """
    When the pause is over, a backend that comes back is not met by all at once.
    """
    backend = Backend(*[Unavailable("away")] * FAILURES, "here")
    with pytest.raises(Unavailable):
        await guarded.call(backend, seconds=30)
    clock.now += FIRST_PAUSE
    gate = asyncio.Event()
    calls = 0

    async def slow() -> str:
        nonlocal calls
        calls += 1
        await gate.wait()
        return "here"

    trial = asyncio.create_task(guarded.call(slow, seconds=30))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = await asyncio.gather(
        *(guarded.call(slow, seconds=30) for _ in range(20)), return_exceptions=True
    )
    assert all(isinstance(other, Down) for other in others)
    gate.set()
    assert (await trial, calls) == ("here", 1)


async def test_a_trial_that_the_budget_ends_makes_the_pause_longer(
    guarded: Guard, clock: Clock
) -> None:
    """
    A backend that hangs is asked less and less often, as one that says that it is away.
    """
    for _ in range(FAILURES):
        with pytest.raises(Unavailable):
            await guarded.call(lambda: asyncio.sleep(60), seconds=0.01)
    for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE):
        with pytest.raises(Down):
            await guarded.call(lambda: asyncio.sleep(60), seconds=0.01)
        clock.now += pause
        with pytest.raises(Unavailable, match="longer than"):
            await guarded.call(lambda: asyncio.sleep(60), seconds=0.01)


async def test_a_trial_that_is_cancelled_says_nothing(guarded: Guard, clock: Clock) -> None:
    """
    The worker ended it, not the backend: the next call is the trial.
    """
    with pytest.raises(Unavailable):
        await guarded.call(Backend(Unavailable("away")), seconds=30)
    clock.now += FIRST_PAUSE
    trial = asyncio.create_task(guarded.call(lambda: asyncio.sleep(60), seconds=30))
    await asyncio.sleep(0.01)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert await guarded.call(Backend("here"), seconds=30) == "here"


async def test_a_limit_of_our_rate_is_waited_for_and_is_no_failure(guarded: Guard) -> None:
    """
    However often the backend says that we call too often, it is not down.
    """
    backend = Backend(*[RateLimited("slowly", retry_after=0.001)] * (2 * FAILURES), "here")
    assert await guarded.call(backend, seconds=30) == "here"
    assert (backend.calls, guarded.status) == (2 * FAILURES + 1, "healthy")


async def test_a_backend_that_limits_our_rate_is_back(guarded: Guard, clock: Clock) -> None:
    """
    A trial that meets a limit has met somebody: nobody is turned away after it.
    """
    with pytest.raises(Unavailable):
        await guarded.call(Backend(Unavailable("away")), seconds=30)
    clock.now += FIRST_PAUSE
    backend = Backend(RateLimited("slowly", retry_after=0.001), "here")
    assert await guarded.call(backend, seconds=30) == "here"
    assert guarded.status == "healthy"


async def test_a_trial_that_meets_a_limit_for_long_ends_the_outage(
    guarded: Guard, clock: Clock
) -> None:
    """
    There is no time for another try, and still the backend is not down.
    """
    with pytest.raises(Unavailable):
        await guarded.call(Backend(Unavailable("away")), seconds=30)
    clock.now += FIRST_PAUSE
    with pytest.raises(RateLimited):
        await guarded.call(Backend(RateLimited("slowly", retry_after=60.0)), seconds=5)
    assert guarded.status == "healthy"


def limited_first(retry_after: float) -> Callable[[], Awaitable[None]]:
    """Return a call that meets a limit and then a backend that hangs."""
    outcomes = iter([RateLimited("slowly", retry_after=retry_after)])

    async def do() -> None:
        for outcome in outcomes:
            raise outcome
        await asyncio.sleep(60)

    return do


async def test_a_call_that_has_waited_for_most_of_its_time_is_no_failure(guarded: Guard) -> None:
    """
    What is left of a budget after waiting for a turn says nothing about the backend's speed.
    """
    for _ in range(2 * FAILURES):
        with pytest.raises(Busy):
            await guarded.call(limited_first(0.7), seconds=1)
    assert guarded.status == "healthy"


async def test_a_call_that_gets_its_turn_late_is_no_failure(guarded: Guard) -> None:
    """
    So it is for calls that were never limited themselves, and stand in line behind others.
    """
    guarded.limit._most = guarded.limit._lowered_to = 1.0
    guarded.limit._resumes_at = asyncio.get_running_loop().time()

    async def one() -> str:
        await asyncio.sleep(0.12)
        return "here"

    for _ in range(FAILURES):
        guarded.limit._most = 1.0
        ended = await asyncio.gather(
            *(guarded.call(one, seconds=0.2) for _ in range(2)), return_exceptions=True
        )
        assert [type(end) for end in ended] == [str, Busy]
    assert guarded.breaker._failures == 0


async def test_a_limit_does_not_hide_that_the_backend_hangs(guarded: Guard) -> None:
    """
    A call that was limited once and then ran for the rest of its time has met a failure.
    """
    for _ in range(FAILURES):
        with pytest.raises(Late):
            await guarded.call(limited_first(0.001), seconds=1)
    assert guarded.status == "is down"


async def test_a_call_from_before_an_outage_leaves_the_trial_alone(
    guarded: Guard, clock: Clock
) -> None:
    """
    It is cancelled while the trial is under way, and nobody else is let through.
    """
    straggler = asyncio.create_task(guarded.call(lambda: asyncio.sleep(60), seconds=30))
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await guarded.call(Backend(Unavailable("away")), seconds=30)
    clock.now += FIRST_PAUSE
    trial = asyncio.create_task(guarded.call(lambda: asyncio.sleep(0.05, "here"), seconds=30))
    await asyncio.sleep(0.01)
    straggler.cancel()
    await asyncio.gather(straggler, return_exceptions=True)
    second = Backend("here")
    with pytest.raises(Down):
        await guarded.call(second, seconds=30)
    assert (second.calls, await trial, guarded.status) == (0, "here", "healthy")


async def test_one_limit_in_a_quiet_moment_degrades_no_crowd(guarded: Guard) -> None:
    """
    64 calls whose answers take an eighth of their time all come through soon after it.
    """
    await guarded.call(Backend(RateLimited("slowly", retry_after=0.01), "here"), seconds=1)
    answers = await asyncio.gather(
        *(guarded.call(lambda: asyncio.sleep(0.1, "here"), seconds=0.8) for _ in range(64))
    )
    assert (answers, guarded.status) == (["here"] * 64, "healthy")


@pytest.mark.parametrize("at_once", [1, 3, 8, 20])
async def test_a_backend_that_takes_some_calls_at_once_gets_all_in_the_end(
    guarded: Guard, at_once: int
) -> None:
    """
    It turns the rest away with 429, and 64 calls come through by and by.
    """
    in_flight = 0

    async def do() -> str:
        nonlocal in_flight
        if in_flight == at_once:
            raise RateLimited("slowly", retry_after=0.02)
        in_flight += 1
        await asyncio.sleep(0.01)
        in_flight -= 1
        return "here"

    answers = await asyncio.gather(*(guarded.call(do, seconds=20) for _ in range(64)))
    assert (answers, guarded.status) == (["here"] * 64, "healthy")


async def test_a_call_from_before_a_refusal_does_not_hide_it(guarded: Guard) -> None:
    """
    That it is still answered does not say that the next one would be.
    """
    before = asyncio.create_task(guarded.call(lambda: asyncio.sleep(0.02, "here"), seconds=30))
    await asyncio.sleep(0.005)
    with pytest.raises(Refused):
        await guarded.call(Backend(Refused("the key is refused")), seconds=30)
    assert await before == "here"
    assert guarded.status == "the key is refused"


async def test_a_trial_that_waited_for_most_of_its_time_ends_no_pause(
    guarded: Guard, clock: Clock
) -> None:
    """
    A backend that is away and does not answer the trial is not asked again at once.
    """
    with pytest.raises(Unavailable):
        await guarded.call(Backend(Unavailable("away")), seconds=30)
    clock.now += FIRST_PAUSE
    guarded.limit.limited(asyncio.get_running_loop().time(), 0.3)

    with pytest.raises(Unavailable):
        await guarded.call(lambda: asyncio.sleep(60), seconds=0.5)
    with pytest.raises(Down):
        await guarded.call(Backend("here"), seconds=5)
