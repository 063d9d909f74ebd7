"""The worker processes of `up`: how they begin and end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from multiprocessing.context import SpawnProcess

import pytest

from streams.cli.up.parts import workers
from streams.errors import Unavailable
from streams.settings import Settings


def sleeps(settings: Settings, stages: Sequence[str]) -> None:
    """Work until SIGTERM, which ends it as it does by default."""
    time.sleep(60)


def fails_to_drain(settings: Settings, stages: Sequence[str]) -> None:
    """Work until SIGTERM, then fail."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    os.kill(os.getppid(), signal.SIGUSR1)
    time.sleep(60)


def gets_ctrl_c(settings: Settings, stages: Sequence[str]) -> None:
    """Work until SIGTERM, though Ctrl-C comes to this process, too."""
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getppid(), signal.SIGUSR1)
    time.sleep(60)


@pytest.fixture
async def working() -> AsyncIterator[asyncio.Event]:
    """Return what is set when a worker says that it works."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, event.set)
    yield event
    loop.remove_signal_handler(signal.SIGUSR1)


async def test_one_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    If a process cannot be started, that is said, and the one that did start is ended.
    """
    begin = SpawnProcess.start
    started: list[SpawnProcess] = []

    def start(process: SpawnProcess) -> None:
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        begin(process)
        started.append(process)

    monkeypatch.setattr(SpawnProcess, "start", start)

    with pytest.raises(Unavailable, match="Resource temporarily unavailable"):
        async with workers(Settings(), sleeps):
            raise AssertionError
    assert [process.exitcode for process in started] == [-signal.SIGTERM]


async def test_one_that_fails_while_it_drains(working: asyncio.Event) -> None:
    """
    A worker that does not end well is an error, though it was asked to end.
    """
    with pytest.raises(Unavailable, match="ended with code 7"):
        async with workers(Settings(), fails_to_drain):
            await working.wait()


async def test_one_that_has_not_begun() -> None:
    """
    A worker that is ended while it loads is no error.
    """
    async with workers(Settings(), sleeps) as ended:
        assert not ended.done()


def test_ctrl_c_while_they_load() -> None:
    """
    Ctrl-C is held back from each worker before its first line of Python runs.
    """
    program = (
        "import asyncio, multiprocessing\n"
        "from pathlib import Path\n"
        "from streams.cli.up.parts import workers\n"
        "from streams.settings import Settings\n"
        "from tests.cli.up.test_parts import sleeps\n"
        "async def look():\n"
        "    async with workers(Settings(), sleeps):\n"
        "        for process in multiprocessing.active_children():\n"
        "            print(Path(f'/proc/{process.pid}/status').read_text())\n"
        "asyncio.run(look())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    blocked = re.findall(r"^SigBlk:\s*(\w+)", done.stdout, re.MULTILINE)
    assert [int(mask, 16) >> signal.SIGINT - 1 & 1 for mask in blocked] == [1, 1], done.stderr


async def test_ctrl_c_at_a_terminal(working: asyncio.Event) -> None:
    """
    A terminal's Ctrl-C, which every process gets, ends no worker on its own.
    """
    async with workers(Settings(), gets_ctrl_c) as ended:
        works = asyncio.create_task(working.wait())
        await asyncio.wait({ended, works}, return_when=asyncio.FIRST_COMPLETED)
        assert works.done()
        assert not ended.done()
