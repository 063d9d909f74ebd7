"""What merely waits is let go at once; what works is not."""

from __future__ import annotations

import asyncio

import pytest

from streams.delivery.waiting import Waiting


async def test_what_waits_is_let_go_and_what_works_goes_on() -> None:
    """
    A worker that ends does not wait for a pause, and lets a call finish.
    """
    waiting, answer = Waiting(), asyncio.Event()

    async def pauses() -> None:
        await waiting.pause(20)

    async def works() -> str:
        await answer.wait()
        return "done"

    paused, working = asyncio.create_task(pauses()), asyncio.create_task(works())
    await asyncio.sleep(0)
    assert len(waiting) == 1
    waiting.let_go([paused, working])
    answer.set()

    assert await working == "done"
    with pytest.raises(asyncio.CancelledError):
        await paused
    assert len(waiting) == 0


async def test_who_is_let_go_may_not_begin_to_wait() -> None:
    """
    What works when its partition goes is let go as soon as it would wait.
    """
    waiting, may_go_on = Waiting(), asyncio.Event()

    async def works_then_waits() -> None:
        await may_go_on.wait()
        await waiting.pause(20)

    task = asyncio.create_task(works_then_waits())
    await asyncio.sleep(0)
    waiting.let_go([task])
    may_go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_after_the_end_nobody_waits() -> None:
    """
    A worker that ends lets all go, and whoever comes later.
    """
    waiting = Waiting()
    assert not waiting.over
    waiting.end()

    assert waiting.over
    with pytest.raises(asyncio.CancelledError), waiting.here():
        pass


@pytest.mark.parametrize(
    ("attempt", "asked", "slept"),
    [(1, 0.0, 0.2), (3, 0.0, 0.8), (50, 0.0, 10.0), (1, 7.0, 7.0), (1, 1e9, 600.0)],
)
async def test_pauses(
    attempt: int, asked: float, slept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each is twice the one before, up to a limit; a backend may ask for more, up to another one.
    """
    seconds: list[float] = []

    async def noted(pause: float) -> None:
        seconds.append(pause)

    monkeypatch.setattr("asyncio.sleep", noted)
    await Waiting().pause(attempt, asked)

    assert seconds == [pytest.approx(slept)]
