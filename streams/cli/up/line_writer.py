"""Lines on their way to standard output, whether somebody reads them or not."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from queue import Queue
from threading import Thread

from streams.cli import stdio


class LineWriter:
    """Writes lines to standard output. A reader that does not read holds up only them."""

    def __init__(self) -> None:
        self._waiting: Queue[bytes | Future[None]] = Queue()
        self._failed: Future[None] = Future()
        Thread(target=self._write, daemon=True).start()

    def put(self, line: bytes) -> None:
        """Have *line* written once all before it are."""
        self._waiting.put(line)

    async def written(self) -> None:
        """Return when all is written, which is never if `failed` raises."""
        mark: Future[None] = Future()
        self._waiting.put(mark)
        await asyncio.wrap_future(mark)

    async def failed(self) -> None:
        """Raise what is in the way of writing, once something is."""
        await asyncio.wrap_future(self._failed)

    def _write(self) -> None:
        try:
            while True:
                line = self._waiting.get()
                if isinstance(line, bytes):
                    stdio.write_bytes(line + b"\n")
                elif line.set_running_or_notify_cancel():
                    line.set_result(None)
        except (stdio.ReaderGone, stdio.Unwritable) as error:
            if self._failed.set_running_or_notify_cancel():
                self._failed.set_exception(error)
