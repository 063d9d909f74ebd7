"""
The fault limit: a stage that would make dead letters of everything waits instead.

The fault is then its own (cf. DlqLimit in getsentry/arroyo): a person mends it, and nothing has to
be replayed.
"""

from __future__ import annotations

from typing import Any

from schemas.topics import INCOMING, Topic
from streams.errors import TicketError, Unprocessable


class FaultLimit:
    """How many messages in a row have failed by the stage's own fault."""

    def __init__(self, most: int, reads: Topic[Any]) -> None:
        """
        Args:
            most: of those that become dead letters.
            reads: where the stage's messages come from.
        """
        self._most = most
        self._reads = reads
        self._faults = 0

    @property
    def trouble(self) -> str | None:
        """What the stage waits for, or None if it does not."""
        if self._faults >= self._most:
            return f"waits: {self._faults} messages in a row failed by its own fault"
        return None

    def lets_go(self, error: Exception) -> bool:
        """Return whether a message that failed with *error* may become a dead letter."""
        if self.is_stages(error):
            if self._faults >= self._most:
                return False
            self._faults += 1
        return True

    def is_stages(self, error: Exception) -> bool:
        """Return whether a stage is at fault: what comes from outside may be anything."""
        if isinstance(error, Unprocessable):
            return self._reads is not INCOMING
        return not isinstance(error, TicketError)

    def succeeded(self) -> None:
        """Count from none again: the stage can do its work."""
        self._faults = 0
