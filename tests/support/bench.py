"""The programs under `bench/`, each run as a person runs it: `python -m bench....`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
END_SECONDS = 60


def done(
    program: str, *arguments: str | Path, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """
    Return what came of *program*, a module; one that takes longer than *seconds* is interrupted.

    By Ctrl-C: then it takes away the servers that it has started.
    """
    with subprocess.Popen(
        [sys.executable, "-m", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            out, said = process.communicate(timeout=seconds)
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=END_SECONDS)
            finally:
                process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


def printed(program: str, *arguments: str | Path, seconds: float = 300) -> str:
    """Return what *program* prints; it ends well."""
    made = done(program, *arguments, seconds=seconds)
    assert made.returncode == 0, made.stderr
    return made.stdout


def figures(program: str, *arguments: str | Path, seconds: float = 300) -> list[dict[str, Any]]:
    """Return the JSON Lines that *program* prints."""
    return [json.loads(line) for line in printed(program, *arguments, seconds=seconds).splitlines()]
