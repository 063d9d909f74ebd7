"""
Passwords that stand beside a user's name, in a table or in a list, and in unspaced languages.

`passwords` finds those behind a name of theirs. Texts are `evened`. Every pattern is bounded, so
that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.text.passwords import CALLED, any_name
from streams.text.patterns import finder
from streams.text.personal_data import Span
from streams.text.secrets import SIGN, followers

_LOGINS, _LISTS = any_name("logins"), any_name("code_lists")
_STRICT = (
    r"(?=[^\s\d]{0,64}\d)(?=[^\sA-Za-z]{0,64}[A-Za-z])"
    r"(?!v\d|\d+(?:days?|h|min|x|st|nd|rd|th|[kmg]b|tage?)\b|(?-i:(?:[A-Z]{1,8}[_-]){1,3}\d))"
)
_ENDS = r"(?=[ \t.,;!?)]*(?:$|\n)|[.,;!?)] )"
_USER = r"(?!\S{1,10}://)[^\s/|,;:=]{1,64}"
_PAIR = re.compile(
    rf"(?<![^\W_])(?:{_LOGINS})"
    r"(?: (?:data|details|info|is|are|for|with|as|using|mit|als|ist|lautet|est|es))?"
    rf"(?:(?:\s{{0,2}}[:=]\s{{0,3}}|[ ]){_USER}"
    r"(?: {0,2}[/|,;:+&\\-] {0,2}|\n| | and | und | et | y | e | en )"
    rf"(?:with )?(?!https?:){_STRICT}(?P<mixed>\S{{5,64}})"
    rf"|\s{{0,2}}[:=]\s{{0,3}}{_USER} {{0,2}}[/|:\\] {{0,2}}(?!//)"
    rf"(?P<last>[^\s/|,;]{{4,64}}){_ENDS}"
    rf"|[ ]{_USER}[ ](?:{CALLED})[ ](?P<named>[^\s/|,;]{{4,64}}){_ENDS})",
    re.I,
)
_may_have_pair = finder(rf"(?i)(?:{_LOGINS})")
_UNSPACED = re.compile(
    rf"(?:{any_name('unspaced_names')})"
    rf"(?:(?:{any_name('unspaced_joints')}|[ :=「『\"'“”*>|-]){{1,4}}"
    r"|(?=[!-~]{0,40}\d))([!-~]{3,64})"
)
_may_be_unspaced = finder(rf"(?:{any_name('unspaced_names')})")
_LIST = re.compile(
    rf"(?<![^\W_])(?:{_LISTS})(?: [^\s:=]{{1,20}}){{0,3}}?"
    rf"(?:{SIGN}| (?=[\w-]{{0,24}}\d)| (?:are|is|sind|lauten|sont|son) "
    r"|\n{1,2})(?:[*•-]|\d\d?[.)])?\s{0,2}",
    re.I,
)
_may_have_list = finder(rf"(?i)(?:{_LISTS})")
_LISTED = re.compile(
    r"(?:(?: ?\([^()\n]{1,20}\))?[\s,;/|*•]{0,4}"
    r"(?:- |\d\d?[.)]\s{1,2}|(?:and|und|et|y|e|en|or)\s)?)"
    r"((?=[\w-]{0,24}\d|[A-Za-z]{3,8}-[A-Za-z]{3,8})[\w-]{4,64})(?![\w.])"
)
_CELLS = (r"\|", r"\t", ";", ",", r" ?/ ?", r" {2,}", " ")
_NAME_OF_CELL = re.compile(rf"[\W_]*(?:[^\W_]{{1,20}}[ _]){{0,2}}(?:{CALLED})[\W_]*", re.I)
_LOGIN_OF_CELL = re.compile(rf"[\W_]*(?:{_LOGINS}|name|{CALLED})[\W_]*", re.I)
_may_have_name = finder(rf"(?i)(?:{CALLED})")
_NO_VALUE = re.compile(r"[\W_]*")
_MOST_ROWS, _LONGEST_LINE = 50, 400


def passwords_beside(text: str) -> Iterator[Span]:
    """Yield the places of passwords and codes beside a user's name, in tables and in lists."""
    for match in _PAIR.finditer(text) if _may_have_pair(text) else ():
        yield match.span(match.lastgroup or 0)
    for match in _UNSPACED.finditer(text) if _may_be_unspaced(text) else ():
        yield match.span(1)
    for match in _LIST.finditer(text) if _may_have_list(text) else ():
        yield from followers(_LISTED, text, match.end())
    if "\n" in text and _may_have_name(text):
        yield from _in_columns(text)


def _in_columns(text: str) -> Iterator[Span]:
    """Yield the cells below a column's name that says "password"."""
    lines = [match.span() for match in re.finditer(r"[^\n]+", text)]
    below = 0
    for n, (begin, end) in enumerate(lines):
        if n < below or end - begin > _LONGEST_LINE or not _may_have_name(text[begin:end]):
            continue
        for gap in _CELLS:
            if columns := _columns(text, begin, end, gap):
                rows = list(_rows(text, lines[n + 1 : n + 1 + _MOST_ROWS], gap, columns[0]))
                below = n + 1 + len(rows)
                for cells in rows:
                    yield from (c for i in columns[1:] if _has_value(text, c := cells[i]))
                break


def _rows(text: str, lines: list[Span], gap: str, cells: int) -> Iterator[list[Span]]:
    """Yield the cells of *lines* as far as they have so many *cells*, up to a blank line."""
    end = -1
    for line in lines:
        row = list(_cells(text, *line, gap)) if line[1] - line[0] <= _LONGEST_LINE else []
        if len(row) != cells or (end >= 0 and line[0] > end + 1):
            return
        yield row
        end = line[1]


def _columns(text: str, begin: int, end: int, gap: str) -> tuple[int, ...]:
    """Return the number of cells of a heading, and which of them name a password; or nothing."""
    cells = [text[b:e] for b, e in _cells(text, begin, end, gap)]
    named = tuple(i for i, cell in enumerate(cells) if _NAME_OF_CELL.fullmatch(cell))
    if len(cells) < 2 or not named:
        return ()
    is_heading = all(len(cell.split()) <= 3 for cell in cells)
    if gap == " ":
        is_heading = all(_LOGIN_OF_CELL.fullmatch(cell) for cell in cells)
    return (len(cells), *named) if is_heading else ()


def _cells(text: str, begin: int, end: int, gap: str) -> Iterator[Span]:
    """Yield where the cells of a line are, without blanks around them."""
    line = text[begin:end].strip(" |\t:")
    begin = text.index(line, begin)
    at = 0
    for match in (*re.finditer(gap, line), None):
        cell = line[at : match.start() if match else len(line)]
        first = begin + at + len(cell) - len(cell.lstrip())
        yield first, first + len(cell.strip())
        at = match.end() if match else 0


def _has_value(text: str, cell: Span) -> bool:
    return not _NO_VALUE.fullmatch(text, *cell)
