"""
How Ctrl-C and SIGTERM end a command, before it works and while it does.

While a command loads, nothing has begun, and the process ends on the spot. An exception does not
always end it then: raised in the middle of an import, it can be swallowed. Of 48 Ctrl-Cs in the
first 1.2 s of `up` one had no effect at all.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from streams.cli.exit_codes import INTERRUPTED, TERMINATED


def end_on_the_spot() -> None:
    """
    Let both signals end the process at once, with the exit code of each.

    Linux spares the first process of a container each signal that it has no handler for.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(TERMINATED))


@contextmanager
def in_order() -> Iterator[None]:
    """
    Let both signals raise inside, so that what has begun is undone first.

    Outside of the main thread, signals are left to whoever runs there.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    before_term = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before_term)
        signal.signal(signal.SIGINT, before)


def _exit(_: int, __: FrameType | None) -> None:
    sys.exit(TERMINATED)
