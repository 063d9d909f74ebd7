"""
What metrics say of calls: their number by how they ended, and their seconds.

The label `model` is the name in the settings, never what a server calls its model: so there are no
more series than models that an operator has chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Literal, get_args

from schemas.topics import BY_MODEL
from streams import metrics
from streams.backends.openai.errors import Filtered, Misgenerated, Rejected, TooLong
from streams.errors import RateLimited, Refused, TicketError

CallOutcome = Literal["answered", "rejected", "refused", "rate_limited", "unavailable"]
_REJECTIONS = TooLong | Filtered | Misgenerated | Rejected
OUTCOMES: tuple[CallOutcome, ...] = get_args(CallOutcome)


def begin_series(model: str) -> None:
    """Show that *model* was not called yet and cost nothing: a rise from nothing is not seen."""
    for stage in BY_MODEL:
        for outcome in OUTCOMES:
            metrics.LLM_CALLS.labels(stage, model, outcome)
        for direction in ("in", "out"):
            metrics.LLM_TOKENS.labels(stage, model, direction)
        metrics.LLM_CACHED_TOKENS.labels(stage, model)
        metrics.LLM_SECONDS.labels(stage, model)
        metrics.LLM_COST.labels(stage, model)


@contextmanager
def counted_call(backend: str, model: str, stage: str) -> Iterator[None]:
    """Count the call that is made inside, however it ends."""
    began = monotonic()
    outcome: CallOutcome = "unavailable"
    try:
        yield
        outcome = "answered"
    except TicketError as error:
        outcome = _outcome(error)
        raise
    finally:
        seconds, failure = monotonic() - began, "" if outcome == "answered" else outcome
        metrics.LLM_CALLS.labels(stage, model, outcome).inc()
        metrics.LLM_SECONDS.labels(stage, model).observe(seconds)
        metrics.GEN_AI_SECONDS.labels("chat", backend, model, failure).observe(seconds)


def _outcome(error: TicketError) -> CallOutcome:
    """Return what metrics call a call that ended with *error*."""
    if isinstance(error, RateLimited | Refused):
        return "rate_limited" if isinstance(error, RateLimited) else "refused"
    return "rejected" if isinstance(error, _REJECTIONS) else "unavailable"
