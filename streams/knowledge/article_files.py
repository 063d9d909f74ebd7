"""
Reads articles from files and folders. What cannot be read is named, and the rest goes on.

Three forms, by the file's suffix:

* `.md`, `.markdown`: Markdown (`article_markdown.py`).
* `.html`, `.htm`: HTML (`article_html.py`).
* `.jsonl`, `.ndjson`: one `Article` a line.

An article that does not name its doc_id gets one from its canonical URL, or else from the name
of its file or folder (`article_ids.py`); a line of JSON must name it. An id that comes twice is
an error of both, so that a new file never takes the id of an older one, whichever comes first by
name. `article_fields.py` has the rules for fields.
Without a url it is empty, and citations then have no link.
"""

from __future__ import annotations

import codecs
import json
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from schemas import Article
from streams.errors import ConfigurationError
from streams.knowledge.article_fields import article_of, as_sent
from streams.knowledge.article_html import read_html
from streams.knowledge.article_ids import name_of_file
from streams.knowledge.article_markdown import ArticlesRead, read_markdown

__all__ = ["Broken", "articles_in", "as_sent"]


@dataclass(frozen=True)
class Broken:
    """What could not be read: where, and why. *reason* names fields and ids, never other values."""

    file: Path
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else str(self.file)
        return f"{where}: {self.reason}"


def articles_in(*paths: Path) -> Iterator[Article | Broken]:
    """
    Yield the articles in the files and folders at *paths*, files in the order of their names.

    In a folder, hidden files and files of other forms are passed over. A file is read once,
    however often it is given.

    Raises:
        ConfigurationError: There is nothing at a path, it has no file of these forms, or it
            may not be looked at.
    """
    found = list(_found_at(paths))
    places: dict[str, list[tuple[Path, int | None]]] = defaultdict(list)
    for file, line, made in found:
        if isinstance(made, Article):
            places[made.doc_id].append((file, line))
    for file, line, made in found:
        if isinstance(made, str):
            yield Broken(file, line, made)
        elif others := [place for place in places[made.doc_id] if place != (file, line)]:
            yield Broken(file, line, _shared(made.doc_id, file, *others[0]))
        else:
            yield made


def _shared(doc_id: str, file: Path, other: Path, line: int | None) -> str:
    """Return that the article in *file* has the id of another, and how to mend it there."""
    where = f"{other}, line {line}" if line else str(other)
    return (
        f"doc_id: {doc_id} is that of {where} too, so neither is taken: give one of them another"
        f" id, here {_ID_IS_GIVEN[file.suffix.lower()]}"
    )


def _found_at(paths: Iterable[Path]) -> Iterator[tuple[Path, int | None, Article | str]]:
    """Yield what is found in the files at *paths*, each once: see `_all_at`."""
    read: set[str] = set()
    for path in paths:
        _refuse_missing(path)
        found, before = False, frozenset(read)
        for file, line, made in _all_at(path):
            found = True
            read.add(os.path.abspath(file))
            if os.path.abspath(file) not in before:
                yield file, line, made
        if not found:
            raise ConfigurationError(f"{path}: no article in it ({', '.join(_READERS)})")


def _refuse_missing(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file or folder") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {_cannot(error)}") from None


def _all_at(path: Path) -> Iterator[tuple[Path, int | None, Article | str]]:
    """Yield file, line, and the article there or what is wrong with it."""
    for file in _files(path):
        if isinstance(file, Broken):
            yield file.file, file.line, file.reason
        else:
            yield from (
                (file, line, made) for line, made in _read_file(file, name_of_file(file, path))
            )


_MOST_BYTES = 4_000_000
"""Bytes of a Markdown or HTML file, at most: more than the longest body takes in UTF-8."""


def _files(path: Path) -> Iterator[Path | Broken]:
    """Yield what is to be read at *path*, and the folders that cannot be looked into."""
    if path.is_file():
        yield path
        return
    found: list[Path] = []
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        folders[:] = (name for name in folders if not name.startswith("."))
        found += (Path(folder, name) for name in names if not name.startswith("."))
    for error in closed:
        yield Broken(Path(error.filename), None, _cannot(error))
    yield from sorted(file for file in found if file.suffix.lower() in _READERS)


def _read_file(file: Path, name: str) -> ArticlesRead:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        yield None, f"is none of {', '.join(_READERS)}"
        return
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # to open a pipe waits for its writer
            yield None, "is no file"
        elif reader is not _json_lines and file.stat().st_size > _MOST_BYTES:
            yield None, f"is larger than {_MOST_BYTES:,} bytes"
        else:
            content = file.read_bytes()
            is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            yield from [(None, "is UTF-16, not UTF-8")] if is_utf16 else reader(name, content)
    except OSError as error:
        yield None, _cannot(error)


def _cannot(error: OSError) -> str:
    return f"cannot be read ({os.strerror(error.errno or 0)})"


def _text_file(
    read_text: Callable[[str, str], ArticlesRead],
) -> Callable[[str, bytes], ArticlesRead]:
    """Return *read_text* for a file's bytes: UTF-8, lines ended in any system's way."""

    def reader(name: str, content: bytes) -> ArticlesRead:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            yield None, f"is not UTF-8 at byte {error.start}"
        else:
            yield from read_text(name, text.replace("\r\n", "\n").replace("\r", "\n"))

    return reader


def _json_lines(_: str, content: bytes) -> ArticlesRead:
    for n, line in enumerate(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            from_json(line)  # refuses what is nested too deep for json
            fields = json.loads(line, object_pairs_hook=_once_each)
        except _Twice as twice:
            yield n, f"{twice}: comes twice"
        except ValueError as error:
            yield n, f"is not JSON ({str(error).partition(' at line ')[0]})"
        else:
            yield n, article_of(fields)


class _Twice(ValueError):
    """A name comes twice in an object: of two values the last would win without a word."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise _Twice(name)
        fields[name] = value
    return fields


_READERS = {
    ".md": _text_file(read_markdown),
    ".markdown": _text_file(read_markdown),
    ".html": _text_file(read_html),
    ".htm": _text_file(read_html),
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}

_IN_FRONT_MATTER = "by `doc_id: ...` in its front matter"
_IN_META = 'by `<meta name="doc_id" content="...">` in its head'
_IN_LINE = 'by "doc_id" in this line'
_ID_IS_GIVEN = {
    ".md": _IN_FRONT_MATTER,
    ".markdown": _IN_FRONT_MATTER,
    ".html": _IN_META,
    ".htm": _IN_META,
    ".jsonl": _IN_LINE,
    ".ndjson": _IN_LINE,
}
"""How an article names its id, by the file's suffix."""
