"""
Cuts an article into chunks: plain text of about 120 words each, in reading order.

A chunk is a piece of one section or of a few short ones. Its text is what a person would
read, one line for each paragraph, list item and table row, with no markup:

    How a duplicate charge is returned

    1. Open Settings > Billing > Invoices and count the invoices.
    What you see: One invoice; What it is: Authorization hold

A line that an empty line follows is the headings of what comes next, and no other line is
followed by one, so that whoever quotes a chunk can leave headings out.
Scripts, comments, and what a browser would hide never get into a chunk.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from markdown_it import MarkdownIt

from schemas import Article
from streams.text.sentences import sentences

TARGET_WORDS = 120
"""A chunk is closed before it grows past this."""
SHORT_WORDS = 60
"""A new section goes on in a chunk that is shorter than this."""
CHARACTERS_PER_WORD = 12
"""Text without spaces (Chinese, long addresses) counts a word for each of these."""


@dataclass(frozen=True)
class Chunk:
    """
    A part of an article, as plain text.

    `heading` is the path of headings that its first line stands under, from the outside
    in, without the article's title; `text` begins with it.
    """

    chunk_id: str
    heading: tuple[str, ...]
    text: str


def chunks(article: Article) -> list[Chunk]:
    """Return *article*'s chunks, `<doc_id>-c-1` first; none if it has no text to read."""
    found = []
    for n, pieces in enumerate(_packed(_lines(article)), start=1):
        chunk_id = f"{article.doc_id}-c-{n}"
        found.append(Chunk(chunk_id, pieces[0].heading, _joined(pieces)))
    return found


@dataclass(frozen=True)
class _Line:
    """A paragraph, list item, table row or line of code, and the headings it stands under."""

    heading: tuple[str, ...]
    text: str

    @property
    def words(self) -> int:
        return _words(self.text)


