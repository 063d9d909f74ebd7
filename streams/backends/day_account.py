"""
The day's account: what all workers have spent on the language model today, in UTC.

Each worker has a running total of its own for each day, and tells the others
(`kafka/spending_topic.py`). What is spent is the sum of these totals, so a message that comes
twice, late or never changes nothing that the next one does not mend.

Nobody calls a model who does not know what the others have spent. That is so until the account has
been read at the start, and when what this worker has spent has not come back from Kafka within
HEARD_SECONDS. So no worker spends for longer than that on knowledge that is older than that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import monotonic
from uuid import uuid4

import structlog

from schemas import Spending
from streams import metrics
from streams.errors import Unavailable

HEARD_SECONDS = 5.0
"""Seconds within which our own total must come back from Kafka."""
LOOK_SECONDS = 0.05

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class DayAccount:
    """What this worker and all others have spent today, and how much that may be."""

    def __init__(
        self,
        limit: float,
        *,
        now: Callable[[], datetime] = _now,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """
        Args:
            limit: dollars that all workers together may spend in a day.
            now: in UTC; says which day it is.
            clock: seconds, to measure how long ago something was.
        """
        self.limit = limit
        self.worker = uuid4().hex
        self.grew = asyncio.Event()
        """Set when this worker has spent something that it has not told."""
        self._now, self._clock = now, clock
        self._totals: dict[date, dict[str, float]] = {}
        self._own: dict[date, float] = {}
        self._unheard: deque[tuple[date, float, float]] = deque()
        self._read = False
        self._said: date | None = None
        metrics.BUDGET_LIMIT.set(limit)
        metrics.BUDGET_SPENT.set_function(lambda: self.spent)

    @property
    def spent(self) -> float:
        """Dollars that all workers have spent today, as far as this one knows."""
        today = self._today()
        others = self._totals.get(today, {})
        told = sum(dollars for worker, dollars in others.items() if worker != self.worker)
        return told + self._own.get(today, 0.0)

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left of today. The first time that day, the log says so."""
        spent, today = self.spent, self._today()
        if spent < self.limit:
            if self._said not in (None, today):
                log.info("a new day: the language model is called again", limit=self.limit)
                self._said = None
            return False
        if self._said != today:
            self._said = today
            log.warning(
                "the day's dollars are spent: tickets go on without the language model",
                spent=round(spent, 4),
                limit=self.limit,
                until="00:00 UTC",
            )
        return True

    @property
    def status(self) -> str:
        """Return `healthy`, or what keeps the model from being called."""
        if self.spent >= self.limit:
            return f"the {self.limit:g} dollars of this day are spent"
        return "healthy" if self.is_current else "what other workers have spent is not known"

    @property
    def is_current(self) -> bool:
        """Whether this worker knows what the others have spent."""
        late = bool(self._unheard) and self._clock() - self._unheard[0][2] >= HEARD_SECONDS
        return self._read and not late

    async def current(self, seconds: float) -> None:
        """
        Return as soon as the account is current.

        Raises:
            Unavailable: It is not after so many *seconds*.
        """
        until = self._clock() + seconds
        while not self.is_current:
            if self._clock() >= until:
                raise Unavailable("what other workers have spent today cannot be read from Kafka")
            await asyncio.sleep(LOOK_SECONDS)

    def pay(self, dollars: float) -> None:
        """Count *dollars* that this worker has spent now."""
        if not dollars:
            return
        today = self._today()
        self._own[today] = self._own.get(today, 0.0) + dollars
        self._unheard.append((today, self._own[today], self._clock()))
        self.grew.set()

    def own(self) -> list[Spending]:
        """Return what this worker has spent today, and the day before if that is known."""
        return [
            Spending(day=day, worker=self.worker, dollars=dollars)
            for day, dollars in self._own.items()
        ]

    def hear(self, told: Spending) -> None:
        """Take note of a total that a worker, maybe this one, has told through Kafka."""
        totals = self._totals.setdefault(told.day, {})
        totals[told.worker] = max(told.dollars, totals.get(told.worker, 0.0))
        if told.worker == self.worker:
            self._unheard = deque(
                (day, total, at)
                for day, total, at in self._unheard
                if day != told.day or total > told.dollars
            )
        self._forget()

    def read_to_end(self) -> None:
        """Note that all that was told before has been heard."""
        self._read = True

    def _today(self) -> date:
        return self._now().date()

    def _forget(self) -> None:
        """Drop the days before yesterday."""
        today = self._today()
        self._totals = {d: of for d, of in self._totals.items() if (today - d).days <= 1}
        self._own = {d: of for d, of in self._own.items() if (today - d).days <= 1}
