"""A backend that fails is left alone: pauses, and a single trial after each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.backends.circuit_breaker import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    CircuitBreaker,
    Down,
)
from tests.backends.conftest import Clock
from tests.support.figures_of import counted


def broken(breaker: CircuitBreaker, times: int = FAILURES) -> None:
    """Let *times* calls fail."""
    for _ in range(times):
        breaker.failed(trial=breaker.enter())


def is_down(breaker: CircuitBreaker) -> bool:
    """Say whether a call would be refused now; one that is not counts as left."""
    try:
        trial = breaker.enter()
    except Down:
        return True
    breaker.left(trial=trial)
    return False


def test_a_backend_is_down_after_some_failures_in_a_row(clock: Clock) -> None:
    """
    A success in between starts the count anew.
    """
    breaker = CircuitBreaker("test", now=clock)
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
    breaker = CircuitBreaker("test", now=clock)
    broken(breaker)
    clock.now += FIRST_PAUSE
    trial = breaker.enter()
    assert is_down(breaker)
    breaker.succeeded(trial=trial)
    breaker.enter()
    breaker.enter()


def test_a_trial_that_fails_makes_the_pause_longer(clock: Clock) -> None:
    """
    It doubles up to its limit, and is short again after a success.
    """
    breaker = CircuitBreaker("test", now=clock)
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
    breaker = CircuitBreaker("test", now=clock)
    broken(breaker)
    clock.now += FIRST_PAUSE
    breaker.left(trial=breaker.enter())
    breaker.enter()


@pytest.mark.parametrize(
    "end",
    [CircuitBreaker.left, CircuitBreaker.failed, CircuitBreaker.succeeded, CircuitBreaker.trip],
)
def test_a_call_from_before_the_opening_does_not_end_the_trial(
    clock: Clock, end: Callable[..., None]
) -> None:
    """
    However late and in whichever way it ends, there is still one trial, and it decides.
    """
    breaker = CircuitBreaker("test", now=clock)
    before = breaker.enter()
    broken(breaker)
    clock.now += FIRST_PAUSE
    trial = breaker.enter()
    end(breaker, trial=before)
    assert is_down(breaker)
    breaker.failed(trial=trial)
    clock.now += 2 * FIRST_PAUSE - 0.1
    assert is_down(breaker)
    clock.now += 0.1
    assert not is_down(breaker)


def test_the_pause_is_as_long_as_the_backend_asks(clock: Clock) -> None:
    """
    `Retry-After` counts, but not for ever.
    """
    for asked, pause in ((9.0, 9.0), (100.0, 100.0), (float("inf"), LONGEST_ASKED)):
        breaker = CircuitBreaker("test", now=clock)
        broken(breaker, FAILURES - 1)
        breaker.failed(retry_after=asked)
        clock.now += pause - 0.1
        assert is_down(breaker)
        clock.now += 0.1
        assert not is_down(breaker)


@pytest.mark.parametrize("end", [CircuitBreaker.failed, CircuitBreaker.trip])
def test_a_call_from_before_the_opening_does_not_make_the_pause_longer(
    clock: Clock, end: Callable[..., None]
) -> None:
    """
    Of 64 calls that fail one after another, the last does not put off the trial.
    """
    breaker = CircuitBreaker("test", now=clock)
    before = breaker.enter()
    broken(breaker)
    clock.now += FIRST_PAUSE - 0.5
    end(breaker, trial=before)
    clock.now += 0.5
    assert not is_down(breaker)


def test_its_state_is_shown(clock: Clock) -> None:
    """
    0 closed, 2 open, 1 while a trial is under way; a trial that says nothing leaves it open.
    """

    def state() -> float:
        return counted("ticketstream_breaker_state", backend="shown")

    breaker = CircuitBreaker("shown", now=clock)
    assert state() == 0
    broken(breaker)
    assert state() == 2
    clock.now += FIRST_PAUSE
    trial = breaker.enter()
    assert state() == 1
    breaker.left(trial=trial)
    assert state() == 2
    breaker.succeeded(trial=breaker.enter())
    assert state() == 0
