"""The figures of `GET /api/v1/tickets/metrics`: what came out since this sidecar started."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Container, Iterator
from math import ceil

from schemas import Meta, TicketOutput
from schemas.http import Seconds, TicketMetrics

QUANTILES_OVER = 1_000
"""Latest durations of a stage that p50 and p95 are taken of."""


class Tallies:
    """A tally of everything, and one for each tenant that is asked about."""

    def __init__(self, asked: Callable[[], Container[str]]) -> None:
        """*asked*: returns the tenants that have a key, and so a tally of their own."""
        self.all = Tally()
        self._asked = asked
        self._of: dict[str, Tally] = {}

    def processed(self, result: TicketOutput, tenant: str | None) -> None:
        """Count *result* of a ticket of *tenant*."""
        for tally in self._for(tenant):
            tally.processed(result)

    def dead_letter(self, tenant: str | None) -> None:
        """Count a dead letter of *tenant*, None if nobody knows whose it is."""
        for tally in self._for(tenant):
            tally.dead_letters += 1

    def figures(self, tenant: str | None) -> TicketMetrics:
        """Return the counts of *tenant* alone, or of all."""
        if tenant is None:
            return self.all.figures()
        return self._of.get(tenant, Tally()).figures()

    def _for(self, tenant: str | None) -> Iterator[Tally]:
        yield self.all
        if tenant is not None and tenant in self._asked():
            yield self._of.setdefault(tenant, Tally())


class Tally:
    """Counts of results by what they say, and the seconds that each stage took."""

    def __init__(self) -> None:
        self.dead_letters = 0
        self.latest: Meta | None = None
        """How the latest result came about, or None if there was none yet."""
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
