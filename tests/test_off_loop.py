"""Long work runs in a thread of its own, and the event loop goes on."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextvars import ContextVar

import pytest

from streams.off_loop import THREAD_NAME, off_loop

ticket = ContextVar("ticket", default="")


def where() -> str:
    """Return the name of the thread that this runs in."""
    return threading.current_thread().name


async def test_the_loop_goes_on() -> None:
    """
    Work may wait for what the loop does meanwhile.
    """
    done = threading.Event()
    working = asyncio.create_task(off_loop(done.wait, 20))
    await asyncio.sleep(0)
    done.set()

    assert await working


async def test_all_of_it_is_done_in_one_thread() -> None:
    """
    Several pieces of work wait for one another instead of for the interpreter.
    """
    names = await asyncio.gather(*(off_loop(where) for _ in range(8)))

    assert len(set(names)) == 1
    assert names[0].startswith(THREAD_NAME)


async def test_errors_and_context_are_the_callers() -> None:
    """
    What work raises comes out, and it knows what its caller's context says.
    """
    ticket.set("T-1")

    assert await off_loop(ticket.get) == "T-1"
    with pytest.raises(ZeroDivisionError):
        await off_loop(divmod, 1, 0)


async def test_no_garbage_is_collected_meanwhile() -> None:
    """
    The collector rests while work is done, and only then.
    """
    assert not await off_loop(gc.isenabled)
    assert gc.isenabled()
