"""
Files that an operator writes: how they are read, and how the mistakes in them are told.

A mistake is named by its line and column, and never by what stands there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import yaml

from streams.errors import ConfigurationError

MOST_BYTES = 4_000_000
MOST_SHOWN = 50
"""Mistakes that are shown of one file; of the rest it is said from which line on they are."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong, where: line and column from 1, and the field if there is one."""

    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"

    @classmethod
    def marked(cls, mark: yaml.Mark, reason: str) -> Mistake:
        """Return the mistake for *reason* at *mark*."""
        return cls(mark.line + 1, mark.column + 1, reason)


def told(path: Path, mistakes: list[Mistake]) -> str:
    """Return *mistakes* as one sentence, or as a heading and a line for each."""
    ordered = sorted(mistakes, key=lambda m: (m.line, m.column))
    if len(ordered) == 1:
        return f"{path}, {ordered[0]}"
    lines = [f"{path}: {len(ordered)} mistakes", *map(str, ordered[:MOST_SHOWN])]
    if rest := ordered[MOST_SHOWN:]:
        lines.append(f"and {len(rest)} more, from line {rest[0].line} on")
    return "\n  ".join(lines)


def operator_text(path: Path) -> str:
    """
    Return what the file at *path* says.

    Raises:
        ConfigurationError: It cannot be read, is too large, or is not UTF-8.
    """
    try:
        if path.exists() and not path.is_file():  # to open a pipe waits for its writer
            raise ConfigurationError(f"{path}: is no file")
        if path.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{path}: is larger than {MOST_BYTES:,} bytes")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = os.strerror(getattr(error, "errno", None) or 0) if isinstance(error, OSError) else ""
        raise ConfigurationError(f"{path}: cannot be read ({why or 'no such name'})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}, line {line}: is not UTF-8: save it as UTF-8") from None
