"""Signals, before a command works and while it does."""

from __future__ import annotations

import subprocess
import sys

import pytest

SWALLOWS = """
import os, signal
from streams.cli import ending
ending.{how}()
try:
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
    done = ended("end_on_the_spot", name)

    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_what_has_begun_can_be_undone(name: str) -> None:
    """
    While a command works, a signal is an exception: what it opened is closed on its way out.
    """
    assert ended("end_in_order", name).stdout == "swallowed\n"


def ended(how: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run the program that swallows exceptions."""
    program = SWALLOWS.format(how=how, name=name)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
