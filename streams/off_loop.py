"""
Work that computes for long, in a thread of its own, so that the event loop keeps its beat.

One thread does all of it, one piece after the other. Were there several, each of them could keep
Python's interpreter lock from the loop, 5 ms in turn.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

THREAD_NAME = "long-work"

_P = ParamSpec("_P")
_T = TypeVar("_T")
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=THREAD_NAME)


async def off_loop(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """
    Return what *work* returns, or raise what it raises, while the loop goes on.

    A caller that is cancelled does not stop work that has begun: it runs to its end.
    """
    context = contextvars.copy_context()
    doing = partial(context.run, _uncollected, partial(work, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_thread, doing)


def _uncollected(work: Callable[[], _T]) -> _T:
    """
    Return what *work* returns. Garbage is not collected meanwhile: a pass over the hundred
    thousand nodes of a long page stops every thread for a tenth of a second.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return work()
    finally:
        if collects:
            gc.enable()
