"""
The lines of a passage that brings none, as an older worker wrote it: cut from its text.

In: a passage whose text has one line for each paragraph, entry of a list and row of a table; a
line that an empty line follows is the headings of what comes next. Out: lines as an article of
this text has them, with what they need. They have no spans: the article is not at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import groupby

from schemas import Article, Line, Passage
from streams.evidence.article_lines import article_lines

CACHED_PASSAGES = 1_024
LONGEST_TITLE = 1_000

_STEP = re.compile(r"(\d{1,3})[.)]\s+")
_ITEM = re.compile(r"[-*•]\s+")
_HEADER = r"[^:;.]{1,80}: "
_ROW = re.compile(rf"{_HEADER}.*; {_HEADER}")
_CELLS = re.compile(rf"; (?={_HEADER})")


def cut_lines(passage: Passage, first: int = 1, spoken: str | None = None) -> tuple[Line, ...]:
    """
    Return the lines of *passage*, as its text alone tells them, numbered from *first*.

    Args:
        spoken: its language, if the text is too short to tell.
    """
    locale = passage.locale or spoken
    cut = _cut(passage.doc_id, passage.title, passage.url, locale, passage.text)
    if first == 1:
        return cut
    ahead = first - 1
    return tuple(
        line.model_copy(
            update={
                "n": line.n + ahead,
                "needs": tuple(need + ahead for need in line.needs),
                "restricted_by": tuple(need + ahead for need in line.restricted_by),
            }
        )
        for line in cut
    )


def is_row(line: str) -> bool:
    """Return whether *line* is a row of a table, each cell after the name of its column."""
    return bool(_ROW.match(line))


@lru_cache(maxsize=CACHED_PASSAGES)
def _cut(doc_id: str, title: str, url: str, locale: str | None, text: str) -> tuple[Line, ...]:
    body = "".join(_markup(text))
    if not body:
        return ()
    article = Article.model_construct(
        doc_id=doc_id, title=title[:LONGEST_TITLE], url=url, body=body, locale=locale
    )
    return tuple(line.model_copy(update={"spans": ()}) for line in article_lines(article).lines)


def _markup(text: str) -> Iterator[str]:
    """Yield the HTML that *text* is the reading of."""
    source = text.split("\n")
    headed = [
        ("heading" if _is_heading(source, n) else _kind(line), line)
        for n, line in enumerate(source)
        if line.strip()
    ]
    for kind, group in groupby(headed, key=lambda one: one[0]):
        lines = [line for _, line in group]
        if kind == "heading":
            yield from (f"<h2>{escape(_innermost(line))}</h2>" for line in lines)
        elif kind == "row":
            yield from _table(lines)
        elif kind == "paragraph":
            yield from (f"<p>{escape(line)}</p>" for line in lines)
        else:
            yield from _list(kind, lines)


def _is_heading(source: Sequence[str], n: int) -> bool:
    """Return whether an empty line follows line *n*, which is no whole sentence."""
    is_followed = n + 1 < len(source) and not source[n + 1].strip()
    return is_followed and not source[n].rstrip().endswith((".", "。", "!", ":"))


def _innermost(heading: str) -> str:
    return _STEP.sub("", heading.rsplit(" > ", 1)[-1].strip(), count=1)


def _kind(line: str) -> str:
    if _STEP.match(line):
        return "ol"
    if _ITEM.match(line) or line.startswith("  "):
        return "ul" if _ITEM.match(line) else "paragraph"
    return "row" if is_row(line) else "paragraph"


def _list(kind: str, lines: list[str]) -> Iterator[str]:
    mark = _STEP if kind == "ol" else _ITEM
    number = _STEP.match(lines[0])
    yield f'<ol start="{number[1]}">' if number else "<ul>"
    yield from (f"<li>{escape(mark.sub('', line, count=1))}</li>" for line in lines)
    yield f"</{kind}>"


def _table(lines: list[str]) -> Iterator[str]:
    """Yield the table of *lines*; a cell that was empty is not in its line."""
    rows = [dict(_cell(part) for part in _CELLS.split(line)) for line in lines]
    columns = list(dict.fromkeys(header for row in rows for header in row))
    yield "<table><tr>"
    yield from (f"<th>{escape(header)}</th>" for header in columns)
    yield "</tr>"
    for row in rows:
        cells = (f"<td>{escape(row.get(header, ''))}</td>" for header in columns)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _cell(part: str) -> tuple[str, str]:
    header, _, value = part.partition(": ")
    return header, value
