"""What a published result says of time: how long its ticket took, and what is left of its SLA."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from schemas import ProcessedTicket
from schemas.envelope import Headers, input_time
from schemas.triage import Priority
from streams import metrics

HOUR = 3600


def begin_results() -> None:
    """Show that no result has come out yet: a rise from nothing would not be seen."""
    for verdict in ("passed", "warning", "failed"):
        metrics.TICKET_VERDICTS.labels(verdict)
    for priority in get_args(Priority):
        metrics.TICKET_SECONDS.labels(priority)
        metrics.TICKET_SLA_LEFT.labels(priority)


def observe_times(result: ProcessedTicket, headers: Headers) -> None:
    """Count *result*, just published with *headers*; not if nothing says when its ticket came."""
    published = input_time(headers)
    if published is None:
        return
    age = max(0.0, (datetime.now(UTC) - published).total_seconds())
    priority = result.triage.priority
    metrics.TICKET_SECONDS.labels(priority).observe(age)
    left = result.triage.sla_hours * HOUR - age
    # OpenMetrics knows no sum of what may be less than 0.
    metrics.TICKET_SLA_LEFT.labels(priority).observe(max(0.0, left))
