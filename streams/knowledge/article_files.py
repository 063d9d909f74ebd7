"""
Files and folders in, articles out; what cannot be read is named, and the rest goes on.

Three forms, by the file's suffix:

* `.md`, `.markdown`: Markdown. YAML front matter between `---` lines may set the fields of
  `Article`. Without a title there, the first heading is the title, or else the file's name.
* `.html`, `.htm`: HTML. `<meta name="audience" content="...">` and so on may set the fields. The
  title comes from `<title>` or `<h1>`, the url from `<link rel="canonical">`, the locale from
  `<html lang>`.
* `.jsonl`, `.ndjson`: one `Article` a line.

An article that does not name its doc_id gets one from its canonical URL, or else from the name
of its file (`article_ids.py`); a line of JSON must name it. An id that comes twice is an error
of the second, which names both files.

A field that is nearly one of `Article`'s is an error, for a misspelt `audience` would make an
internal article public. Other unknown fields are kept, but for HTML's. Without a url it is
empty, and citations then have no link.
"""

from __future__ import annotations

import codecs
import difflib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from bs4 import BeautifulSoup
from bs4.element import Tag
from bs4.exceptions import ParserRejectedMarkup
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json

from schemas import Article
from streams.definitions.strict_yaml import Refused, Strict
from streams.errors import ConfigurationError, fields_at_fault
from streams.knowledge.article_ids import id_of_name, id_of_url


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

    In a folder, hidden files and files of other forms are passed over.

    Raises:
        ConfigurationError: There is nothing at a path, it has no file of these forms, or it
            may not be looked at.
    """
    given_by: dict[str, Path] = {}
    for path in paths:
        _refuse_missing(path)
        found = False
        for file, line, made in _all_at(path):
            found = True
            if isinstance(made, str):
                yield Broken(file, line, made)
            elif first := given_by.get(made.doc_id):
                yield Broken(file, line, f"doc_id: {made.doc_id} is already given by {first}")
            else:
                given_by[made.doc_id] = file
                yield made
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
            yield from ((file, line, made) for line, made in _read_file(file))


def as_sent(article: Article) -> bytes:
    """Return *article* as it is published, without the fields that nobody set."""
    return article.model_dump_json(exclude_none=True).encode()


_MOST_BYTES = 4_000_000
"""Bytes of a Markdown or HTML file, at most: more than the longest body takes in UTF-8."""
_Found = Iterator[tuple[int | None, Article | str]]


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


def _read_file(file: Path) -> _Found:
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
            yield from [(None, "is UTF-16, not UTF-8")] if is_utf16 else reader(file, content)
    except OSError as error:
        yield None, _cannot(error)


def _cannot(error: OSError) -> str:
    return f"cannot be read ({os.strerror(error.errno or 0)})"


def _text_file(read_text: Callable[[Path, str], _Found]) -> Callable[[Path, bytes], _Found]:
    """Return *read_text* for a file's bytes: UTF-8, lines ended in any system's way."""

    def reader(file: Path, content: bytes) -> _Found:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            yield None, f"is not UTF-8 at byte {error.start}"
        else:
            yield from read_text(file, text.replace("\r\n", "\n").replace("\r", "\n"))

    return reader


def _json_lines(_: Path, content: bytes) -> _Found:
    for n, line in enumerate(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = from_json(line)
        except ValueError as error:
            yield n, f"is not JSON ({str(error).partition(' at line ')[0]})"
        else:
            yield n, _article(fields)


_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|\Z)", re.S)
_OPENED = re.compile(r"\A---[ \t]*\n")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+)$", re.M)


@_text_file
def _markdown(file: Path, text: str) -> _Found:
    front = _FRONT_MATTER.match(text)
    if front is None and _OPENED.match(text):
        yield 1, "front matter begins here and has no line --- at its end"
        return
    given = front[1] if front else ""
    try:
        fields: object = yaml.load(given, Loader=_FrontMatter) or {}  # noqa: S506
    except Refused as error:
        yield _line(error.problem_mark), f"front matter has {error.problem}"
        return
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        yield _line(getattr(error, "problem_mark", None)), "front matter is not YAML"
        return
    if not isinstance(fields, dict):
        yield 1, "front matter is not a list of `name: value`"
        return
    body = text[front.end() :] if front else text
    heading = _HEADING.search(body)
    title = (heading and heading[1].rstrip(" \t#")) or file.stem
    own = {"doc_id": id_of_name(file.stem), "title": title}
    made = _article({**own, **_given(fields), "body": body})
    yield _line_of(made, given) if isinstance(made, str) else None, made


def _line_of(reason: str, front_matter: str) -> int | None:
    """Return the line of a file with *front_matter* that sets the field at fault, if one does."""
    field = re.match(r"\w+(?=[:.])", reason)
    there = field and re.search(rf"^{field[0]}[ \t]*:", front_matter, re.M)
    return front_matter.count("\n", 0, there.start()) + 2 if there else None


def _line(mark: yaml.Mark | None) -> int | None:
    """Return the line of a file that has *mark* in its front matter, which begins in line 2."""
    return mark.line + 2 if mark else None


class _FrontMatter(Strict, yaml.BaseLoader):
    """YAML in which every scalar stays a string, an id of 007 too."""


@_text_file
def _html(file: Path, text: str) -> _Found:
    try:
        soup = BeautifulSoup(text, "lxml")
    except (ParserRejectedMarkup, RecursionError):
        yield None, "is not HTML"
        return
    named = {str(m["name"]): m.get("content") for m in soup.find_all("meta", attrs={"name": True})}
    titles = map(_text, soup.find_all(["title", "h1"]))
    canonical, root = soup.find("link", rel="canonical"), soup.find("html")
    found = {
        "url": canonical.get("href") if canonical else None,
        "locale": root.get("lang") if root else None,
        **{name: value for name, value in named.items() if _is_ours(name)},
    }
    title = next(filter(None, titles), file.stem)
    url = str(found["url"] or "")
    own = {"doc_id": id_of_url(url) or id_of_name(file.stem), "title": title}
    yield None, _article({**own, **_given(found), "body": text})


def _is_ours(name: str) -> bool:
    """Say whether a meta *name* is meant as a field's: `viewport` and `og:locale` are not."""
    return ":" not in name and (name in Article.model_fields or _nearest(name) is not None)


def _text(tag: Tag) -> str:
    return " ".join(tag.get_text().split())


def _given(fields: dict[Any, Any]) -> dict[Any, Any]:
    """Return *fields* without those that are left empty."""
    return {name: value for name, value in fields.items() if value not in ("", None)}


class _Written(Article):
    """An article in a file. A misspelt audience is a mistake there, and none of a newer version."""

    audience: Literal["public", "internal"] = "public"


def _article(fields: object) -> Article | str:
    """Return the article that *fields* make, or what is wrong with them."""
    if isinstance(fields, dict):
        for name in fields:
            if name not in Article.model_fields and (meant := _nearest(name)):
                return f"{name}: no field of an article; did you mean {meant}?"
    try:
        article = _Written.model_validate(fields)
        return Article.model_validate_json(as_sent(article))  # just as a worker reads it
    except ValidationError as error:
        return fields_at_fault(error)
    except PydanticSerializationError:
        return "has text that is not Unicode"


_NEAR = 0.8
"""Likeness, 0 to 1, of a name to a field's from which it is a slip and not another name."""


def _nearest(name: str) -> str | None:
    """Return the field of `Article` that *name* is, or nearly is, whatever its case."""
    near = difflib.get_close_matches(name.casefold(), Article.model_fields, n=1, cutoff=_NEAR)
    return near[0] if near else None


_READERS = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}
