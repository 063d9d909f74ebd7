"""
Waiting: what merely waits can be let go at once.

A stage that gives its partitions back, or ends, has no time for tickets that wait for their turn,
for a backend or for the next try. They are released, uncommitted; what works goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between tries; each pause is twice the one before."""
LONGEST_ASKED = 600.0
"""Seconds that a backend may ask us to wait; it may be back before it thought."""


class Waiting:
    """The tasks of a stage that merely wait."""

    def __init__(self) -> None:
        self.over = False
        """Whether nothing may wait any more."""
        self._tasks: set[asyncio.Task[Any]] = set()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Mark the current task as one that can be let go while it is in this block."""
        if self.over:
            raise asyncio.CancelledError
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._tasks)

    async def pause(self, attempt: int, asked: float = 0.0) -> None:
        """Wait before the next try: twice as long each time, up to LONGEST_PAUSE, or as *asked*."""
        pause = min(FIRST_PAUSE * 2 ** min(attempt - 1, 20), LONGEST_PAUSE)
        with self.here():
            await asyncio.sleep(max(pause, min(asked, LONGEST_ASKED)))

    def begin(self) -> None:
        """Let tasks wait from now on."""
        self.over = False

    def end(self) -> None:
        """Let go of all that wait, and of who would from now on."""
        self.over = True
        for task in list(self._tasks):
            task.cancel()
