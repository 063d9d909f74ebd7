"""
Calls of something that may be away: tried again within a budget, and left alone while it is down.

    away, slow     tried again after a while; `circuit_breaker.py` knows when it is down
    limits us      tried again when `concurrency_limit.py` gives a turn; it is not down
    refuses us     not tried again; it is left alone, and the reason is said

Retries are tenacity's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import uniform
from typing import Generic, TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_before_delay

from streams import metrics, tracing
from streams.backends.circuit_breaker import CircuitBreaker, Down
from streams.backends.concurrency_limit import Busy, ConcurrencyLimit
from streams.errors import RateLimited, Refused, Unavailable

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds between two tries of one call; each is twice the one before, less up to half."""

T = TypeVar("T")

log = structlog.get_logger()


class Late(Unavailable):
    """The budget is spent."""


@dataclass
class _Call(Generic[T]):
    """What to do within which budget, and how long it has waited for its turns."""

    do: Callable[[], Awaitable[T]]
    seconds: float
    until: float
    """By the event loop's clock."""
    waited: float = 0.0


class Guard:
    """Makes the calls of one backend."""

    def __init__(self, backend: str, *, breaker: CircuitBreaker | None = None) -> None:
        self.breaker = breaker or CircuitBreaker(backend)
        self.limit = ConcurrencyLimit(backend)
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

            RateLimited: It serves others first. `Busy`, at once, if it asks for more time.

            Refused: It refuses us; at once, if that was known.
        """
        tries = AsyncRetrying(
            retry=retry_if_exception(_is_worth_another_try),
            stop=stop_before_delay(seconds),
            wait=_wait,
            before_sleep=self._tell,
            reraise=True,
        )
        return await tries(self._once, _Call(do, seconds, _now() + seconds))

    def _tell(self, state: RetryCallState) -> None:
        """Show in the trace that a try failed and another one follows."""
        error = state.outcome.exception() if state.outcome else None
        about: dict[str, tracing.Attribute] = {
            "error.type": type(error).__name__,
            "ticketstream.attempt": state.attempt_number,
            "ticketstream.backend": self.breaker.backend,
        }
        tracing.current().event("ticketstream.retry", about)

    async def _once(self, call: _Call[T]) -> T:
        asked = _now()
        began = await self.limit.enter(until=call.until)
        call.waited += began - asked
        try:
            trial = self._enter()
            made = await self._made(call, began, trial=trial)
        finally:
            self.limit.leave()
        self._is_there(trial=trial)
        return made

    def _enter(self) -> bool:
        try:
            return self.breaker.enter()
        except Down as down:
            if self.refused:
                raise Refused(self.refused, retry_after=down.retry_after) from None
            raise

    async def _made(self, call: _Call[T], began: float, *, trial: bool) -> T:
        """Return what the call makes; whatever it raises is taken note of."""
        try:
            async with asyncio.timeout_at(call.until):
                made = await call.do()
        except Refused as error:
            self.breaker.trip(trial=trial)
            self._refuse(str(error))
            raise
        except RateLimited as error:
            self.limit.limited(began, error.retry_after)
            if trial:
                self._is_there(trial=True)
            raise
        except Unavailable as error:
            self.breaker.failed(error.retry_after, trial=trial)
            raise
        except TimeoutError:
            raise self._late(call, began, trial=trial) from None
        except BaseException:
            self.breaker.left(trial=trial)
            raise
        self.limit.answered(began)
        return made

    def _is_there(self, *, trial: bool) -> None:
        """Take note that the backend answered."""
        self.breaker.succeeded(trial=trial)
        if not self.breaker.is_open:
            self._refuse(None)

    def _late(self, call: _Call[T], began: float, *, trial: bool) -> Unavailable:
        """
        Return the error for a spent budget, of which the last try took what was left.

        Who waited longer for turns than that try ran cannot say that the backend is too slow. A
        trial fails all the same: it was to show that the backend is back.
        """
        if call.waited > _now() - began and not trial:
            self.breaker.left()
            return Busy(f"{self.breaker.backend} limits our rate")
        self.breaker.failed(trial=trial)
        return Late(f"{self.breaker.backend} took longer than {call.seconds:g} s")

    def _refuse(self, reason: str | None) -> None:
        if reason != self.refused:
            if reason:
                log.error("backend refuses us", backend=self.breaker.backend, reason=reason)
            else:
                log.warning("backend serves us again", backend=self.breaker.backend)
        self.refused = reason
        metrics.BACKEND_REFUSES.labels(self.breaker.backend).set(reason is not None)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _is_worth_another_try(error: BaseException) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, Refused | Down | Busy | Late)


def _wait(state: RetryCallState) -> float:
    """
    Return the seconds before the next try: what the backend asked for, or longer each time.

    A rate limit is waited for elsewhere, with all other calls.
    """
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited):
        return 0.0
    asked = getattr(error, "retry_after", None) or 0.0
    longest = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    return max(float(asked), uniform(longest / 2, longest))  # noqa: S311  # spreads tries
