"""How much is under way together."""

from __future__ import annotations

import asyncio

import pytest

from streams.delivery import room
from streams.delivery.entry import Entry
from streams.delivery.room import MOST_AHEAD, MOST_BYTES, Room


def entry(size: int) -> Entry:
    """Return a message that takes *size* bytes."""
    return Entry(("t", 0), 0, 1, size=size)


async def is_over(waiting: asyncio.Task[None]) -> bool:
    """Return whether *waiting* ends by itself now."""
    await asyncio.wait({waiting}, timeout=0.05)
    return waiting.done()


async def test_places_are_given_up_and_taken_again() -> None:
    """
    No more messages are under way than there are places.
    """
    found, message = Room(1), entry(10)
    await found.take_place()
    found.fill(message)
    assert found.is_taken
    second = asyncio.create_task(found.take_place())
    assert not await is_over(second)

    found.give_up(message)

    assert await is_over(second)
    found.give_up_place()
    assert not found.is_taken


@pytest.mark.parametrize("cause", ["bytes", "ahead"])
async def test_there_is_room_again_when_what_takes_it_has_gone(
    cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A few large messages, or a stage behind that cannot keep up, hold up the next message.
    """
    monkeypatch.setattr(room, "REST_PAUSE", 0)
    found, large = Room(5), entry(MOST_BYTES)
    await found.take_place()
    if cause == "bytes":
        found.fill(large)
    else:
        found.ahead = MOST_AHEAD + 1
    waiting = asyncio.create_task(found.is_left())
    assert not await is_over(waiting)

    if cause == "bytes":
        found.give_up(large)
    else:
        found.ahead = MOST_AHEAD

    assert await is_over(waiting)
