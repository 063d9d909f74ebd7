"""Rows of JSON from files and folders. What cannot be read is named by its place."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from streams.errors import ConfigurationError
from streams.near_names import names_like

ONE, LINES = (".json",), (".jsonl", ".ndjson")
"""Suffixes of files with one value, an object or a list of them, and of files with one a line."""


@dataclass(frozen=True)
class InputRow:
    """An object, where it stands, and a name for it if it has none of its own."""

    place: str
    name: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class BrokenRow:
    """What is no row that can be used. *reason* names fields, never their values."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def rows_at(path: Path) -> Iterator[InputRow | BrokenRow]:
    """
    Yield the objects of the file at *path*, or of all files of JSON in the folder there.

    Raises:
        ConfigurationError: There is nothing, or it cannot be read.
    """
    files = sorted(_files_in(path)) if path.is_dir() else [path]
    if not files:
        raise ConfigurationError(f"{path}: no file that ends in {', '.join((*ONE, *LINES))}")
    for file in files:
        try:
            content = file.read_bytes().removeprefix(BOM_UTF8)
        except OSError as error:
            raise ConfigurationError(f"{file}: it cannot be read ({error.strerror})") from None
        yield from _rows_of(file, content)


def misspelt(fields: Iterable[str], known: Iterable[str]) -> str | None:
    """Return what to say of the first of *fields* that is nearly one of *known*, which lacks."""
    names, there = set(known), set(fields)
    for field in sorted(there - names):
        if near := names_like(field, names - there):
            return f"{field}: unknown; did you mean {' or '.join(near)}?"
    return None


def _files_in(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        inside = file.relative_to(folder).parts
        if file.suffix in (*ONE, *LINES) and not any(part.startswith(".") for part in inside):
            yield file


def _rows_of(file: Path, content: bytes) -> Iterator[InputRow | BrokenRow]:
    if file.suffix in ONE:
        yield from _row_or_list(file, content)
        return
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield _row(f"{file}, line {number}", f"{file.stem}-{number}", _parsed(line))


def _row_or_list(file: Path, content: bytes) -> Iterator[InputRow | BrokenRow]:
    value = _parsed(content)
    if not isinstance(value, list):
        yield _row(str(file), file.stem, value)
        return
    for number, one in enumerate(value, start=1):
        yield _row(f"{file}, item {number}", f"{file.stem}-{number}", one)


def _parsed(content: bytes) -> Any:
    """Return the value in *content*; None if it is not JSON, which no row is either."""
    try:
        return from_json(content)
    except ValueError:
        return None


def _row(place: str, name: str, value: Any) -> InputRow | BrokenRow:
    if isinstance(value, dict):
        return InputRow(place, name, value)
    return BrokenRow(place, "it is not a JSON object")
