"""
Calls of something that may be away: tried again within a budget, and left alone while it is down.

Retries are tenacity's; what leaves a backend alone is `circuit_breaker.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import uniform
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_before_delay

from streams import metrics
from streams.backends.circuit_breaker import CircuitBreaker, Down
from streams.errors import Refused, Unavailable

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds between two tries of one call; each is twice the one before, less up to half."""

T = TypeVar("T")

log = structlog.get_logger()


class Guard:
    """Makes the calls of one backend."""

    def __init__(self, backend: str, *, breaker: CircuitBreaker | None = None) -> None:
        self.breaker = breaker or CircuitBreaker(backend)
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
