"""Closing Kafka's clients, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

CLOSE_SECONDS = 3.0
"""That a client gets to close its connections, or to send what still waits to be sent."""


async def close(*steps: Coroutine[Any, Any, None]) -> None:
    """
    Await each of *steps*, at most CLOSE_SECONDS each; an error of one does not stop the next.

    Each is a task of its own: while Kafka is away, aiokafka 0.14's `stop` can raise the
    CancelledError of a fetch that it cancelled itself, which must not be taken for ours.
    """
    for step in steps:
        task = asyncio.create_task(step)
        await asyncio.wait({task}, timeout=CLOSE_SECONDS)
        if not task.done():
            task.cancel()
        elif not task.cancelled():
            task.exception()  # looked at, or asyncio complains
