"""Lanes: the messages of one ticket, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Lanes:
    """One message of a ticket at a time, in the order in which they asked for their turn."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    def is_taken(self, ticket: Hashable) -> bool:
        """Return whether an earlier message of *ticket* is not through."""
        return ticket in self._locks

    @asynccontextmanager
    async def turn(self, ticket: Hashable) -> AsyncIterator[None]:
        """Wait until all earlier messages of *ticket* are through, then hold up later ones."""
        lock, waiting = self._locks.get(ticket, (asyncio.Lock(), 0))
        self._locks[ticket] = lock, waiting + 1
        try:
            async with lock:  # first come, first served
                yield
        finally:
            lock, waiting = self._locks[ticket]
            if waiting > 1:
                self._locks[ticket] = lock, waiting - 1
            else:
                del self._locks[ticket]
