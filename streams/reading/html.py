"""
Turns HTML into the text that a reader sees. Hidden text is returned separately.

Hidden text never becomes the customer's words, but it is kept apart so that text aimed
at the machine is noticed. Quoted history is dropped by the containers that mail clients
put it in. One pass of libxml2, no recursion: time grows with the length alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

LOOKS_LIKE_HTML = re.compile(
    r"\A\s*<(?:!doctype|html|head|body|meta|div|p|table|span|br)\b|</(?:body|html)\s*>", re.I
)
_UNSEEN_TAGS = frozenset(
    ["head", "script", "style", "template", "title", "noscript", "svg", "object", "iframe"]
)
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?!\s*[.\d])"
    r"|opacity\s*:\s*0(?!\s*[.\d])|max-height\s*:\s*0(?!\s*[.\d])|mso-hide\s*:\s*all",
    re.I,
)
_WHITE = re.compile(r"(?<![-\w])color\s*:\s*(?:white\b|#fff(?:fff)?\b)", re.I)
_QUOTES = frozenset(
    """
    gmail_quote gmail_quote_container yahoo_quoted protonmail_quote zmail_extra moz-cite-prefix
    mail-editor-reference-message-container tutanota_quote front-blockquote
    """.split()  # noqa: SIM905  # words read better than a column of strings
)
_HISTORY_FOLLOWS = frozenset(("divRplyFwdMsg", "appendonsend"))
"""Ids of the element that opens Outlook's history: all text after it is quoted."""
_BLOCKS = frozenset(
    """
    address article aside blockquote dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section table tr ul
    """.split()  # noqa: SIM905  # words read better than a column of strings
)
_PARAGRAPHS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"]
)
_SPECIAL = _UNSEEN_TAGS | {"blockquote", "pre", "li"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True)
class Seen:
    """What a reader sees of a page, and what was hidden from him."""

    text: str
    hidden: str


def see(html: str, *, with_history: bool = False) -> Seen:
    """
    Return the visible text of *html*, paragraphs and list items on lines of their own.

    What mail clients mark as quoted history is left out unless *with_history*. NUL
    becomes U+FFFD, as in the HTML standard (13.2.3.5). Never raises.
    """
    page = _Page(with_history)
    parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    data = html.replace("\0", "\ufffd").encode("utf-8", "replace")
    try:
        parser.feed(data)
        parser.close()
    except etree.LxmlError:
        return Seen(_without_tags(html), "")
    if any("depth" in error.message for error in parser.error_log):
        # libxml2 gives up below 2,048 elements; nothing a customer wrote may be lost by it
        return Seen(_without_tags(html), "")
    return Seen(_tidy("".join(page.text)), _tidy(" ".join(page.hidden)))


def _without_tags(html: str) -> str:
    return _tidy(_TAG.sub(" ", html))


def _tidy(text: str) -> str:
    """Return *text* with trimmed lines and at most one blank line between any two."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.strip(" \t\r\u00a0")
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip()


class _Element(NamedTuple):
    """An open element, as its text inherits from it."""

    tag: str
    unseen: bool = False
    quoted: bool = False
    painted: bool = False
    pre: bool = False


@dataclass
class _Page:
    """Takes libxml2's events and gathers text. Its methods are lxml's target interface."""

    with_history: bool
    text: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    open: list[_Element] = field(default_factory=lambda: [_Element("")])
    rest_is_history: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open *tag*: decide whether its text is seen."""
        above = self.open[-1]
        if not attributes and tag not in _SPECIAL:
            self.open.append(_Element(tag, *above[1:]))
            self._break(tag)
            return
        style = attributes.get("style", "")
        painted = above.painted or "background" in style or "bgcolor" in attributes
        if attributes.get("id") in _HISTORY_FOLLOWS and not self.with_history:
            self.rest_is_history = True
        self.open.append(
            _Element(
                tag,
                above.unseen or _is_unseen(tag, attributes, style, painted),
                above.quoted or (not self.with_history and _is_quote(tag, attributes)),
                painted,
                above.pre or tag == "pre",
            )
        )
        self._break(tag)
        if tag == "li":
            self._add("- ")

    def end(self, tag: str) -> None:
        """Close *tag*."""
        if tag != "br":
            self._break(tag)
        if tag in ("td", "th"):
            self._add(" ")
        if len(self.open) > 1:
            self.open.pop()

    def data(self, data: str) -> None:
        """Take a piece of text."""
        if self.open[-1].unseen:
            self.hidden.append(data)
        else:
            data = data if self.open[-1].pre else _SPACE.sub(" ", data)
            if data != " " or not self._at_line_start():
                self._add(data)

    def comment(self, text: str) -> None:
        """Take a comment: nobody sees it."""
        self.hidden.append(text)

    def close(self) -> None:
        """End of the page."""

    def _break(self, tag: str) -> None:
        if tag == "br":
            self._add("\n")
        elif tag in _PARAGRAPHS:
            self._add("\n\n")
        elif tag in _BLOCKS and not self._at_line_start():
            self._add("\n")

    def _at_line_start(self) -> bool:
        return not self.text or self.text[-1].endswith("\n")

    def _add(self, text: str) -> None:
        here = self.open[-1]
        if not (here.unseen or here.quoted or self.rest_is_history):
            self.text.append(text)


def _is_unseen(tag: str, attributes: dict[str, str], style: str, painted: bool) -> bool:
    if tag in _UNSEEN_TAGS or "hidden" in attributes:
        return True
    if not style:
        return False
    return bool(_INVISIBLE.search(style)) or (not painted and bool(_WHITE.search(style)))


def _is_quote(tag: str, attributes: dict[str, str]) -> bool:
    if tag == "blockquote" or attributes.get("id") in _QUOTES:
        return True
    return not _QUOTES.isdisjoint(attributes.get("class", "").split())
