"""Articles that hypothesis makes up, in Markdown and HTML, for tests of reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from hypothesis import strategies as st

LEANINGS = [
    "",
    "This ",
    "Otherwise ",
    "Only if ",
    "Unless you ask, ",
    "In that case, ",
    "See the table: ",
    "If you can, ",
    "However, ",
    "Click here: ",
    "It ",
]


@dataclass(frozen=True)
class MadeArticle:
    """A body, and its words in the order of reading; those of tables are apart."""

    body: str
    words: tuple[str, ...]
    in_tables: frozenset[str]


class _Maker:
    """Makes the parts of a body; every word is there once."""

    def __init__(self, draw: Callable[[st.SearchStrategy], object], html: bool) -> None:
        self._draw = draw
        self._html = html
        self._numbers = count(1)
        self.words: list[str] = []
        self.in_tables: set[str] = set()

    def _int(self, low: int, high: int) -> int:
        found = self._draw(st.integers(low, high))
        assert isinstance(found, int)
        return found

    def _words(self, most: int = 4) -> str:
        new = [f"word{next(self._numbers)}q" for _ in range(self._int(1, most))]
        self.words += new
        return " ".join(new)

    def _sentence(self) -> str:
        leaning = self._draw(st.sampled_from(LEANINGS))
        return f"{leaning}{self._words()}{self._draw(st.sampled_from(['.', '.', '?', ':']))}"

    def _text(self) -> str:
        return " ".join(self._sentence().capitalize() for _ in range(self._int(1, 4)))

    def parts(self) -> Iterator[str]:
        makers = [self._heading, self._paragraph, self._list, self._table, self._code, self._bold]
        if self._html:
            makers += [self._definitions, self._details, self._spanned]
        for _ in range(self._int(1, 7)):
            yield self._draw(st.sampled_from(makers))()  # type: ignore[operator]

    def _heading(self) -> str:
        level = self._int(1, 4)
        begin = self._draw(st.sampled_from(["", "If ", "When "]))
        text = f"{begin}{self._words()}{self._draw(st.sampled_from(['', '', '?']))}"
        return f"<h{level}>{text}</h{level}>" if self._html else f"{'#' * level} {text}"

    def _bold(self) -> str:
        text = self._words()
        return f"<p><b>{text}</b></p>" if self._html else f"**{text}**"

    def _paragraph(self) -> str:
        return f"<p>{self._text()}</p>" if self._html else self._text()

    def _list(self) -> str:
        numbered = self._draw(st.booleans())
        items = []
        for n in range(self._int(1, 4)):
            text = self._text()
            inner = self._text() if self._draw(st.booleans()) else ""
            if self._html:
                nested = f"<ul><li>{inner}</li></ul>" if inner else ""
                items.append(f"<li>{text}{nested}</li>")
            else:
                mark = f"{n + 1}. " if numbered else "- "
                nested = f"\n{' ' * len(mark)}- {inner}" if inner else ""
                items.append(f"{mark}{text}{nested}")
        name = "ol" if numbered else "ul"
        return f"<{name}>{''.join(items)}</{name}>" if self._html else "\n".join(items)

    def _cells(self, columns: int) -> list[str]:
        before = len(self.words)
        found = [self._words(2) for _ in range(columns)]
        self.in_tables.update(self.words[before:])
        return found

    def _table(self) -> str:
        columns = self._int(2, 4)
        head, *rows = [self._cells(columns) for _ in range(self._int(2, 4))]
        if not self._html:
            lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
            return "\n".join([lines[0], "|" + "---|" * columns, *lines[1:]])
        headers = "".join(f"<th>{cell}</th>" for cell in head)
        return f"<table><tr>{headers}</tr>{''.join(map(_tr, rows))}</table>"

    def _spanned(self) -> str:
        (first, second, third, wide, last) = self._cells(5)
        return (
            f"<table><tr><td rowspan=2>{first}</td><td>{second}</td><td>{third}</td></tr>"
            f"<tr><td colspan=2>{wide}</td></tr><tr><td>{last}</td></tr></table>"
        )

    def _code(self) -> str:
        text = f"{self._words()} = 1\n\n  {self._words()}"
        return f"<pre>{text}</pre>" if self._html else f"```\n{text}\n```"

    def _definitions(self) -> str:
        pairs = "".join(f"<dt>{t}</dt><dd>{m}</dd>" for t, m in [self._cells(2), self._cells(2)])
        return f"<dl>{pairs}</dl>"

    def _details(self) -> str:
        return f"<details><summary>{self._words()}?</summary>{self._text()}</details>"


def _tr(cells: list[str]) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


@st.composite
def made_articles(draw: Callable[[st.SearchStrategy], object]) -> MadeArticle:
    """Return articles of any of the parts that an article has."""
    html = draw(st.booleans())
    maker = _Maker(draw, bool(html))
    parts = list(maker.parts())
    body = f"<main>{''.join(parts)}</main>" if html else "\n\n".join(parts)
    return MadeArticle(body, tuple(maker.words), frozenset(maker.in_tables))
