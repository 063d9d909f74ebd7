"""
Linger: a result waits to be sent together with others, while others are known to come soon.

    result ready -> nothing else is about to end  -> sent at once
                 -> others are, within moments    -> waits for them
    the last of those is ready, or `linger_ms` is over -> all that wait are sent together

A request of its own for each result costs a stage a third of its throughput. To wait for a result
that does not come costs every ticket that time, in every stage. So what is on its way is counted:
messages that were fetched and have not come in yet, and those in work that do not merely wait. A
result that waits keeps its slot to work in, so no more come than there are slots left. How soon
they end is estimated by how long the stage took lately.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.delivery.entry import Entry

PATIENCE = 0.1
"""Share of the linger time within which the next result must be expected."""
NEWEST = 0.1
"""Weight of the newest message in how long the stage takes."""


class Linger:
    """The results of a stage that wait for others."""

    def __init__(self, seconds: float, *, fetched: Callable[[], int], together: int) -> None:
        """
        Args:
            seconds: that a result waits at most.
            fetched: returns how many messages were fetched and have not come in yet.
            together: how many messages the stage works on at the same time.
        """
        self._seconds = seconds
        self._fetched = fetched
        self._together = together
        self._on_their_way: set[Entry] = set()
        self._took = 0.0
        self._sending: asyncio.Event | None = None
        """Set when the results that wait are to be sent; None while none waits."""
        self._wait = 0
        """Results that wait."""

    def expect(self, entry: Entry) -> None:
        """Expect the result of *entry* soon: nothing holds it up."""
        self._on_their_way.add(entry)

    def expect_no_more(self, entry: Entry) -> None:
        """Do not wait for a result of *entry*: it waits itself, or has come to its end."""
        self._on_their_way.discard(entry)
        self._send_unless_more_comes()

    def took(self, seconds: float) -> None:
        """Note how long the stage has worked on a message."""
        self._took += NEWEST * (seconds - self._took) if self._took else seconds

    async def wait(self, entry: Entry) -> None:
        """Return when the result of *entry* is to be sent."""
        self._on_their_way.discard(entry)
        if self._sending is None:
            if not self._more_comes_soon():
                return
            self._sending = asyncio.Event()
            asyncio.get_running_loop().call_later(self._seconds, self._sending.set)
        sending = self._sending
        self._wait += 1
        self._send_unless_more_comes()
        await sending.wait()
        if self._sending is sending:  # the time is over
            self._send()

    def _send_unless_more_comes(self) -> None:
        if self._sending and not self._more_comes_soon():
            self._send()

    def _send(self) -> None:
        if self._sending:
            self._sending.set()
        self._sending, self._wait = None, 0

    def _more_comes_soon(self) -> bool:
        expected = min(
            len(self._on_their_way) + self._fetched(), max(self._together - self._wait, 0)
        )
        return self._took < expected * PATIENCE * self._seconds
