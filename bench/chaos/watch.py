"""Follows what comes out while a run goes on: for its progress, and to know when it is at rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import time

from bench.chaos.ledger import message_of
from bench.chaos.topics import Reader

Progress = Callable[[int, int], None]
"""Is told how many messages are out, of how many."""


class Watch:
    """What came out until now. Rows are not counted from it, but from a reading of their own."""

    def __init__(self, progress: Progress) -> None:
        self.expected = 0
        self._progress = progress
        self._out: set[str] = set()
        self._last = time()
        self._over = False

    @property
    def quiet_seconds(self) -> float:
        """Return for how many seconds nothing has come out."""
        return time() - self._last

    @asynccontextmanager
    async def following(self, brokers: str, names: Sequence[str]) -> AsyncIterator[None]:
        """Follow the topics with these *names* until the block ends."""
        readers = [Reader(brokers, name) for name in names]
        tasks = [asyncio.create_task(self._follow(reader)) for reader in readers]
        try:
            yield
        finally:
            self._over = True  # a thread in the middle of a read cannot be cancelled
            await asyncio.gather(*tasks, return_exceptions=True)
            for reader in readers:
                await asyncio.to_thread(reader.close)

    async def _follow(self, reader: Reader) -> None:
        while not self._over:
            found = await asyncio.to_thread(reader.some)
            if found:
                self._out |= {name for record in found if (name := message_of(record))}
                self._last = time()
            self._progress(len(self._out), self.expected)
