"""
Work that computes for long, in threads of its own, so that the event loop keeps its beat.

One thread is for articles and one for all else, so that no ticket waits for an article to be
indexed. Each does one piece after the other: the more threads compute, the more often the loop
has to wait for Python's interpreter lock, 5 ms in turn.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

THREAD_NAME = "long-work"
INDEXING_THREAD_NAME = "indexing"

_P = ParamSpec("_P")
_T = TypeVar("_T")
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=THREAD_NAME)
_indexing_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=INDEXING_THREAD_NAME)


async def off_loop(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """
    Return what *work* returns, or raise what it raises, while the loop goes on.

    A caller that is cancelled does not stop work that has begun: it runs to its end.
    """
    return await _done_by(_thread, partial(work, *args, **kwargs))


async def index_off_loop(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Do what `off_loop` does, in the thread for articles."""
    return await _done_by(_indexing_thread, partial(work, *args, **kwargs))


async def _done_by(thread: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
    doing = partial(contextvars.copy_context().run, _uncollected, work)
    return await asyncio.get_running_loop().run_in_executor(thread, doing)


def _uncollected(work: Callable[[], _T]) -> _T:
    """
    Return what *work* returns. Garbage is not collected meanwhile: a pass over the hundred
    thousand nodes of a long page stops every thread for a tenth of a second.
    """
    with _no_collection():
        return work()


_counting = Lock()
_working: list[bool] = []
"""For each piece of work under way, whether garbage was collected when it began."""


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector resting until the last of those who asked for that has left."""
    with _counting:
        _working.append(gc.isenabled() or any(_working))
        gc.disable()
    try:
        yield
    finally:
        with _counting:
            collected = _working.pop()
            if collected and not _working:
                gc.enable()
