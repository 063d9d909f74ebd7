"""
An article's Markdown or HTML as a tree, and what a browser shows of its parts.

Markdown becomes HTML first, which it may contain anyway. Scripts, comments, and what a browser
would hide are never shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from markdown_it import MarkdownIt

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
"""The level of a heading by the name of its tag."""

_HTML = re.compile(
    r"\A(?:\s|<!--.*?-->)*<(?:!doctype\b|\?xml|[a-z][a-z0-9-]*(?:\s|/?>))", re.I | re.S
)
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div"),
    *("dl", "dt", "fieldset", "figcaption", "figure", "header", "hr", "html", "li", "main", "ol"),
    *("p", "pre", "section", "summary", "table", "ul", *HEADINGS),
}
_DROPPED = {
    *("audio", "button", "canvas", "embed", "footer", "form", "head", "iframe", "input"),
    *("link", "math", "meta", "nav", "noscript", "object", "script", "select", "style", "svg"),
    *("template", "textarea", "title", "video"),
}
_HIDING = re.compile(
    r"display:none|visibility:hidden|font-size:0(?![.\d]*[1-9])|opacity:0(?![.\d]*[1-9])"
)
_SPACE = re.compile(r"\s+")
_FREED = 200


@contextmanager
def markup_tree(body: str) -> Iterator[Tag | None]:
    """Give the part of *body*'s tree that is the article, None if there is none, and free it."""
    soup = BeautifulSoup(body if _HTML.match(body) else _as_html(body), "lxml")
    root = soup.find("main") or soup.find("article") or soup.body
    yield root if isinstance(root, Tag) else None
    for node in soup.contents[:]:  # freed as a whole, they would stop every thread for long
        node.decompose()


def is_block(tag: Tag) -> bool:
    """
    Return whether *tag* stands by itself, not in a line of text, or has inside it what does.

    `find` would compile its rules at each call.
    """
    return tag.name in _BLOCKS or any(
        isinstance(one, Tag) and one.name in _BLOCKS for one in tag.descendants
    )


def is_hidden(tag: Tag) -> bool:
    """Return whether a browser, or the article's owner, shows nothing of *tag*."""
    if tag.name in _DROPPED or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if not tag.attrs:
        return False
    if "internal" in (tag.get("class") or ()) or tag.get("data-audience") == "internal":
        return True
    return bool(_HIDING.search(re.sub(r"\s", "", str(tag.get("style") or "").lower())))


def inline_text(node: PageElement) -> str:
    """Return what *node* shows within a line of text; a line's end where it breaks the line."""
    if not isinstance(node, Tag):
        return _SPACE.sub(" ", _shown(node))
    if is_hidden(node):
        return ""
    if node.name == "br":
        return "\n"
    if node.name == "img":
        return f" {node.get('alt') or ''} "
    return "".join(map(inline_text, node.children))


def code_text(tag: Tag) -> str:
    """Return what *tag* shows, line by line, without empty lines around it."""
    lines = [visible(line).rstrip() for line in _preformatted(tag).splitlines()]
    return re.sub(r"\A(?:[ \t]*\n)+", "", "\n".join(lines)).rstrip()


def clean(text: str) -> str:
    """Return *text* without invisible characters, with single spaces."""
    return _SPACE.sub(" ", visible(text)).strip()


def visible(text: str) -> str:
    """Return *text* without invisible characters; joiners, which some scripts need, stay."""
    if text.isascii():
        return text
    return "".join(c for c in text if unicodedata.category(c) != "Cf" or c in "\u200c\u200d")


def shown_lines(root: Tag) -> list[str]:
    """Return what *root* shows, as lines without structure."""
    for tag in root.find_all(is_hidden):
        tag.extract()
    return [line for line in map(clean, root.get_text("\n").splitlines()) if line]


def _preformatted(node: PageElement) -> str:
    if not isinstance(node, Tag):
        return _shown(node)
    if is_hidden(node):
        return ""
    return "\n" if node.name == "br" else "".join(map(_preformatted, node.children))


def _shown(text: PageElement) -> str:
    """Return what a browser shows of *text*; comments and the like are nothing."""
    is_text = isinstance(text, NavigableString) and not isinstance(text, PreformattedString)
    return str(text) if is_text else ""


def _as_html(markdown: str) -> str:
    parser = _markdown()
    tokens = parser.parse(markdown)
    html: str = parser.renderer.render(tokens, parser.options, {})
    while tokens:  # freed as a whole, they would stop every thread for long
        del tokens[-_FREED:]
    return html


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
