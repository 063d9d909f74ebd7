"""A result waits for others only while others are known to come soon."""

from __future__ import annotations

import asyncio

import pytest

from streams.delivery.entry import Entry
from streams.delivery.linger import PATIENCE, Linger

FOR_EVER = 1_000.0
"""Seconds of a linger time that no test waits for."""


def entries(count: int) -> list[Entry]:
    """Return so many messages in work."""
    return [Entry(("t", 0), offset, 1) for offset in range(count)]


def lingers(seconds: float = FOR_EVER, *, fetched: int = 0, together: int = 64) -> Linger:
    """Return the linger of a stage that has *fetched* so many messages."""
    return Linger(seconds, fetched=lambda: fetched, together=together)


async def is_sent(waiting: asyncio.Task[None]) -> bool:
    """Return whether a result that may go has gone."""
    for _ in range(3):
        await asyncio.sleep(0)
    return waiting.done()


async def test_what_comes_alone_is_sent_at_once() -> None:
    """
    A ticket in an idle system waits for nobody.
    """
    linger, (entry,) = lingers(), entries(1)
    linger.expect(entry)

    async with asyncio.timeout(5):
        await linger.wait(entry)


async def test_results_that_are_about_to_come_are_sent_together() -> None:
    """
    The first ones wait for the last one, and no longer.
    """
    linger, (first, second, last) = lingers(), entries(3)
    for entry in (first, second, last):
        linger.expect(entry)
    waiting = [asyncio.create_task(linger.wait(entry)) for entry in (first, second)]
    assert [await is_sent(result) for result in waiting] == [False, False]

    async with asyncio.timeout(5):
        await linger.wait(last)
        await asyncio.gather(*waiting)


async def test_what_was_fetched_is_about_to_come() -> None:
    """
    Behind the first message of a backlog lie others, though none is in work yet.
    """
    linger, (entry,) = lingers(fetched=1), entries(1)
    waiting = asyncio.create_task(linger.wait(entry))

    assert not await is_sent(waiting)
    waiting.cancel()


async def test_what_does_not_come_is_not_waited_for() -> None:
    """
    A message that is held, waits for its turn or became nothing sends those that waited for it.
    """
    linger, (first, held) = lingers(), entries(2)
    linger.expect(first)
    linger.expect(held)
    waiting = asyncio.create_task(linger.wait(first))
    assert not await is_sent(waiting)

    linger.expect_no_more(held)

    async with asyncio.timeout(5):
        await waiting


async def test_nobody_waits_for_longer_than_the_linger_time() -> None:
    """
    What was to come soon may take its time all the same; and the next ones begin anew.
    """
    linger, (first, second, slow) = lingers(0.01), entries(3)
    for entry in (first, second, slow):
        linger.expect(entry)

    async with asyncio.timeout(5):
        await linger.wait(first)
        await linger.wait(second)


@pytest.mark.parametrize(("took", "waits"), [(0.99 * PATIENCE * 10, True), (10.0, False)])
async def test_a_slow_stage_does_not_wait(took: float, waits: bool) -> None:
    """
    The one other message in work is a model's call of seconds: it will not end within moments.
    """
    linger, (entry, other) = lingers(10.0), entries(2)
    linger.took(took)
    linger.expect(entry)
    linger.expect(other)
    waiting = asyncio.create_task(linger.wait(entry))

    assert await is_sent(waiting) is not waits
    waiting.cancel()


async def test_no_more_come_than_there_are_slots_left() -> None:
    """
    Results that wait keep their slots; when they have all of them, nobody else can come.
    """
    linger, (first, second) = lingers(fetched=100, together=2), entries(2)
    waiting = asyncio.create_task(linger.wait(first))
    assert not await is_sent(waiting)

    async with asyncio.timeout(5):
        await linger.wait(second)
        await waiting


async def test_without_a_linger_time_nobody_waits() -> None:
    """
    `linger_ms` 0 sends each result by itself.
    """
    linger, (entry, other) = lingers(0.0, fetched=9), entries(2)
    linger.expect(other)

    async with asyncio.timeout(5):
        await linger.wait(entry)


async def test_a_result_that_is_given_up_holds_up_no_other_one() -> None:
    """
    Its worker lost the partition while it waited; those that wait with it are sent.
    """
    linger, (lost, kept, last) = lingers(), entries(3)
    for entry in (lost, kept, last):
        linger.expect(entry)
    waiting = [asyncio.create_task(linger.wait(entry)) for entry in (lost, kept)]
    await is_sent(waiting[0])
    waiting[0].cancel()

    async with asyncio.timeout(5):
        await linger.wait(last)
        await waiting[1]
