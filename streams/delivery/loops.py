"""
Mail loops: two machines that answer each other make a ticket grow for ever, and each answer costs.

More than *most* messages of one ticket within *seconds* are a loop. Its messages then come through
as if they had been published in time, *most* in *seconds*; what came too early waits for its time:

    published   0:00  0:10  0:20  0:30  0:40  0:50  1:00  12:00
    goes        0:00  0:10  0:20  0:30  0:40 10:00 10:10  12:00     5 in 10 minutes

So the time of a message follows from when it and those before it were published, not from when a
worker came to it: a backlog of an hour is no loop, and a restart begins no wait anew. What would
hold up others goes early, and of a flood a part becomes dead letters. Why: docs/design/delivery.md,
"A mail loop".
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

import structlog

from streams import metrics
from streams.delivery.entry import Lane
from streams.errors import Unprocessable

MOST_TICKETS = 100_000
"""Tickets of which times are remembered; the one that came longest ago is forgotten first."""
LOOK_SECONDS = 1.0
"""Seconds between two looks at whether others need the room of what waits."""

log = structlog.get_logger()


class MailLoop(Unprocessable):
    """So much of a ticket waits that it would hold up others."""


class Loops:
    """When the next message of each ticket may go."""

    def __init__(self, most: int, seconds: float, *, now: Callable[[], float] = time.time) -> None:
        """*most*: messages of one ticket that go within *seconds*; 0 is no limit."""
        self._most = most
        self._seconds = seconds
        self._now = now
        self._gone: OrderedDict[Lane, deque[float]] = OrderedDict()

    @property
    def is_limited(self) -> bool:
        """Whether messages of a ticket ever wait."""
        return self._most > 0

    def must_wait(self, ticket: Lane, published: float | None) -> bool:
        """Say whether a message has come too early that was *published* then, or just now."""
        return self.due(ticket, self._time(published)) > self._now()

    async def wait(
        self,
        ticket: Lane,
        published: float | None,
        *,
        flooded: Callable[[], bool],
        crowded: Callable[[], bool],
    ) -> None:
        """
        Return when a message may go. The log says for how long it waits.

        Args:
            flooded: says whether so much of its ticket waits that it must give way.
            crowded: says whether others would be held up. It then goes before its time.

        Raises:
            MailLoop: Too much of its ticket waits.
        """
        due = self.due(ticket, self._time(published))
        said = log.bind(ticket_id=ticket[1])
        if due > self._now() and not flooded() and not crowded():
            said.warning("a mail loop: the ticket waits", seconds=round(due - self._now(), 1))
        with metrics.LOOPS_WAITING.track_inprogress():
            while (left := due - self._now()) > 0:
                if flooded():
                    raise MailLoop("too many messages of this ticket wait")
                if crowded():
                    said.warning("a mail loop: too much waits, going early", seconds=round(left, 1))
                    metrics.LOOPS_EARLY.inc()
                    return
                await asyncio.sleep(min(left, LOOK_SECONDS))

    def due(self, ticket: Lane, published: float) -> float:
        """Return from when on a message may go that was *published* then."""
        gone = self._gone.get(ticket)
        if not gone or len(gone) < self._most:
            return published
        return max(published, gone[0] + self._seconds)

    def went(self, ticket: Lane, published: float | None) -> None:
        """Note that a message has gone on that was *published* then, or just now."""
        if not self.is_limited:
            return
        due = self.due(ticket, self._time(published))
        times = self._gone.setdefault(ticket, deque(maxlen=self._most))
        times.append(due)
        self._gone.move_to_end(ticket)
        while len(self._gone) > MOST_TICKETS:
            self._gone.popitem(last=False)

    def _time(self, published: float | None) -> float:
        """Return when a message was published. A clock that is ahead makes nobody wait longer."""
        now = self._now()
        return now if published is None or published < 0 else min(published, now)
