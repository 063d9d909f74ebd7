"""Markdown files: YAML front matter between `---` lines, and text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import yaml
from markdown_it import MarkdownIt

from schemas import Article
from streams.definitions.strict_yaml import DisallowedYaml, Strict
from streams.knowledge.article_fields import article_of, names_field, without_empty
from streams.knowledge.article_ids import id_of_name

ArticlesRead = Iterator[tuple[int | None, Article | str]]
"""Line, and the article there or what is wrong with it."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.S | re.M)
OPENED = re.compile(r"---[ \t]*\n")
_BLANK = re.compile(r"[\s\ufeff\u200b]*")
OTHER_FORMS = {
    "TOML": re.compile(r"\+\+\+|---[ \t]*toml\b", re.I),
    "JSON": re.compile(r"\{\s*\"|;;;|---[ \t]*json\b", re.I),
}
"""How front matter begins that we do not read."""
_CONSIDERED = 20_000
"""Characters of a text in which its title is looked for."""
_BLOCKS = MarkdownIt("commonmark").disable("inline")
TOLD = re.compile(r"\W{0,12}(\w[\w -]{0,40}?)[*_\"' ]{0,4}[:=][*_\"' ]{0,4}([\w -]{0,40})")
"""`name: value` in a line of text, whatever stands around it."""


def read_markdown(name: str, text: str) -> ArticlesRead:
    """
    Yield the article in *text*, or what is wrong with it. *name*: the file's, for id and title.

    YAML front matter between `---` lines may set the fields. Without a title there, the first
    heading is the title, or else the name.
    """
    blank = _BLANK.match(text)
    begin = blank.end() if blank else 0
    line = text.count("\n", 0, begin) + 1
    front = _FRONT_MATTER.match(text, begin)
    if front is None and (wrong := _not_front_matter(text[begin:])):
        yield line, wrong
        return
    written = front[1] if front else ""
    try:
        fields: object = yaml.load(written, Loader=_FrontMatter) or {}  # noqa: S506
    except DisallowedYaml as error:
        yield _line(error.problem_mark, line), f"front matter has {error.problem}"
        return
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        yield _line(getattr(error, "problem_mark", None), line), "front matter is not YAML"
        return
    if not isinstance(fields, dict):
        yield line, "front matter is not a list of `name: value`"
        return
    body = text[front.end() :] if front else text
    named = without_empty(fields)
    title = named.get("title") or _first_heading(body) or name.rpartition("/")[2]
    made = article_of({"doc_id": id_of_name(name), **named, "title": title, "body": body})
    yield _line_of(made, written, line) if isinstance(made, str) else None, made


def _first_heading(body: str) -> str | None:
    """Return the first heading near the begin of *body*, outside of code, quotes and HTML."""
    tokens = _BLOCKS.parse(body[:_CONSIDERED])
    headings = (
        text.content
        for tag, text in pairwise(tokens)
        if tag.type == "heading_open" and tag.level == 0 and text.content
    )
    return next(headings, None)


def _not_front_matter(text: str) -> str | None:
    """Return what is wrong if *text* begins with fields in a form that we do not read."""
    if OPENED.match(text):
        return "front matter begins here and has no line --- at its end"
    for form, begins in OTHER_FORMS.items():
        if begins.match(text):
            return f"front matter is {form}: write it as YAML between --- lines"
    for line in text.partition("\n\n")[0].splitlines():
        told = TOLD.match(line)
        if told and (name := names_field(told[1], told[2])):
            return f"{name}: is no field here: write it in front matter, as YAML between --- lines"
    return None


def _line_of(reason: str, front_matter: str, begin: int) -> int | None:
    """Return the line of a file with *front_matter* that sets the field at fault, if one does."""
    field = re.match(r"[\w-]+(?=[:.])", reason)
    there = field and re.search(rf"^{field[0]}[ \t]*:", front_matter, re.M)
    return front_matter.count("\n", 0, there.start()) + begin + 1 if there else None


def _line(mark: yaml.Mark | None, begin: int) -> int | None:
    """Return the line of a file that has *mark* in its front matter, whose --- is line *begin*."""
    return mark.line + begin + 1 if mark else None


class _FrontMatter(Strict, yaml.BaseLoader):
    """YAML in which every scalar stays a string, an id of 007 too."""
