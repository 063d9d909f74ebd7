"""Room: how many messages of a stage are under way together, and how many bytes of them."""

from __future__ import annotations

import asyncio

from streams.delivery.entry import Entry

MOST_AHEAD, REST_PAUSE = 250, 0.05
"""Messages, and seconds to wait before the next look. What is committed is known 0.5 s late."""
MOST_BYTES = 32_000_000
"""In the window together, however few messages that are: the largest input, in 64 slots, twice."""


class Room:
    """A place for each message that is under way, and bytes for what it takes."""

    def __init__(self, places: int) -> None:
        """*places*: messages that are under way together at most."""
        self.ahead = 0
        """Messages that the stage after this one is behind, where this one must not run ahead."""
        self._places = asyncio.Semaphore(places)
        self._bytes = 0

    @property
    def is_taken(self) -> bool:
        """Whether no place is free."""
        return self._places.locked()

    async def take_place(self) -> None:
        """Return when a place was free, and is taken."""
        await self._places.acquire()

    async def is_left(self) -> None:
        """Return when there is room for one more message beside those that are under way."""
        while self.ahead > MOST_AHEAD or self._bytes >= MOST_BYTES:  # noqa: ASYNC110  # a look now and then will do
            await asyncio.sleep(REST_PAUSE)

    def fill(self, entry: Entry) -> None:
        """Give *entry* the bytes that it takes, in the place that was taken for it."""
        self._bytes += entry.size

    def give_up(self, entry: Entry) -> None:
        """Free the place and the bytes of *entry*."""
        self._bytes -= entry.size
        self.give_up_place()

    def give_up_place(self) -> None:
        """Free a place that no message has come to."""
        self._places.release()
