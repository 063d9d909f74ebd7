"""Long work runs in threads of its own, and the event loop goes on."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextvars import ContextVar

import pytest

from streams.off_loop import THREAD_NAME, index_off_loop, off_loop

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


async def test_no_ticket_waits_for_an_article() -> None:
    """
    Articles have a thread of their own: other work gets done while one is indexed.
    """
    done = threading.Event()
    indexing = asyncio.create_task(index_off_loop(done.wait, 20))
    await off_loop(done.set)

    assert await indexing


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


async def test_no_garbage_is_collected_until_both_threads_are_done() -> None:
    """
    Work that ends does not wake the collector while other work goes on.
    """
    begun, ended = threading.Event(), threading.Event()

    def long_work() -> bool:
        begun.set()
        return ended.wait(20) and gc.isenabled()

    shorter = asyncio.create_task(off_loop(begun.wait, 20))
    longer = asyncio.create_task(index_off_loop(long_work))
    await shorter
    ended.set()

    assert not await longer
    assert gc.isenabled()
