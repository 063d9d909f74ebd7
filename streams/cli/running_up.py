"""
Where the running `ticketstream up` is, so that other commands find it from a second terminal.

A small JSON file in the user's state folder, there for as long as `up` runs. It is the same file
for every checkout of the user's: a command says which `up` it found, and asks for one if
several run. Where the environment gives brokers, none is looked for.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_state_path

from streams import settings
from streams.cli import terminal
from streams.errors import ConfigurationError
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
    """Return the `up` that runs, if it is the only one. What a killed one left is ignored."""
    ups = _running()
    return ups[0] if len(ups) == 1 else None


def settings_here() -> Settings:
    """
    Return the settings of the environment; without brokers there, those of the running `up`.

    Says on standard error which `up` that is.

    Raises:
        ConfigurationError: A name is not a setting's, a value does not fit, or several `up` run
            and the environment chooses none.
    """
    read = settings.read()
    if "kafka_brokers" in read.model_fields_set or not (ups := _running()):
        return read
    if len(ups) > 1:
        raise ConfigurationError(_choice(ups))
    terminal.note(f"Kafka at {ups[0].brokers}, of the ticketstream up {_told(ups[0])}")
    return read.model_copy(update={"kafka_brokers": ups[0].brokers})


def _choice(ups: Sequence[Up]) -> str:
    """Return what to set to choose one of *ups*."""
    lines = [f"  TICKETSTREAM_KAFKA_BROKERS={up.brokers}  for the one {_told(up)}" for up in ups]
    return "\n".join((f"{len(ups)} ticketstream up are running: choose one by", *lines))


def _told(up: Up) -> str:
    """Return how a person tells *up* from others."""
    place = f"in {up.folder} " if up.folder else ""
    return f"started {place}as process {up.pid}"


def _running() -> list[Up]:
    return [up for up in _read() if _is_alive(up.pid)]


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
