"""`ticketstream` commands as processes of their own, ended by their id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from streams.settings import Settings


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return this process's environment with *settings*, and *more* variables."""
    given = {
        f"TICKETSTREAM_{name.upper()}": _written(getattr(settings, name))
        for name in settings.model_fields_set
    }
    return {**os.environ, **given, **more}


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def said(process: subprocess.Popen[str], field: str, event: str) -> str:
    """Return *field* of the first *event* that *process* logs as JSON, once it does."""
    assert process.stderr
    for line in process.stderr:
        if line.startswith("{") and (logged := json.loads(line))["event"] == event:
            return str(logged[field])
    raise AssertionError(f"{event!r} was never logged")


@contextmanager
def ticketstream(
    *arguments: str,
    settings: Settings,
    stderr: int | None = None,
    program: str = "from streams.cli.main import main; main()",
    packages: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """
    Run a command until the block ends; then it is asked to end, and killed if it does not.

    *packages*: a folder whose packages go before those of this checkout.
    """
    path = {"PYTHONPATH": str(packages)} if packages else {}
    process = subprocess.Popen(
        [sys.executable, *(["-P"] if packages else []), "-c", program, *arguments],
        env=environment(settings, TICKETSTREAM_WORKER_HTTP_PORT="0", **path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        process.communicate()
