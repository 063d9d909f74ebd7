"""
The fields of a file become an article, or a reason why not.

No article that its file calls internal may become public without a word. So these are errors:

* an audience or a tenant that is given and empty, and an audience that we do not know;
* a field whose name is nearly `audience`, `tenant` or `valid_until`, or that has this name and
  stands within another field;
* a field of another tool that says "not public", such as `draft: true`, in a file that gives no
  audience.

All other unknown fields are kept.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError
from pydantic_core import PydanticSerializationError

from schemas import Article
from schemas.topics import ARTICLES
from streams.errors import fields_at_fault
from streams.knowledge.article_ids import is_web_address

DECIDING = ("audience", "tenant", "valid_until")
"""The fields that decide who sees an article, and until when."""


def article_of(fields: object, others: Mapping[str, object] | None = None) -> Article | str:
    """
    Return the article that *fields* make, or what is wrong with them, without their values.

    *others* are looked at like fields, and are not kept.
    """
    if not isinstance(fields, dict):
        return "should be an object"
    all_fields = {**fields, **(others or {})}
    if wrong := _misspelt(all_fields) or _hidden(all_fields):
        return wrong
    try:
        article = _Written.model_validate(fields)
        return Article.model_validate_json(as_sent(article))  # just as a worker reads it
    except ValidationError as error:
        return fields_at_fault(error)
    except PydanticSerializationError:
        return "has text that is not Unicode"


def as_sent(article: Article) -> bytes:
    """Return *article* as it is published, without the fields that nobody set."""
    return article.model_dump_json(exclude_none=True).encode()


_BESIDE_THE_VALUE = 10_000
"""Bytes of a message in addition to its value, at most: key, headers, and the batch's own."""


def too_large(article: Article) -> str | None:
    """Return what is wrong with *article* if its topic does not take it, or None."""
    if len(as_sent(article)) <= ARTICLES.max_message_bytes - _BESIDE_THE_VALUE:
        return None
    return f"{article.doc_id}: larger than {ARTICLES.max_message_bytes:,} bytes"


def without_empty(fields: dict[Any, Any]) -> dict[Any, Any]:
    """Return *fields* without those left empty; an empty audience or tenant stays, as a mistake."""
    kept = ((name, "" if value is None else value) for name, value in fields.items())
    return {name: value for name, value in kept if value != "" or name in ("audience", "tenant")}


def nearest(name: str) -> str | None:
    """Return the field of `DECIDING` that *name* is, or nearly is, whatever its case."""
    plain = {_letters(field): field for field in DECIDING}
    near = difflib.get_close_matches(_letters(name), plain, n=1, cutoff=_NEAR)
    return plain[near[0]] if near else None


def names_field(name: str, value: str) -> str | None:
    """Return *name* if text `name: value` is meant to say who sees an article, or None."""
    return name if nearest(name) or _is_not_public(name, value) else None


_NEAR = 0.8
"""Likeness, 0 to 1, of a name to a field's from which it is a slip and not another name."""


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _misspelt(fields: dict[Any, Any]) -> str | None:
    for name in fields:
        if name not in DECIDING and (meant := _slip(str(name))):
            return f"{name}: no field of an article; did you mean {meant}?"
    return None


def _slip(name: str) -> str | None:
    """Return the field that *name* is a slip of. `dc.audience` is a name of another standard."""
    return None if re.search("[.:]", name) else nearest(name)


def _hidden(fields: dict[Any, Any]) -> str | None:
    """Return what is wrong if *fields* say who may see the article, and we would not heed it."""
    for path, name, value in _entries(fields):
        if path != name and name in DECIDING and name not in fields:
            return f"{path}: stands within another field; write {name} at the top level"
        if "audience" not in fields and _is_not_public(name, value):
            return (
                f"{path}: says that the article is not public, and only audience counts: give it,"
                " public or internal"
            )
    return None


def _entries(fields: dict[Any, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield path, name and value of all *fields*, those within others too."""
    rest: list[tuple[str, object]] = [("", fields)]
    while rest:
        where, inner = rest.pop()
        if isinstance(inner, list):
            rest += ((where, one) for one in inner)
        elif isinstance(inner, dict):
            for name, value in inner.items():
                yield f"{where}{name}", str(name), value
                rest.append((f"{where}{name}.", value))


_TELLS = {
    *("audience", "visibility", "access", "accesslevel", "permission", "permissions", "scope"),
    *("status", "state", "tag", "tags", "label", "labels", "publication", "publishstatus"),
    *("classification", "sensitivity", "confidentiality"),
}
"""Names of fields in which other tools keep who may see a page."""
_NOT_PUBLIC = {
    *("internal", "internaluse", "private", "confidential", "restricted", "secret", "staff"),
    *("employees", "draft", "hidden", "unlisted", "unpublished"),
}
"""What such a field says of a page that is not public; with a yes, names of fields too."""
_PUBLIC = {"public", "published", "publish"}


def _is_not_public(name: str, value: object) -> bool:
    """Say whether `name: value` is another tool's way to say that a page is not public."""
    key = _letters(re.split("[.:]", name)[-1]).removeprefix("is").removesuffix("only")
    if key in _TELLS:
        return not _NOT_PUBLIC.isdisjoint(_each_told(value))
    told = {_letters(str(one)) for one in (value if isinstance(value, list) else [value])}
    if key in _PUBLIC:
        return bool(told & {"false", "no", "off", "0"})
    return key in _NOT_PUBLIC and bool(told & {"true", "yes", "on", "1"})


def _each_told(value: object) -> Iterator[str]:
    """Yield what *value* and all in it tell: each as a whole, and a text by its words, too."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += one.values()
        elif isinstance(one, list):
            rest += (inner for inner in one if isinstance(inner, dict | list))
            yield from (_telling(str(inner)) for inner in one)
        else:
            yield from map(_telling, (str(one), *_DIVIDED.split(str(one))))


_DIVIDED = re.compile(r"[,;|/\s]")
"""What divides tags that are written in one text."""


def _telling(text: str) -> str:
    return _letters(text).removesuffix("only")


def _known_audience(value: object) -> object:
    if value not in ("public", "internal"):
        raise ValueError("should be public or internal")
    return value


def _web_address(value: object) -> object:
    if isinstance(value, str) and value and not is_web_address(value):
        raise ValueError("should be a whole address that begins with https:// or http://")
    return value


class _Written(Article):
    """An article in a file. A misspelt audience is a mistake there, and none of a newer version."""

    url: Annotated[str, BeforeValidator(_web_address)] = ""
    audience: Annotated[str, BeforeValidator(_known_audience)] = "public"
