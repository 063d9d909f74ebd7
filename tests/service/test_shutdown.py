"""How a process is asked to end: in a process of its own, which gets real signals."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from streams.service import shutdown

PROGRAM = """
import asyncio
from streams.service import shutdown

async def main():
    end = shutdown.requested()
    print("ready", flush=True)
    await end.wait()
    print(end.by.name if end.by else "nobody", flush=True)
    await asyncio.sleep({lingers})

asyncio.run(main())
"""


def asked(*numbers: signal.Signals, lingers: float = 0) -> tuple[int, list[str], str]:
    """Return exit code, lines and standard error of a process that got these signals in turn."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(lingers=lingers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        lines = []
        for number in numbers:
            lines.append(process.stdout.readline().strip())
            process.send_signal(number)
        out, said = process.communicate(timeout=60)
    return process.returncode, [*lines, *out.split()], said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_something_to_wait_for(number: signal.Signals) -> None:
    """
    The process goes on, knows what asked it, and ends in its own way.
    """
    assert asked(number) == (0, ["ready", number.name], "")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGINT, signal.SIGTERM),
        (signal.SIGTERM, signal.SIGINT),
    ],
)
def test_the_second_ends_it_at_once(first: signal.Signals, second: signal.Signals) -> None:
    """
    Whoever asks twice, by either signal, does not wait, and reads no traceback.
    """
    assert asked(first, second, lingers=600) == (-second, ["ready", first.name], "")


def _waits(ready: int, done: int) -> None:
    """Wait to be asked, as a process that another one has started; then say who asked."""

    async def main() -> None:
        end = shutdown.requested()
        os.write(ready, b".")
        await end.wait()
        os.write(done, (end.by.name if end.by else "nobody").encode())

    asyncio.run(main())


STARTER = """
import multiprocessing, sys, time
from tests.service.test_shutdown import _waits

if __name__ == "__main__":
    ready, done = map(int, sys.argv[1:])
    multiprocessing.get_context("fork").Process(target=_waits, args=(ready, done)).start()
    time.sleep(600)
"""


def test_the_end_of_who_started_it() -> None:
    """
    A process whose starter was killed ends, too: nobody else would ask it.
    """
    ready, ready_in = os.pipe()
    done, done_in = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(ready_in), str(done_in)],
        pass_fds=(ready_in, done_in),
    ) as starter:
        os.close(ready_in)
        os.close(done_in)
        assert os.read(ready, 1) == b"."
        starter.kill()

    assert os.read(done, 100) == b"nobody"
    os.close(ready)
    os.close(done)
