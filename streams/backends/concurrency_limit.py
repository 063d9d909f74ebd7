"""
How many calls a backend gets at the same time: any number, until it says that they are too many.

    it limits our rate   all calls wait as long as it asks, then half as many go at once
    it answers all       one more may go, then two more, then four more, ...
    a minute goes well   any number may go again

That is what TCP does with packets in flight: it halves them at a loss, and then sends more, with
care at first and boldly if all goes well (RFC 5681; convex growth of RFC 9438). From one call on
that doubles them each time, as slow start does. Calls that were under way when the limit was
lowered neither lower it again nor raise it.

A 429 has more causes than too many calls at once: others use the key, or the minute's tokens are
spent. So a call that was alone lowers nothing, nor does the first 429 for long that meets only a
few calls: these wait, and the next crowd goes at full speed.

It is ours: libraries for asyncio limit a rate that is known beforehand; a provider's depends on
who else uses the key.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from math import inf
from random import uniform

import structlog

from streams.errors import RateLimited

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0
"""Seconds without calls if the backend does not say how many; each pause is twice the last one."""
LONGEST_ASKED = 600.0
"""Seconds without calls that the backend may ask for."""
FEW = 8
"""Calls at the same time; fewer are hardly too many, and one 429 does not say that they are."""
QUIET_SECONDS = 60.0
"""Time without a 429 after which a limit is forgotten: providers count by the minute."""
SPREAD = 1.1
"""A pause takes up to so many times as long, or all workers would call in the same moment."""

log = structlog.get_logger()


class Busy(RateLimited):
    """The backend limits our rate, and there is no time to wait for a turn."""


class ConcurrencyLimit:
    """Gives turns in the order in which they are asked for. For one event loop."""

    def __init__(self, backend: str) -> None:
        """*backend*: its name in logs."""
        self.backend = backend
        self._most = self._lowered_to = inf
        self._in_flight = 0
        self._next_pause = FIRST_PAUSE
        self._resumes_at = self._limited_at = -inf
        self._waiting: deque[asyncio.Future[float]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    async def enter(self, *, until: float) -> float:
        """
        Wait for a turn; return its beginning. `leave` must follow.

        Args:
            until: a time of the event loop's clock.

        Raises:
            Busy: The turn would come after *until*; at once, if that is known.
        """
        if self._resumes_at > max(until, _now()):
            raise self._busy()
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            async with asyncio.timeout_at(until):
                return await turn
        except BaseException as error:
            if turn.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            else:  # it was given in the moment in which we were told to stop
                self.leave()
            if isinstance(error, TimeoutError):
                raise self._busy() from None
            raise

    def leave(self) -> None:
        """End a turn."""
        self._in_flight -= 1
        self._admit()

    def answered(self, began: float) -> None:
        """Take note that the call whose turn began at *began* was served."""
        self._next_pause = FIRST_PAUSE
        if began > self._limited_at and not self._has_room():
            self._most += (self._most - self._lowered_to + 1) / self._most

    def limited(self, began: float, retry_after: float | None) -> None:
        """Take note that the turn of *began* met a limit, and for how long to stay away."""
        if began > self._limited_at:
            if self._in_flight >= (FEW if self._is_quiet() else 2):
                self._lower()
            self._limited_at = _now()
            log.warning("backend limits our rate", backend=self.backend, calls=self._shown())
            self._pause(retry_after or self._own_pause())
        elif retry_after:
            self._pause(retry_after)

    def _lower(self) -> None:
        self._most = self._lowered_to = max(1.0, min(self._most, self._in_flight) // 2)

    def _is_quiet(self) -> bool:
        return _now() > self._resumes_at + QUIET_SECONDS

    def _shown(self) -> int | str:
        return "any" if self._most == inf else int(self._most)

    def _own_pause(self) -> float:
        pause = self._next_pause
        self._next_pause = min(2 * pause, LONGEST_PAUSE)
        return pause

    def _pause(self, seconds: float) -> None:
        pause = min(seconds, LONGEST_ASKED) * uniform(1, SPREAD)  # noqa: S311  # spreads calls
        self._resumes_at = max(self._resumes_at, _now() + pause)

    def _admit(self) -> None:
        """Give turns to those who wait, as many as may go now; at the end of a pause again."""
        if not self._waiting:
            return
        if self._resumes_at > _now():
            self._wake_at(self._resumes_at)
            return
        if self._is_quiet():
            self._most = inf
        while self._waiting and self._has_room():
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(_now())

    def _has_room(self) -> bool:
        return self._in_flight + 1 <= self._most

    def _wake_at(self, time: float) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_at(time, self._admit)

    def _busy(self) -> Busy:
        rest = max(0.0, self._resumes_at - _now())
        return Busy(f"{self.backend} limits our rate", retry_after=rest)


def _now() -> float:
    return asyncio.get_running_loop().time()
