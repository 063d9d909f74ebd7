"""What metrics show of one stage at work."""

from __future__ import annotations

from contextlib import AbstractContextManager

from streams import metrics

OUTCOMES = ("done", "repeat", "dead_letter", "skipped", "released")
"""What may become of a message, as metrics call it."""


class StageFigures:
    """The metrics of a stage. Those that can be are there from its start, at zero."""

    def __init__(self, stage: str, slots: int) -> None:
        """*slots*: messages that the stage works on at the same time at most."""
        self._stage = stage
        metrics.STAGE_SLOTS.labels(stage).set(slots)
        for outcome in OUTCOMES:  # an increase from nothing would not be seen
            metrics.STAGE_OUT.labels(stage, outcome)
        self.busy = metrics.STAGE_SLOTS_BUSY.labels(stage)
        self.taken = metrics.STAGE_IN.labels(stage)
        self.in_flight = metrics.STAGE_IN_FLIGHT.labels(stage)
        self.seconds = metrics.STAGE_SECONDS.labels(stage)

    def ended(self, outcome: str) -> None:
        """Count what became of a message."""
        metrics.STAGE_OUT.labels(self._stage, outcome).inc()

    def held(self, error: Exception) -> AbstractContextManager[object]:
        """Count a retry, and show a message as held because of *error* until the block ends."""
        reason = type(error).__name__
        metrics.STAGE_RETRIES.labels(self._stage, reason).inc()
        return metrics.STAGE_HELD.labels(self._stage, reason).track_inprogress()

    def kept(self, seconds: float | None) -> None:
        """Show for how many *seconds* Kafka keeps what the stage reads, if that is known."""
        if seconds is not None:
            metrics.STAGE_RETENTION.labels(self._stage).set(seconds)
