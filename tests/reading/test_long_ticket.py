"""What takes long with a long ticket is done off the event loop."""

from __future__ import annotations

import threading

import pytest

from schemas import IncomingTicket
from streams.off_loop import THREAD_NAME
from streams.reading.long_ticket import LONG, off_loop_if_long

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
async def test_work_on_a_long_ticket_is_done_elsewhere(
    asked: IncomingTicket, is_long: bool
) -> None:
    """
    Whatever makes a ticket long, the loop's thread does not work on it.
    """
    name = await off_loop_if_long(asked, lambda: threading.current_thread().name)

    assert name.startswith(THREAD_NAME) is is_long
