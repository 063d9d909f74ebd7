"""A ticket that takes long to read is read off the event loop."""

from __future__ import annotations

from collections.abc import Callable

from schemas import IncomingTicket, Reading
from streams.off_loop import off_loop

LONG = 20_000
"""Characters of a ticket from which reading it can take more than ten milliseconds."""


async def read_off_loop(
    ticket: IncomingTicket, read: Callable[[IncomingTicket], Reading]
) -> Reading:
    """Return what *read* makes of *ticket*; the event loop goes on while it reads a long one."""
    if _characters(ticket) < LONG:
        return read(ticket)
    return await off_loop(read, ticket)


def _characters(ticket: IncomingTicket) -> int:
    """Return the length of all that is read of *ticket*."""
    earlier = sum(len(message.text) for message in ticket.previous_messages)
    attached = sum(len(attachment.text or "") for attachment in ticket.attachments)
    return len(ticket.raw_message) + earlier + attached
