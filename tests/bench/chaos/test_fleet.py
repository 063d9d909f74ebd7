"""Workers that are kept alive: here processes of a few lines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from signal import SIGKILL, SIGSTOP, SIGTERM

import pytest

from bench.chaos.fleet import Command, Fleet, KeptWorker

LIVES = "import time; print('started', flush=True); time.sleep(600)"
ENDS = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(os.environ["CHAOS_WORKER"], os.environ["TICKETSTREAM_OPENAI_API_KEY"], os.environ["OWN"])
print('{"event": "held"}')
print('started', flush=True)
time.sleep(600)
"""


def command(program: str) -> Command:
    """Return what runs *program*."""
    return Command([sys.executable, "-c", program], {"OWN": "given"})


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    """Return a fleet without workers."""
    async with Fleet(tmp_path) as fleet:
        yield fleet


async def until_it_runs_again(worker: KeptWorker, count: int = 2) -> None:
    """Return when *worker* has started *count* times."""
    async with asyncio.timeout(60):
        while worker.says().count(b"started") < count:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.02)


async def test_each_has_a_name_and_a_log(fleet: Fleet) -> None:
    """
    A worker knows its name, which is its key at the model, and what its command gives it.
    """
    one, two = await fleet.start(command(ENDS), 2)

    assert [one.name, two.name] == ["worker-1", "worker-2"]
    assert two.says().split()[:3] == [b"worker-2", b"worker-2", b"given"]
    assert fleet.said("held") == 2
    assert fleet.said("never") == 0
    assert fleet.named(["worker-2", "worker-9"]) == [two]


async def test_a_killed_one_is_started_again(fleet: Fleet) -> None:
    """
    A death of our doing is counted, and is not one by itself.
    """
    (worker,) = await fleet.start(command(LIVES))

    assert worker.send(SIGKILL)
    await until_it_runs_again(worker)

    assert (fleet.deaths, fleet.by_themselves) == (1, 0)


async def test_one_that_ends_by_itself(fleet: Fleet) -> None:
    """
    It is started again as well, and counted as what it is.
    """
    (worker,) = await fleet.start(command("print('started', flush=True)"))

    await until_it_runs_again(worker)

    assert fleet.deaths == fleet.by_themselves >= 1


async def test_one_that_is_asked_to_end(fleet: Fleet) -> None:
    """
    It ends, is not started again, and is no death.
    """
    (worker,) = await fleet.start(command(ENDS))

    await fleet.stop(worker)

    assert worker.process
    assert worker.process.returncode == 0
    assert (fleet.deaths, fleet.forced, fleet.workers) == (0, 0, [])
    assert not worker.send(SIGTERM)


async def test_one_that_sleeps_hears_it_too(fleet: Fleet) -> None:
    """
    A stopped process is woken, so that it can end well.
    """
    (worker,) = await fleet.start(command(ENDS))
    worker.send(SIGSTOP)

    await fleet.stop(worker)

    assert worker.process
    assert worker.process.returncode == 0


async def test_one_takes_the_place_of_another(fleet: Fleet) -> None:
    """
    A replacement has a name of its own; the one before is gone.
    """
    (worker,) = await fleet.start(command(LIVES))

    other = await fleet.restart(worker, command(ENDS))

    assert fleet.workers == [other]
    assert other.name == "worker-2"


async def test_all_end_with_the_block(tmp_path: Path) -> None:
    """
    No process is left behind, whatever it does.
    """
    async with Fleet(tmp_path) as fleet:
        workers = await fleet.start(command(LIVES), 2)

    assert all(w.process and w.process.returncode is not None for w in workers)
