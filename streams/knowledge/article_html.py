"""HTML files: fields in the page's head, and the whole page as the body."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PreformattedString, Tag
from bs4.exceptions import ParserRejectedMarkup

from schemas import Article
from streams.knowledge.article_fields import (
    DECIDING,
    article_of,
    names_field,
    nearest,
    without_empty,
)
from streams.knowledge.article_ids import id_of_name, id_of_url, is_web_address
from streams.knowledge.article_markdown import OPENED, OTHER_FORMS, TOLD, ArticlesRead


def read_html(name: str, text: str) -> ArticlesRead:
    """
    Yield the article in *text*, or what is wrong with it. *name*: the file's, for id and title.

    `<meta name="audience" content="...">` and so on may set the fields. The title comes from
    `<title>` or `<h1>`, the url from `<link rel="canonical">`, the locale from `<html lang>`.
    """
    begins = text.lstrip(" \t\n\ufeff\u200b")
    if any(form.match(begins) for form in (OPENED, *OTHER_FORMS.values())):
        yield None, 'begins with front matter: write it as <meta name="..." content="...">'
        return
    try:
        soup = BeautifulSoup(text, "lxml")
    except (ParserRejectedMarkup, RecursionError):
        yield None, "is not HTML"
        return
    told = _fields(soup)
    if isinstance(told, str):
        yield None, told
        return
    named, others = told
    if "audience" not in named and (field := _told_in_text(soup)):
        yield None, f'{field}: is no field here: write it as <meta name="..." content="...">'
        return
    titles = (" ".join(tag.get_text().split()) for tag in soup.find_all(_is_title))
    canonical = _canonical(soup)
    title = next(filter(None, titles), name.rpartition("/")[2])
    url = str(named.get("url") or canonical)
    own = {"doc_id": id_of_url(url) or id_of_name(name), "title": title}
    own |= {"url": canonical} if is_web_address(canonical) else {}
    made = article_of({**own, **without_empty(named), "body": text}, others)
    if isinstance(made, str) and made.startswith("audience:"):
        made += "; a <meta> of another tool with this name counts too"
    yield None, made


_NAMING = ("name", "property", "itemprop", "http-equiv")
"""Attributes by which pages name a `<meta>`."""
_Others = dict[str, list[str]]


def _fields(soup: BeautifulSoup) -> tuple[dict[str, str], _Others] | str:
    """Return the fields that a page sets and what else it says, or what is wrong with them."""
    root = soup.find("html")
    found = {"locale": str(root.get("lang") or "") if root else ""}
    deciding: dict[str, str] = {}
    others: _Others = {}
    for tag in soup.find_all("meta"):
        value = str(tag.get("content") or "")
        for attribute, name in _names(tag):
            field = name.casefold()  # case does not count in HTML
            if field in DECIDING:
                if deciding.setdefault(field, value) != value:
                    return f"{field}: comes twice, with two values"
            elif attribute == "name" and field in Article.model_fields:
                found[field] = value
            elif attribute != "http-equiv" or nearest(name):  # `cache-control: private`
                others.setdefault(name, []).append(value)
    for tag in soup.find_all(["html", "head", "body"]):
        for attribute, said in tag.attrs.items():
            name = f"{tag.name}.{attribute.removeprefix('data-')}"
            others.setdefault(name, []).append(str(said))
    return found | deciding, others


def _told_in_text(soup: BeautifulSoup) -> str | None:
    """Return the field that a comment or the first text of a page sets, where none is read."""
    for text in soup.find_all(string=True):
        begins = isinstance(text, NavigableString) and _begins_page(text)
        if isinstance(text, Comment) or begins:
            lines = (_block_of(text) if begins else str(text)).splitlines()
            found = (names_field(told[1], told[2]) for told in map(TOLD.match, lines) if told)
            if name := next(filter(None, found), None):
                return name
        if begins:
            return None
    return None


def _begins_page(text: NavigableString) -> bool:
    """Say whether *text* is some that a reader sees, and not in the page's head."""
    is_seen = bool(text.strip()) and not isinstance(text, PreformattedString)
    return is_seen and text.find_parent(["head", "title", "script", "style"]) is None


def _block_of(text: NavigableString) -> str:
    """Return the text of the paragraph, or whatever it is, that *text* begins."""
    block = text.find_parent(["p", "li", "td", "dt", "dd", "div", "h1", "h2", "h3", "body"])
    return (block or text).get_text()[:_CONSIDERED].strip()


_CONSIDERED = 500
"""Characters of a page's first block in which fields are looked for."""


def _names(meta: Tag) -> Iterator[tuple[str, str]]:
    """Yield what *meta* is named, and by which attribute."""
    for attribute, value in meta.attrs.items():
        if attribute in _NAMING:
            yield attribute, str(value).strip()
        elif attribute != "content" and nearest(attribute):
            yield attribute, attribute


def _is_title(tag: Tag) -> bool:
    """Say whether *tag* has the page's title, and not that of a picture in it."""
    return tag.name in ("title", "h1") and tag.find_parent("svg") is None


_CANONICAL = re.compile(r"^canonical$", re.I)


def _canonical(soup: BeautifulSoup) -> str:
    link = soup.find("link", rel=_CANONICAL)
    return str(link.get("href") or "").strip() if link else ""
