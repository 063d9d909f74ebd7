"""What takes long with a long ticket is done off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from schemas import IncomingTicket
from streams.off_loop import off_loop

LONG = 5_000
"""Characters of a ticket from which a stage's work on it can take more than ten milliseconds."""

_T = TypeVar("_T")


async def off_loop_if_long(ticket: IncomingTicket, work: Callable[[], _T]) -> _T:
    """Return what *work* on *ticket* returns; the event loop goes on meanwhile if that is long."""
    if _characters(ticket) < LONG:
        return work()
    return await off_loop(work)


def _characters(ticket: IncomingTicket) -> int:
    """Return the length of all that is read of *ticket*."""
    earlier = sum(len(message.text) for message in ticket.previous_messages)
    attached = sum(len(attachment.text or "") for attachment in ticket.attachments)
    return len(ticket.raw_message) + earlier + attached
