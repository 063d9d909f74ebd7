"""
Where the running `ticketstream up` is, so that other commands find it from a second terminal.

A small JSON file in the user's state folder, there for as long as `up` runs. It is the same file
for every checkout of the user's: a command says which `up` it found, and asks for one if
several run. Where the environment gives brokers, none is looked for.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
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
    with ExitStack() as life:
        try:
            with _locked():
                life.enter_context(_sign_of_life(up))
                _write([*_read(), up])
        except OSError as error:
            terminal.note(
                f"{file()} cannot be written ({os.strerror(error.errno or 0)}): other commands"
                f" find this by TICKETSTREAM_KAFKA_BROKERS={up.brokers}"
            )
        try:
            yield
        finally:
            with suppress(OSError), _locked():
                _write([other for other in _read() if other != up])
                _sign(up).unlink(missing_ok=True)


def only_up() -> Up | None:
    """Return the `up` that runs, if it is the only one. What a killed one left is ignored."""
    ups = _running()
    return ups[0] if len(ups) == 1 else None


def settings_with_up() -> Settings:
    """
    Return the settings of the environment; without brokers there, those of the running `up`.

    Says on standard error which `up` that is.

    Raises:
        ConfigurationError: A name is not a setting's, a value does not fit, or several `up` run
            and the environment chooses none.
    """
    read = settings.read_settings()
    if "kafka_brokers" in read.model_fields_set or not (ups := _running()):
        return read
    if len(ups) > 1:
        raise ConfigurationError(_choice(ups))
    terminal.note(f"Kafka at {ups[0].brokers}, of the ticketstream up {_told(ups[0])}")
    return read.model_copy(update=connection(ups[0].brokers))


def connection(brokers: str) -> dict[str, object]:
    """Return the settings by which the embedded Kafka at *brokers* is reached."""
    return {
        "kafka_brokers": brokers,
        "kafka_security_protocol": "PLAINTEXT",
        "kafka_username": "",
    }


def _choice(ups: Sequence[Up]) -> str:
    """Return what to set to choose one of *ups*."""
    lines = [f"  TICKETSTREAM_KAFKA_BROKERS={up.brokers}  for the one {_told(up)}" for up in ups]
    return "\n".join((f"{len(ups)} ticketstream up are running: choose one by", *lines))


def _told(up: Up) -> str:
    """Return how a person tells *up* from others."""
    place = f"in {up.folder} " if up.folder else ""
    return f"started {place}as process {up.pid}"


def _running() -> list[Up]:
    return [up for up in _read() if _is_alive(up)]


@contextmanager
def _locked() -> Iterator[None]:
    """Let no other process change the file before the block ends."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read() -> list[Up]:
    """Return those that were announced, the latest last."""
    with suppress(OSError, ValueError, TypeError):
        return [Up(**up) for up in json.loads(file().read_text())]
    return []


def _write(ups: list[Up]) -> None:
    path, alive = file(), [up for up in ups if _is_alive(up)]
    for dead in (up for up in ups if up not in alive):
        _sign(dead).unlink(missing_ok=True)
    if not alive:
        path.unlink(missing_ok=True)
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as new:
        json.dump([asdict(up) for up in alive], new)
    os.replace(new.name, path)


def _sign(up: Up) -> Path:
    """Return the file that *up* keeps locked as long as it lives."""
    return file().with_name(f"up-{up.pid}-{up.brokers.rpartition(':')[2]}.lock")


@contextmanager
def _sign_of_life(up: Up) -> Iterator[None]:
    """Keep *up*'s file locked; the lock ends with the process, however that ends."""
    with _sign(up).open("w") as sign:
        fcntl.flock(sign, fcntl.LOCK_EX)
        yield


def _is_alive(up: Up) -> bool:
    """Say whether *up* runs: its process id alone may by now be another process's."""
    try:
        with _sign(up).open() as sign:
            fcntl.flock(sign, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # an older version's has no such file
        return _is_process(up.pid)
    return False


def _is_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's, so it is there
        return True
    return True
