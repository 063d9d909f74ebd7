"""
Calls of something that may be away: tried again within a budget, and left alone while it is down.

    closed --failures in a row--> open --pause over--> one trial --it fails--> open, for longer
       ^                                                    |
       +------------------------- it succeeds --------------+

Retries are tenacity's. The breaker is ours: of the libraries that know asyncio, none lets
a single trial through when the pause is over; all that wait would fall upon a backend that has
just come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import uniform
from time import monotonic
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_before_delay

from streams import metrics
from streams.errors import Refused, Unavailable

FAILURES = 5
"""In a row, after which a backend counts as down."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds that it is left alone; each pause is twice the one before."""
LONGEST_ASKED = 600.0
"""Seconds that it may ask to be left alone."""
FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds between two tries of one call; each is twice the one before, less up to half."""

T = TypeVar("T")

log = structlog.get_logger()


class Down(Unavailable):
    """The backend was down a moment ago, and is left alone for now."""


class Breaker:
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

    def enter(self) -> None:
        """
        Begin a call; `succeeded`, `failed` or `left` must follow.

        Raises:
            Down: It is not worth a call now, or a trial is under way.
        """
        if self._until is None:
            return
        left = self._until - self._now()
        if left > 0 or self._trying:
            raise Down(f"{self.backend} is down", retry_after=max(left, FIRST_WAIT))
        self._trying = True

    def succeeded(self) -> None:
        """Take note that the backend answered."""
        if self._until is not None:
            log.warning("backend is back", backend=self.backend)
        self._failures, self._pause = 0, FIRST_PAUSE
        self._until, self._trying = None, False
        self._show()

    def failed(self, retry_after: float | None = None) -> None:
        """Take note that it did not answer, and in how many seconds it wants to be asked again."""
        self._failures += 1
        if self._trying:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if self._trying or (self._until is None and self._failures >= FAILURES):
            pause = max(self._pause, min(retry_after or 0.0, LONGEST_ASKED))
            self._until, self._trying = self._now() + pause, False
            log.warning("backend is down", backend=self.backend, seconds=round(pause, 1))
        self._show()

    def trip(self) -> None:
        """Leave the backend alone at once: it answers, but will not serve us for a while."""
        self._failures = FAILURES - 1
        self.failed()

    def left(self) -> None:
        """Take note that a call ended without saying anything about the backend."""
        self._trying = False

    def _show(self) -> None:
        metrics.BACKEND_UP.labels(self.backend).set(not self.is_open)


class Guard:
    """Makes the calls of one backend."""

    def __init__(self, backend: str, *, breaker: Breaker | None = None) -> None:
        self.breaker = breaker or Breaker(backend)
        self.refused: str | None = None
        """Why the backend last refused us, as long as it does."""

    @property
    def status(self) -> str:
        """Return `healthy`, or what is wrong with the backend."""
        if self.refused:
            return self.refused
        return "is down" if self.breaker.is_open else "healthy"

    async def call(self, do: Callable[[], Awaitable[T]], *, seconds: float) -> T:
        """
        Return what *do* returns, after as many tries as *seconds* have room for.

        Raises:
            Unavailable: The backend is away. `Down`, at once, if that was known.

            Refused: It refuses us; at once, if that was known.
        """
        tries = AsyncRetrying(
            retry=retry_if_exception(_is_worth_another_try),
            stop=stop_before_delay(seconds),
            wait=_wait,
            reraise=True,
        )
        try:
            async with asyncio.timeout(seconds):
                return await tries(self._once, do)
        except TimeoutError:
            self.breaker.failed()
            raise Unavailable(f"{self.breaker.backend} took longer than {seconds:g} s") from None

    async def _once(self, do: Callable[[], Awaitable[T]]) -> T:
        try:
            self.breaker.enter()
        except Down as down:
            if self.refused:
                raise Refused(self.refused, retry_after=down.retry_after) from None
            raise
        try:
            made = await do()
        except Refused as error:
            self.breaker.trip()
            self._refuse(str(error))
            raise
        except Unavailable as error:
            self.breaker.failed(error.retry_after)
            raise
        except BaseException:
            self.breaker.left()
            raise
        self.breaker.succeeded()
        self._refuse(None)
        return made

    def _refuse(self, reason: str | None) -> None:
        if reason != self.refused:
            if reason:
                log.error("backend refuses us", backend=self.breaker.backend, reason=reason)
            else:
                log.warning("backend serves us again", backend=self.breaker.backend)
        self.refused = reason
        metrics.BACKEND_REFUSES.labels(self.breaker.backend).set(reason is not None)


def _is_worth_another_try(error: BaseException) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, (Refused, Down))


def _wait(state: RetryCallState) -> float:
    """Return the seconds before the next try: what the backend asked for, or longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None) or 0.0
    longest = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    return max(float(asked), uniform(longest / 2, longest))  # noqa: S311  # spreads tries
