"""A ticket that takes long to read is read off the event loop."""

from __future__ import annotations

import threading

import pytest

from schemas import IncomingTicket, Reading
from streams.off_loop import THREAD_NAME
from streams.reading.long_ticket import LONG, read_off_loop
from streams.reading.message import read_message
from tests.support.readings import PHRASES

LONG_TEXT = "Why was I charged twice? " * (LONG // 20)


def ticket(**more: object) -> IncomingTicket:
    """Return a short ticket, with *more* fields."""
    fields = {"ticket_id": "T-1", "raw_message": "Why was I charged twice?", **more}
    return IncomingTicket.model_validate(fields)


@pytest.mark.parametrize(
    ("asked", "is_long"),
    [
        (ticket(), False),
        (ticket(raw_message=LONG_TEXT), True),
        (ticket(previous_messages=[{"role": "customer", "text": LONG_TEXT}]), True),
        (ticket(attachments=[{"filename": "a.txt", "text": LONG_TEXT}]), True),
    ],
)
async def test_a_long_ticket_is_read_elsewhere(asked: IncomingTicket, is_long: bool) -> None:
    """
    Whatever makes a ticket long, the loop's thread does not read it; the reading is the same.
    """
    threads: list[str] = []

    def recorded(ticket: IncomingTicket) -> Reading:
        threads.append(threading.current_thread().name)
        return read_message(ticket, phrases=PHRASES)

    reading = await read_off_loop(asked, recorded)

    assert [name.startswith(THREAD_NAME) for name in threads] == [is_long]
    assert reading == read_message(asked, phrases=PHRASES)
