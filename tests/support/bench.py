"""The programs under `bench/`, each run as a person runs it: `python -m bench....`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
END_SECONDS = 60


def done(
    program: str, *arguments: str | Path, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """
    Return what came of *program*, a module; one that takes longer than *seconds* is interrupted.

    By Ctrl-C: then it takes away the servers that it has started. The error has a note of where
    it was.
    """
    with subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            out, said = process.communicate(timeout=seconds)
        except BaseException as error:
            error.add_note(_interrupted(process))
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


def _interrupted(process: subprocess.Popen[str]) -> str:
    """End *process*, by SIGABRT if Ctrl-C does not, and return what it says of where it was."""
    for number in (signal.SIGINT, signal.SIGABRT):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            _, said = process.communicate(timeout=END_SECONDS)
            return f"{number.name} ended it with {process.returncode}:\n{said}"
    process.kill()
    return "SIGKILL ended it"


def printed(program: str, *arguments: str | Path, seconds: float = 300) -> str:
    """Return what *program* prints; it ends well."""
    made = done(program, *arguments, seconds=seconds)
    assert made.returncode == 0, made.stderr
    return made.stdout


def figures(program: str, *arguments: str | Path, seconds: float = 300) -> list[dict[str, Any]]:
    """Return the JSON Lines that *program* prints."""
    return [json.loads(line) for line in printed(program, *arguments, seconds=seconds).splitlines()]
