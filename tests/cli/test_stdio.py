"""Standard input, output and error, whatever a shell made of them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from streams.settings import Settings
from tests.support.command_line import Env, in_shell, process, processed

FULL = "No space left on device"


@pytest.mark.parametrize("command", ["--help", "check", "tail --from-beginning --count 2"])
async def test_output_that_cannot_be_written(env: Env, settings: Settings, command: str) -> None:
    """
    Output that goes nowhere is said in a sentence: exit code 2.
    """
    await process(settings, processed("A"), processed("B"))
    done = in_shell(f"{command} >/dev/full", env=env)

    assert done.returncode == 2
    assert FULL in done.stderr
    assert done.stderr.count("\n") == 1


def test_errors_that_cannot_be_written(nowhere: Env) -> None:
    """
    The exit code still says what was wrong when nothing else can.
    """
    assert in_shell("topics 2>/dev/full", env=nowhere).returncode == 3
    assert in_shell("topics 2>&-", env=nowhere).returncode == 3


@pytest.mark.parametrize("command", ["kb search x >&-", "publish - <&-", "publish - <&- >&- 2>&-"])
def test_closed_streams(env: Env, command: str) -> None:
    """
    A command whose standard streams are closed runs as if they were /dev/null.
    """
    done = in_shell(command, env=env)

    assert done.returncode == 0
    assert "a bug" not in done.stderr


def test_help_for_a_reader_that_has_gone(env: Env) -> None:
    """
    Whatever was to be shown, a reader that has gone is 141.
    """
    ours, its = os.pipe()
    os.close(ours)
    with os.fdopen(its, "w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "streams.cli.main", "--help"],
            env=env,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert (done.returncode, done.stderr) == (141, "")
