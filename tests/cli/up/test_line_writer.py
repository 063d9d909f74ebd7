"""Lines on their way to standard output, whoever reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streams.cli.up.line_writer import LineWriter

PROGRAM = """
import asyncio, sys
from streams.cli import stdio
from streams.cli.up.line_writer import LineWriter

async def main():
    lines = LineWriter()
    for _ in range({count}):
        lines.put(b"x" * 1000)
    print("put", file=sys.stderr, flush=True)
    try:
        await asyncio.wait_for({waits}, {seconds})
    except (TimeoutError, stdio.ReaderGone, stdio.Unwritable) as error:
        print(type(error).__name__, file=sys.stderr, flush=True)

asyncio.run(main())
"""


async def test_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Lines come out whole, in the order in which they were put; `written` waits for all of them.
    """
    lines = LineWriter()
    for number in range(1000):
        lines.put(b"%d" % number)
    await lines.written()

    assert capfd.readouterr().out.splitlines() == [str(number) for number in range(1000)]


async def test_nothing_to_write(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Without a line there is nothing to wait for, and nothing comes out.
    """
    await LineWriter().written()

    assert capfd.readouterr().out == ""


def test_a_reader_that_does_not_read() -> None:
    """
    A full pipe keeps neither who puts lines nor the process: it can end.
    """
    program = PROGRAM.format(count=1000, waits="lines.written()", seconds=0.5)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert process.stderr.read().split() == ["put", "TimeoutError"]
        assert process.wait(60) == 0


def test_a_reader_that_has_gone() -> None:
    """
    Who waits for the failure is told of it once the reader has gone.
    """
    program = PROGRAM.format(count=1000, waits="lines.failed()", seconds=60)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read().split() == ["put", "ReaderGone"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full() -> None:
    """
    Output that cannot be written is told as that.
    """
    program = PROGRAM.format(count=1, waits="lines.failed()", seconds=60)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert done.stderr.split() == ["put", "Unwritable"]
