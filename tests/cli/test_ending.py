"""Signals, before a command works and while it does."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from streams.cli import ending

SWALLOWS = """
import os, signal
from contextlib import nullcontext
from streams.cli import ending
{before}
try:
  with {within}:
    os.kill(os.getpid(), signal.{name})
    for _ in range(10**7): pass
except BaseException:
    print("swallowed")
"""
"""A library that goes on after any exception."""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_no_import_swallows_it(name: str, code: int) -> None:
    """
    While a command loads, a signal ends the process, whatever a library catches.
    """
    done = ended(name, before="ending.end_on_the_spot()")

    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_what_has_begun_can_be_undone(name: str) -> None:
    """
    While a command works, a signal is an exception: what it opened is closed on its way out.
    """
    done = ended(name, before="ending.end_on_the_spot()", within="ending.in_order()")

    assert done.stdout == "swallowed\n"


def test_signals_are_given_back() -> None:
    """
    When a command has worked, its signals are what they were before.
    """
    here = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with ending.in_order():
        assert signal.getsignal(signal.SIGTERM) is not here[1]

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == here


async def test_another_thread() -> None:
    """
    Only the main thread may handle signals; a command in another one leaves them alone.
    """
    assert await asyncio.to_thread(_within)


def _within() -> bool:
    with ending.in_order():
        return True


def ended(
    name: str, *, before: str, within: str = "nullcontext()"
) -> subprocess.CompletedProcess[str]:
    """Run the program that swallows exceptions."""
    program = SWALLOWS.format(name=name, before=before, within=within)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
