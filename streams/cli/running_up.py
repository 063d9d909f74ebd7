"""
Where the running `ticketstream up` is, so that other commands find it from a second terminal.

A small JSON file in the user's state folder, there for as long as `up` runs. Of several that
run at the same time the latest is found, and after its end the one before.
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
from streams.cli import terminal
from streams.settings import Settings


@dataclass(frozen=True)
class Up:
    """A running `up`: its process, its brokers as host:port, its API's address, its folder."""

    pid: int
    brokers: str
    url: str
    folder: str = ""


def file() -> Path:
    """Return where the state file is."""
    return user_state_path("ticketstream") / "up.json"


@contextmanager
def announced(up: Up) -> Iterator[None]:
    """
    Let other commands find *up* until the block ends; say so if they cannot.

    The file appears whole or not at all.
    """
    try:
        _write([*_read(), up])
    except OSError as error:
        terminal.note(
            f"{file()} cannot be written ({os.strerror(error.errno or 0)}): other commands"
            f" find this by TICKETSTREAM_KAFKA_BROKERS={up.brokers}"
        )
    try:
        yield
    finally:
        with suppress(OSError):
            _write([other for other in _read() if other != up])


def running() -> Up | None:
    """Return the latest `up` that runs, or None. What a killed one left behind is ignored."""
    return next((up for up in reversed(_read()) if _is_alive(up.pid)), None)


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


def _read() -> list[Up]:
    """Return those that were announced, the latest last."""
    with suppress(OSError, ValueError, TypeError):
        return [Up(**up) for up in json.loads(file().read_text())]
    return []


def _write(ups: list[Up]) -> None:
    path, ups = file(), [up for up in ups if _is_alive(up.pid)]
    if not ups:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as new:
        json.dump([asdict(up) for up in ups], new)
    os.replace(new.name, path)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, so it is there
        return True
    return True
