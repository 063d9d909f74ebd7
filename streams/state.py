"""
Where the running `ticketstream up` is, so that other commands find it from a second terminal.

A small JSON file in the user's state folder, there for as long as `up` runs. Of several that
run at the same time the latest is found.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_state_path

from streams import settings
from streams.settings import Settings


@dataclass(frozen=True)
class Up:
    """A running `up`: its process, its brokers as host:port, the address of its API."""

    pid: int
    brokers: str
    url: str


def file() -> Path:
    """Return where the state file is."""
    return user_state_path("ticketstream") / "up.json"


@contextmanager
def announced(up: Up) -> Iterator[None]:
    """Let other commands find *up* until the block ends. The file appears whole or not at all."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as new:
        json.dump(asdict(up), new)
    os.replace(new.name, path)
    try:
        yield
    finally:
        if _read() == up:  # else a later one has taken the place
            path.unlink(missing_ok=True)


def running() -> Up | None:
    """Return the `up` that runs, or None. A file that a killed one left behind is ignored."""
    up = _read()
    return up if up and _is_alive(up.pid) else None


def settings_here() -> Settings:
    """
    Return the settings of the environment; without brokers there, those of the running `up`.

    Raises:
        ConfigurationError: A name is not a setting's, or a value does not fit.
    """
    read = settings.read()
    if "kafka_brokers" not in read.model_fields_set and (up := running()):
        return read.model_copy(update={"kafka_brokers": up.brokers})
    return read


def _read() -> Up | None:
    with suppress(OSError, ValueError, TypeError):
        return Up(**json.loads(file().read_text()))
    return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, so it is there
        return True
    return True
