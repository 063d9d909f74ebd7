"""SIGTERM, SIGINT, and the end of the process that started this one, as something to wait for."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Request(asyncio.Event):
    """Is set when the process is asked to end."""

    by: signal.Signals | None = None
    """What asked first: None if it was the end of the process that started this one."""


def requested() -> Request:
    """
    Return what is set when the process is asked to end.

    The second time, by either signal, it ends at once: Python's own way would be a traceback.
    """
    loop, event = asyncio.get_running_loop(), Request()

    def ask(number: signal.Signals) -> None:
        event.by = event.by or number
        event.set()
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)

    parent = multiprocessing.parent_process()
    if parent:
        loop.add_reader(parent.sentinel, event.set)
    for number in _SIGNALS:
        loop.add_signal_handler(number, ask, number)
    return event
