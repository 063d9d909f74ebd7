"""The lanes: one message of a ticket at a time, in order."""

from __future__ import annotations

import asyncio

from streams.delivery.lanes import Lanes


async def test_messages_of_one_ticket_go_one_by_one_in_order() -> None:
    """
    The second message of a ticket waits for the first; another ticket's does not.
    """
    lanes, seen = Lanes(), []
    first_may_end = asyncio.Event()

    async def carry(ticket: str, number: int, until: asyncio.Event | None = None) -> None:
        async with lanes.turn(ticket):
            seen.append((ticket, number, "in"))
            if until:
                await until.wait()
            seen.append((ticket, number, "out"))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(carry("a", 1, until=first_may_end))
        tasks.create_task(carry("a", 2))
        tasks.create_task(carry("a", 3))
        other = tasks.create_task(carry("b", 1))
        await other
        assert seen == [("a", 1, "in"), ("b", 1, "in"), ("b", 1, "out")]
        first_may_end.set()

    assert seen[3:] == [
        ("a", 1, "out"),
        ("a", 2, "in"),
        ("a", 2, "out"),
        ("a", 3, "in"),
        ("a", 3, "out"),
    ]


async def test_a_lane_is_forgotten_when_it_is_empty() -> None:
    """
    A worker that has seen a million tickets remembers none of them, also after a cancel.
    """
    lanes = Lanes()

    async def carry() -> None:
        async with lanes.turn("a"):
            await asyncio.sleep(3600)

    tasks = [asyncio.create_task(carry()) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert lanes._locks == {}
