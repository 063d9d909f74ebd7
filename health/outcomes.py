"""
What comes by on ticket-processed and ticket-dead-letters: read, remembered and counted.

In goes a message as it lies on the topic; out come an `Outcome`, the result that an event
had the first time, and the figures of `GET /api/v1/tickets/metrics`.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import structlog
from pydantic import ValidationError

from health import metrics
from schemas import Meta, TicketOutput
from schemas.envelope import header
from schemas.http import Seconds, TicketMetrics

MEMORY_BYTES = 64_000_000
"""Of results that are remembered; at 10 kB each, the latest 6,400. The oldest go first."""
QUANTILES_OVER = 1_000
"""Latest durations of a stage that p50 and p95 are taken of."""

_log = structlog.get_logger()
_Headers = Iterable[tuple[str, bytes]]


@dataclass(frozen=True)
class Processed:
    """A ticket came through."""

    event_id: str
    result: TicketOutput


@dataclass(frozen=True)
class DeadLetter:
    """A ticket could not be processed."""

    stage: str | None
    error_class: str | None
    message: str | None


Outcome = Processed | DeadLetter


class Outcomes:
    """The results that came by, first come first kept, and figures about all of them."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._room = memory_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._tally = Tally()

    def processed(self, headers: _Headers, value: bytes | None) -> Processed | None:
        """Return what a message of ticket-processed says, or None if it cannot be read."""
        event_id = header(headers, "ce_id")
        try:
            result = TicketOutput.model_validate_json(value or b"")
        except ValidationError:
            event_id = None
        if event_id is None:
            metrics.SEEN.labels("unreadable").inc()
            _log.warning("unreadable result")
            return None
        if event_id in self._kept:
            metrics.SEEN.labels("repeated").inc()
        else:
            metrics.SEEN.labels("processed").inc()
            self._keep(event_id, value or b"")
            self._tally.processed(result)
        return Processed(event_id, result)

    def dead_letter(self, headers: _Headers) -> DeadLetter:
        """Return what a message of ticket-dead-letters says. Its value is never looked at."""
        metrics.SEEN.labels("dead_letter").inc()
        self._tally.dead_letters += 1
        said = ("error-stage", "error-class", "error-message")
        return DeadLetter(*(header(headers, name) for name in said))

    def recall(self, event_id: str) -> Processed | None:
        """Return the first result with this id, if it is still remembered."""
        value = self._kept.get(event_id)
        if value is None:
            return None
        return Processed(event_id, TicketOutput.model_validate_json(value))

    def figures(self) -> TicketMetrics:
        """Return what has come by so far, counted. A repeated result counts once."""
        return self._tally.figures()

    def latest(self) -> Meta | None:
        """Return how the latest result came about, or None if there was none yet."""
        return self._tally.latest

    def _keep(self, event_id: str, value: bytes) -> None:
        self._kept[event_id] = value
        self._room -= len(value)
        while self._room < 0:
            self._room += len(self._kept.popitem(last=False)[1])


class Tally:
    """Counts of results by what they say, and the seconds that each stage took."""

    def __init__(self) -> None:
        self.dead_letters = 0
        self.latest: Meta | None = None
        self._processed = 0
        self._priority: Counter[str] = Counter()
        self._category: Counter[str] = Counter()
        self._compliance: Counter[str] = Counter()
        self._stages: dict[str, _Durations] = {}

    def processed(self, result: TicketOutput) -> None:
        """Count *result*."""
        self._processed += 1
        self._priority[result.triage.priority] += 1
        self._category[result.triage.category] += 1
        self._compliance[result.policy_check.compliance] += 1
        if result.meta:
            self.latest = result.meta
            for stage, report in result.meta.stages.items():
                self._stages.setdefault(stage, _Durations()).add(report.seconds)

    def figures(self) -> TicketMetrics:
        """Return the counts as the metrics call answers them."""
        return TicketMetrics(
            total=self._processed + self.dead_letters,
            outcomes={"processed": self._processed, "dead_letter": self.dead_letters},
            priority=dict(self._priority),
            category=dict(self._category),
            compliance=dict(self._compliance),
            stages={stage: seen.seconds() for stage, seen in self._stages.items()},
        )


class _Durations:
    """How long a stage took: count, mean and maximum of all; quantiles of the latest."""

    def __init__(self) -> None:
        self._count, self._sum, self._max = 0, 0.0, 0.0
        self._latest: deque[float] = deque(maxlen=QUANTILES_OVER)

    def add(self, seconds: float) -> None:
        self._count += 1
        self._sum += seconds
        self._max = max(self._max, seconds)
        self._latest.append(seconds)

    def seconds(self) -> Seconds:
        ordered = sorted(self._latest)
        p50, p95 = (ordered[ceil(q * len(ordered)) - 1] for q in (0.5, 0.95))  # nearest rank
        return Seconds(
            count=self._count, mean=self._sum / self._count, p50=p50, p95=p95, max=self._max
        )
