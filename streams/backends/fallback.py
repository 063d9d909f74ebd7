"""
What a stage does when its backend does not deliver: wait, or the embedded backend's work.

    Refused       wait: a person must mend it, and would not notice otherwise
    Unavailable   `degrade`: the embedded backend, and the result says so; `hold`: wait
    BadAnswer     the embedded backend: waiting would not make the answer better
    BudgetSpent   the embedded backend, until there is money again

To wait is to let the error go on: the agent keeps the ticket and tries again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from schemas import GroundedTicket, IncomingTicket, Reading, StageReport
from streams import metrics, tracing
from streams.errors import BadAnswer, BudgetSpent, Refused, Unavailable
from streams.ports import (
    Classification,
    Classifier,
    Draft,
    OnOutage,
    Writer,
)

Made = TypeVar("Made", Classification, Draft)


class FallbackClassifier:
    """A `Classifier` that has another one to fall back to."""

    def __init__(self, first: Classifier, then: Classifier, on_outage: OnOutage) -> None:
        self.name = first.name
        self._first, self._then, self._on_outage = first, then, on_outage
        _begin_to_count("triage")

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """
        Return what *ticket* is about.

        Raises:
            Unavailable: With `hold`, the first backend is away. `Refused` with either.
        """
        return await _either(
            "triage",
            lambda: self._first.classify(ticket, reading),
            lambda: self._then.classify(ticket, reading),
            self._then.name,
            self._on_outage,
        )


class FallbackWriter:
    """A `Writer` that has another one to fall back to."""

    def __init__(self, first: Writer, then: Writer, on_outage: OnOutage) -> None:
        self.name = first.name
        self._first, self._then, self._on_outage = first, then, on_outage
        _begin_to_count("drafting")

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return an answer.

        Raises:
            Unavailable: With `hold`, the first backend is away. `Refused` with either.
        """
        return await _either(
            "drafting",
            lambda: self._first.write(ticket),
            lambda: self._then.write(ticket),
            self._then.name,
            self._on_outage,
        )


def _begin_to_count(stage: str) -> None:
    """Show that *stage* has fallen back never: a rise from nothing would not be seen."""
    for reason in ("unavailable", "bad_answer", "budget"):
        metrics.FALLBACKS.labels(stage, reason)


async def _either(
    stage: str,
    first: Callable[[], Awaitable[Made]],
    then: Callable[[], Awaitable[Made]],
    name: str,
    on_outage: OnOutage,
) -> Made:
    """Return what *first* makes, or *then*, whose backend is called *name*, in its place."""
    report = StageReport(backend=name)
    try:
        return await first()
    except Refused:
        raise
    except Unavailable as error:
        if on_outage == "hold":
            raise
        _tell(error)
        metrics.FALLBACKS.labels(stage, "unavailable").inc()
    except (BadAnswer, BudgetSpent) as error:
        _tell(error)
        reason = "budget" if isinstance(error, BudgetSpent) else "bad_answer"
        metrics.FALLBACKS.labels(stage, reason).inc()
        if error.report:  # what was paid for in vain was paid for
            report = error.report.model_copy(update={"backend": name})
    return replace(await then(), report=report, degraded=True)


def _tell(error: Exception) -> None:
    """Show in the trace that the embedded backend takes over because of *error*."""
    tracing.current().event("ticketstream.fallback", {"error.type": type(error).__name__})