def _packed(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Yield *lines* in groups of about TARGET_WORDS, preferably whole sections."""
    group: list[_Line] = []
    size = 0
    for line in lines:
        for piece in _cut(line):
            new_section = bool(group) and piece.heading != group[-1].heading
            full = size + piece.words > TARGET_WORDS
            if group and (full or (new_section and size >= SHORT_WORDS)):
                yield group
                group, size = [], 0
            group.append(piece)
            size += piece.words
    if group:
        yield group


def _joined(lines: list[_Line]) -> str:
    out: list[str] = []
    heading: tuple[str, ...] = ()
    for line in lines:
        if line.heading != heading:
            heading = line.heading
            out += [" > ".join(heading), ""] if heading else []
        out.append(line.text)
    return "\n".join(out).strip()


def _cut(line: _Line) -> Iterator[_Line]:
    """Yield *line*, at ends of sentences if it is longer than a chunk, else wherever it must."""
    rest: list[str] = []
    size = 0
    for sentence in sentences(line.text) if line.words > TARGET_WORDS else [line.text]:
        for piece in _cut_hard(sentence):
            if rest and size + _words(piece) > TARGET_WORDS:
                yield _Line(line.heading, " ".join(rest))
                rest, size = [], 0
            rest.append(piece)
            size += _words(piece)
    yield _Line(line.heading, " ".join(rest))


_MOST_CHARACTERS = TARGET_WORDS * CHARACTERS_PER_WORD
_TOO_LONG = _MOST_CHARACTERS + CHARACTERS_PER_WORD
"""Characters that are more than TARGET_WORDS."""


def _cut_hard(sentence: str) -> Iterator[str]:
    """Yield *sentence* in pieces of TARGET_WORDS at most; of the rest, only its begin is read."""
    begin = 0
    while _words(begins := sentence[begin : begin + _TOO_LONG]) > TARGET_WORDS:
        head = " ".join(begins.split(" ", TARGET_WORDS)[:TARGET_WORDS])[:_MOST_CHARACTERS]
        yield head
        begin += len(head)
        if space := _SPACE.match(sentence, begin):
            begin = space.end()
    if begins:
        yield begins


def _words(text: str) -> int:
    return max(text.count(" ") + 1, len(text) // CHARACTERS_PER_WORD)


# From markup to lines. Markdown becomes HTML first, which it may contain anyway.

_HTML = re.compile(
    r"\A(?:\s|<!--.*?-->)*<(?:!doctype\b|\?xml|[a-z][a-z0-9-]*(?:\s|/?>))", re.I | re.S
)
_LONGEST_HEADING = 200  # characters; it is repeated in every chunk below it
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "header", "hr", "html", "li", "main", "ol", "p"),
    *("pre", "section", "summary", "table", "ul", *_HEADINGS),
}
_DROPPED = {
    *("audio", "button", "canvas", "embed", "footer", "form", "head", "iframe", "input"),
    *("link", "math", "meta", "nav", "noscript", "object", "script", "select", "style", "svg"),
    *("template", "textarea", "title", "video"),
}
_HIDING = re.compile(
    r"display:none|visibility:hidden|font-size:0(?![.\d]*[1-9])|opacity:0(?![.\d]*[1-9])"
)


def _lines(article: Article) -> Iterator[_Line]:
    """Yield the lines of *article*'s body in reading order, without its title."""
    html = article.body if _HTML.match(article.body) else _as_html(article.body)
    soup = BeautifulSoup(html, "lxml")
    root = soup.find("main") or soup.find("article") or soup.body
    path: list[tuple[int, str]] = []
    for tag, text in _all_blocks(root) if isinstance(root, Tag) else ():
        level = _HEADINGS.get(tag)
        if level is None:
            yield _Line(tuple(t for _, t in path), text)
        else:
            path = [p for p in path if p[0] < level]
            if text.casefold() != article.title.casefold():
                path.append((level, text[:_LONGEST_HEADING]))
    for node in soup.contents[:]:  # freed as a whole, they would stop every thread for long
        node.decompose()


def _as_html(markdown: str) -> str:
    parser = _markdown()
    tokens = parser.parse(markdown)
    html: str = parser.renderer.render(tokens, parser.options, {})
    while tokens:  # freed as a whole, they would stop every thread for long
        del tokens[-_FREED:]
    return html


_FREED = 200


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _all_blocks(root: Tag) -> list[tuple[str, str]]:
    """Return root's blocks; those of a page nested beyond reason are its lines of text."""
    try:
        return list(_blocks(root))
    except RecursionError:
        for tag in root.find_all(_hidden):
            tag.extract()
        lines = map(_clean, root.get_text("\n").splitlines())
        return [("p", line) for line in lines if line]


def _blocks(root: Tag) -> Iterator[tuple[str, str]]:
    """Yield (name of the tag, text) of every block that shows text, outermost first."""
    inline: list[str] = []
    for child in root.children:
        if not isinstance(child, Tag):
            inline.append(_shown(child))
        elif _hidden(child):
            continue
        elif child.name in _BLOCKS or _has_block(child):
            yield from _as_block("p", inline)
            inline = []
            yield from _block(child)
        else:
            inline.append(_inline(child))
    yield from _as_block(root.name if root.name in _HEADINGS else "p", inline)


def _has_block(tag: Tag) -> bool:
    """Return whether a block stands anywhere in *tag*. `find` compiles its rules at each call."""
    return any(isinstance(one, Tag) and one.name in _BLOCKS for one in tag.descendants)


def _block(tag: Tag) -> Iterator[tuple[str, str]]:
    if tag.name == "table":
        yield from (("p", row) for row in _rows(tag))
    elif tag.name in ("ol", "ul"):
        yield from _items(tag)
    elif tag.name == "pre":
        yield from (("p", line.rstrip()) for line in tag.get_text().splitlines() if line.strip())
    else:
        yield from _blocks(tag)


def _items(tag: Tag) -> Iterator[tuple[str, str]]:
    """Yield a list's items, numbered as the source numbers them; inner lists are indented."""
    number = _integer(tag.get("start"), 1)
    for item in tag.find_all("li", recursive=False):
        if _hidden(item):
            continue
        number = _integer(item.get("value"), number)
        mark = f"{number}. " if tag.name == "ol" else "- "
        number += 1
        for n, (_, text) in enumerate(_blocks(item)):
            yield "p", f"{mark}{text}" if n == 0 else f"  {text}"


def _rows(table: Tag) -> Iterator[str]:
    """Yield the rows of *table* as `Header: value; Header: value`."""
    headers: list[str] = []
    for row in table.find_all("tr"):
        cells = [c for c in row.children if isinstance(c, Tag) and _is_cell(c)]
        texts = [" ".join(text for _, text in _blocks(c)) for c in cells]
        if cells and all(c.name == "th" for c in cells):
            headers = texts
            continue
        named = [*headers, *[""] * len(texts)]
        shown = [f"{h}: {t}" if h else t for h, t in zip(named, texts, strict=False) if t]
        if shown and not _hidden(row):
            yield "; ".join(shown)


def _is_cell(tag: Tag) -> bool:
    return tag.name in ("td", "th") and not _hidden(tag)


def _inline(tag: Tag) -> str:
    if tag.name == "br":
        return "\n"
    if tag.name == "img":
        return f" {tag.get('alt') or ''} "
    return "".join(
        ("" if _hidden(c) else _inline(c)) if isinstance(c, Tag) else _shown(c)
        for c in tag.children
    )


def _shown(text: PageElement) -> str:
    """Return what a browser shows of *text*; comments and the like are nothing."""
    if not isinstance(text, NavigableString) or isinstance(text, PreformattedString):
        return ""
    return _SPACE.sub(" ", text)


_SPACE = re.compile(r"\s+")


def _as_block(name: str, inline: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what *inline* says: one line for a heading, else a line for each `<br>`."""
    text = "".join(inline)
    for line in [text] if name in _HEADINGS else text.split("\n"):
        if clean := _clean(line):
            yield name, clean


def _clean(text: str) -> str:
    """Return *text* without invisible characters, with single spaces."""
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf" or c in "\u200c\u200d")
    return _SPACE.sub(" ", text).strip()


def _hidden(tag: Tag) -> bool:
    if tag.name in _DROPPED or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if not tag.attrs:
        return False
    if "internal" in (tag.get("class") or ()) or tag.get("data-audience") == "internal":
        return True
    return bool(_HIDING.search(re.sub(r"\s", "", str(tag.get("style") or "").lower())))


def _integer(value: object, default: int) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else default
