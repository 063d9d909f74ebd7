"""Readings of messages, for tests of how a message is read."""

from __future__ import annotations

from typing import Any

from schemas import IncomingTicket, Reading
from streams.reading.message import read_message


def a_reading(message: str, **fields: Any) -> Reading:
    """Return the reading of a ticket with *message*."""
    return read_message(IncomingTicket(ticket_id="1", raw_message=message, **fields))
