"""
Waiting: what merely waits can be let go at once.

A stage that gives its partitions back, or ends, has no time for tickets that wait for their turn,
for a backend or for the next try. They are released, uncommitted; what works goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between tries; each pause is twice the one before."""
LONGEST_ASKED = 600.0
"""Seconds that a backend may ask us to wait; it may be back before it thought."""


class Waiting:
    """The tasks of a stage that merely wait."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leaving: set[asyncio.Task[Any]] = set()
        self._over = False

    @property
    def over(self) -> bool:
        """Whether the current task may not wait any more."""
        return self._over or asyncio.current_task() in self._leaving

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

    def end(self) -> None:
        """Let go of all that wait, and of who would from now on."""
        self._over = True
        self.let_go(self._tasks)

    def let_go(self, tasks: Iterable[asyncio.Task[Any]]) -> None:
        """Let go of those of *tasks* that wait, now or later."""
        for task in set(tasks):
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            if task in self._tasks:
                task.cancel()
