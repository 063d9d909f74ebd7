"""Calls of a backend that may be away: tries, pauses, a single trial, and what is said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from streams.backends import guard
from streams.backends.guard import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    Breaker,
    Down,
    Guard,
)
from streams.errors import Refused, Unavailable


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


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
def clock() -> Clock:
    """Return the breaker's clock."""
    return Clock()


@pytest.fixture
def guarded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """Return a guard that waits no time between tries."""
    monkeypatch.setattr(guard, "FIRST_WAIT", 0.0)
    return Guard("test", breaker=Breaker("test", now=clock))


def broken(breaker: Breaker, times: int = FAILURES) -> None:
    """Let *times* calls fail."""
    for _ in range(times):
        breaker.enter()
        breaker.failed()


def is_down(breaker: Breaker) -> bool:
    """Say whether a call would be refused now; one that is not counts as left."""
    try:
        breaker.enter()
    except Down:
        return True
    breaker.left()
    return False


def test_a_backend_is_down_after_some_failures_in_a_row(clock: Clock) -> None:
    """
    A success in between starts the count anew.
    """
    breaker = Breaker("test", now=clock)
    broken(breaker, FAILURES - 1)
    breaker.succeeded()
    broken(breaker, FAILURES - 1)
    assert not is_down(breaker)
    broken(breaker, 1)
    assert is_down(breaker)


def test_after_the_pause_there_is_one_trial_at_a_time(clock: Clock) -> None:
    """
    Those that come meanwhile are turned away, and all go when the trial has succeeded.
    """
    breaker = Breaker("test", now=clock)
    broken(breaker)
    clock.now += FIRST_PAUSE
    breaker.enter()
    assert is_down(breaker)
    breaker.succeeded()
    breaker.enter()
    breaker.enter()


def test_a_trial_that_fails_makes_the_pause_longer(clock: Clock) -> None:
    """
    It doubles up to its limit, and is short again after a success.
    """
    breaker = Breaker("test", now=clock)
    broken(breaker)
    pauses = []
    for _ in range(8):
        began = clock.now
        while is_down(breaker):
            clock.now += 0.5
        pauses.append(clock.now - began)
        broken(breaker, 1)
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_trial_that_is_cancelled_leaves_room_for_another(clock: Clock) -> None:
    """
    Nobody is locked out for ever by a call that ended without an outcome.
    """
    breaker = Breaker("test", now=clock)
    broken(breaker)
    clock.now += FIRST_PAUSE
    breaker.enter()
    breaker.left()
    breaker.enter()


def test_the_pause_is_as_long_as_the_backend_asks(clock: Clock) -> None:
    """
    `Retry-After` counts, but not for ever.
    """
    for asked, pause in ((9.0, 9.0), (100.0, 100.0), (float("inf"), LONGEST_ASKED)):
        breaker = Breaker("test", now=clock)
        broken(breaker, FAILURES - 1)
        breaker.failed(retry_after=asked)
        clock.now += pause - 0.1
        assert is_down(breaker)
        clock.now += 0.1
        assert not is_down(breaker)


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


_: Callable[[], float] = Clock()
