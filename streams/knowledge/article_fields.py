"""
The fields of a file become an article, or a reason why not.

No article that its file calls internal may become public without a word. So these are errors:

* an audience or a tenant that is given and empty, and an audience that we do not know;
* a field whose name is nearly `audience`, `tenant` or `valid_until`, or that has this name and
  stands within another field;
* a field of another tool that says "not public", such as `draft: true`, or whose value is not known
  to mean public, such as `visibility: team`, in a file that gives no audience
  (`foreign_fields.py`).

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
from streams.knowledge.foreign_fields import leaves_open, says_not_public

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
    return name if nearest(name) or says_not_public(name, value) else None


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
        if "audience" not in fields and (doubt := _doubt(name, value)):
            return f"{path}: {doubt}, and only audience counts: give it, public or internal"
    return None


def _doubt(name: str, value: object) -> str | None:
    """Return why an article with `name: value` may not be public, or None."""
    if says_not_public(name, value):
        return "says that the article is not public"
    return "does not say that everybody may read it" if leaves_open(name, value) else None


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
