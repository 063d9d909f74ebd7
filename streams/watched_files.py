"""
What is made from files that may change while a process runs, such as keys and certificates.

It is made again when one of its files has changed, at the moment at which it is asked for. If
that fails, what was made last stays in use, and the log says so once for each change. Where what
was made last must not stay, the owner says what is used instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from streams.errors import ConfigurationError

_T = TypeVar("_T")
_Seen = tuple[tuple[int, ...] | None, ...]
_log = structlog.get_logger()


class Watched(Generic[_T]):
    """A value made from files. Any thread may ask for it."""

    def __init__(
        self,
        files: Iterable[Path | None],
        make: Callable[[], _T],
        *,
        otherwise: Callable[[ConfigurationError], _T] | None = None,
    ) -> None:
        """
        Make the value for the first time.

        Args:
            files: what it is made from; None stands for a file that no setting names.
            make: makes it.
            otherwise: returns what is used while *make* fails, which is then tried at each call.
                Without it what was made last stays in use.

        Raises:
            ConfigurationError: *make* has raised it: a file cannot be used.
        """
        self._files = tuple(file for file in files if file)
        self._make, self._otherwise = make, otherwise
        self._lock = threading.Lock()
        self._seen: _Seen | None = _stamps(
            self._files
        )  # before the files are read: a later change counts
        self._made = make()

    def current(self) -> _T:
        """Return the value that the files of now give."""
        with self._lock:
            seen = _stamps(self._files)
            if seen != self._seen:
                self._seen = seen
                try:
                    self._made = self._make()
                except ConfigurationError as error:
                    self._failed(error)
            return self._made

    def _failed(self, error: ConfigurationError) -> None:
        if self._otherwise is None:
            _log.error("what was read last stays in use", reason=str(error))
        else:
            self._made, self._seen = self._otherwise(error), None


def read_text(setting: str, file: Path, *, errors: str = "strict") -> str:
    """
    Return what is in *file*, which *setting* names, without a mark of its encoding.

    Args:
        setting: for messages.
        file: what is read.
        errors: what becomes of bytes that are not UTF-8, by Python's names.

    Raises:
        ConfigurationError: It cannot be read; the message says why, and nothing that is in it.
    """
    try:
        return file.read_text(encoding="utf-8-sig", errors=errors)
    except OSError as error:
        raise unreadable(setting, file, error) from None
    except ValueError:
        raise ConfigurationError(f"{setting}: the file {file} is not UTF-8") from None


def unreadable(setting: str, file: Path, error: OSError) -> ConfigurationError:
    """Return what is said of a *file* that cannot be opened or read."""
    return ConfigurationError(f"{setting}: the file {file} cannot be read ({error.strerror})")


def _stamps(files: Sequence[Path]) -> _Seen:
    """Return what tells a file from the one that was there before, None where there is none."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    # The time of the last change of any kind tells also of rights, and of a copy that keeps times.
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
