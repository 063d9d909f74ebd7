"""
A circuit breaker: a backend that fails again and again is left alone for a while.

    closed --failures in a row--> open --pause over--> one trial --it fails--> open, for longer
       ^                                                    |
       +------------------------- it succeeds --------------+

It is ours: of the libraries that know asyncio, none lets a single trial through when the pause
is over; all that wait would fall upon a backend that has just come back.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import structlog

from streams import metrics
from streams.errors import Unavailable

FAILURES = 5
"""In a row, after which a backend counts as down."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds that it is left alone; each pause is twice the one before."""
LONGEST_ASKED = 600.0
"""Seconds that it may ask to be left alone."""
TRIAL_SECONDS = 0.25
"""Seconds after which a caller may ask again while a trial is under way."""

log = structlog.get_logger()


class Down(Unavailable):
    """The backend was down a moment ago, and is left alone for now."""


class CircuitBreaker:
    """Knows whether a backend is worth a call."""

    def __init__(self, backend: str, *, now: Callable[[], float] = monotonic) -> None:
        """
        Args:
            backend: its name in logs and metrics.
        """
        self.backend = backend
        self._now = now
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._until: float | None = None
        self._trying = False
        self._show()

    @property
    def is_open(self) -> bool:
        """Say whether the backend is left alone, but for a trial now and then."""
        return self._until is not None

    def enter(self) -> bool:
        """
        Begin a call; return whether it is the trial. `succeeded`, `failed` or `left` must follow.

        While the backend is left alone, only the trial tells what happens next. Calls from before
        that end later change nothing.

        Raises:
            Down: It is not worth a call now, or a trial is under way.
        """
        if self._until is None:
            return False
        left = self._until - self._now()
        if left > 0 or self._trying:
            raise Down(f"{self.backend} is down", retry_after=max(left, TRIAL_SECONDS))
        self._trying = True
        self._show()
        return True

    def succeeded(self, *, trial: bool = False) -> None:
        """Take note that the backend answered."""
        if self.is_open:
            if not trial:
                return
            log.warning("backend is back", backend=self.backend)
        self._failures, self._pause = 0, FIRST_PAUSE
        self._until, self._trying = None, False
        self._show()

    def failed(self, retry_after: float | None = None, *, trial: bool = False) -> None:
        """Take note that it did not answer, and in how many seconds it wants to be asked again."""
        if self.is_open and not trial:
            return
        self._failures += 1
        if trial:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if trial or self._failures >= FAILURES:
            pause = max(self._pause, min(retry_after or 0.0, LONGEST_ASKED))
            self._until, self._trying = self._now() + pause, False
            log.warning("backend is down", backend=self.backend, seconds=round(pause, 1))
        self._show()

    def trip(self, *, trial: bool = False) -> None:
        """Leave the backend alone at once: it answers, but will not serve us for a while."""
        self._failures = FAILURES - 1
        self.failed(trial=trial)

    def left(self, *, trial: bool = False) -> None:
        """Take note that a call ended without saying anything about the backend."""
        if trial:
            self._trying = False
            self._show()

    def _show(self) -> None:
        metrics.BACKEND_UP.labels(self.backend).set(not self.is_open)
        state = 0 if not self.is_open else 1 if self._trying else 2
        metrics.BREAKER_STATE.labels(self.backend).set(state)
