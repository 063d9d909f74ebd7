"""The parts of `up`: two worker processes, and the sidecar in this one."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess

import structlog
import uvloop

from streams.cli import stdio, terminal
from streams.errors import Unavailable
from streams.service import logs
from streams.service.trace_export import traces_exported
from streams.settings import Settings

WORKERS = (("triage", "retrieval"), ("drafting", "policy"))
"""Which stages each worker process hosts: two, so that they use two cores."""
_BEFORE_END_SECONDS = 10
"""Time for a worker, beyond its grace time, to leave its groups."""
_ENDED_WELL = (0, -signal.SIGTERM)
"""Exit codes of a worker that we ended: it drained, or had not begun."""
Work = Callable[[Settings, Sequence[str]], None]


def work(settings: Settings, stages: Sequence[str]) -> None:
    """Be a worker process. It ends, too, when the process that started it is gone."""
    from streams import worker
    from streams.delivery import publishing  # only here: who waits for workers needs none of it

    stdio.prepare()
    shown = {publishing.DEAD_LETTER} if terminal.is_read_by_person() else set()
    logs.configure(settings, without=shown)
    try:
        with traces_exported("worker"):
            code = uvloop.run(worker.run(settings, stages, in_step=True))
    except Exception:  # multiprocessing would show its words
        structlog.get_logger().exception("worker did not start")
        code = 1
    sys.exit(code)


@asynccontextmanager
async def workers(settings: Settings, work: Work = work) -> AsyncIterator[asyncio.Task[None]]:
    """
    Have the workers run until the block ends. Yields a task that is done when one has ended.

    Raises:
        Unavailable: A worker could not be started, or did not end well.
    """
    spawn = multiprocessing.get_context("spawn")
    started: list[BaseProcess] = []
    try:
        for stages in WORKERS:
            process = spawn.Process(target=work, args=(settings, stages))
            _start(process)
            started.append(process)
        yield asyncio.create_task(_ended(started))
    finally:
        await _end(started, settings.grace_seconds + _BEFORE_END_SECONDS)
    codes = [p.exitcode for p in started if p.exitcode not in _ENDED_WELL]
    if codes:
        raise Unavailable(f"a worker ended with code {codes[0]}: what it said last says why")


def _start(process: BaseProcess) -> None:
    try:
        with _ctrl_c_held_back():
            process.start()
    except OSError as error:
        raise Unavailable(f"a worker process cannot be started ({error.strerror})") from None


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """
    Let a process that is started in the block hear nothing of Ctrl-C.

    A terminal sends it to every process. This one ends the others, in order and not while they
    are still loading their modules. The tracker, which starts with the first of them, would
    unblock it: it has to run before.
    """
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def _ended(workers: Sequence[BaseProcess]) -> None:
    """Return when one of *workers* has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    sentinels = [process.sentinel for process in workers]
    for sentinel in sentinels:
        loop.add_reader(sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        for sentinel in sentinels:
            loop.remove_reader(sentinel)


async def _end(workers: Sequence[BaseProcess], seconds: float) -> None:
    """Ask *workers* to drain, and kill those that need longer than *seconds*."""
    for process in workers:
        process.terminate()
    for process in workers:
        await asyncio.to_thread(process.join, seconds)
        process.kill()
        await asyncio.to_thread(process.join)
