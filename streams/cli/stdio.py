"""
Standard input, output and error of a command, whatever a shell made of them.

A closed one becomes /dev/null, before something else can be opened in its place. Output that
cannot be written ends the command with one of the two errors here; what is left unwritten is
then dropped, so that ending does not fail once more. Standard error that cannot be written is
nobody's to hear of.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReaderGone(Exception):
    """Whoever read standard output has enough."""


class Unwritable(Exception):
    """Standard output does not take what is written. The text says why, and what to do."""


def prepare() -> None:
    """Make `sys.stdin`, `sys.stdout` and `sys.stderr` what is said above. To be called first."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:  # the lowest that is free: this one was closed
        os.set_inheritable(descriptor, True)
        descriptor = os.dup(descriptor)
    os.close(descriptor)
    sys.stdin = sys.stdin or io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    sys.stdout = _text(_Output(1, "wb", closefd=False), sys.stdout)
    sys.stderr = _text(_Error(2, "wb", closefd=False), sys.stderr)


def _text(raw: io.FileIO, before: TextIO | None) -> TextIO:
    """Return *raw* for text in the encoding that Python chose *before*; none of it is an error."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=before.encoding if before else "utf-8",
        errors="backslashreplace",
        line_buffering=raw.fileno() == 2 or raw.isatty(),
    )


def write_bytes(data: bytes) -> None:
    """Write *data* to standard output past all buffers: a reader that waits holds up no other."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError as error:
        raise _told(error) from None


class _Output(io.FileIO):
    """Standard output: the first failure is told, and the rest is dropped."""

    _failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        if not self._failed:
            try:
                return super().write(data)
            except OSError as error:
                self._failed = True
                raise _told(error) from None
        return memoryview(data).nbytes


class _Error(io.FileIO):
    """Standard error: what it does not take is dropped."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _told(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return ReaderGone()
    why = os.strerror(error.errno or 0)
    return Unwritable(f"standard output cannot be written ({why}): send it somewhere else")
