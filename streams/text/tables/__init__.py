"""Tables of words of languages, one YAML file for each module that reads one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from streams.text.language import primary_language
from streams.text.shipped_yaml import shipped_yaml

_Entry = TypeVar("_Entry")


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table *name*, by its sections; it is read once, and nobody changes it."""
    found: dict[str, Any] = shipped_yaml((files(__name__) / f"{name}.yaml").read_bytes())
    return found


def of_language(by_language: Mapping[str, _Entry], language: str) -> _Entry:
    """Return what *by_language* has for the tag *language*, or else for English."""
    return by_language.get(primary_language(language), by_language["en"])


def words_of(given: str | dict[str, str]) -> frozenset[str]:
    """Return the words of all languages in *given*, casefolded, to be looked for in such text."""
    texts = [given] if isinstance(given, str) else given.values()
    return frozenset(word for text in texts for word in text.casefold().split())


def alternatives(by_language: dict[str, str]) -> str:
    """Return the regular expression of any of the words in *by_language*, as they are written."""
    found = {word for text in by_language.values() for word in text.split()}
    return f"(?:{'|'.join(map(re.escape, sorted(found)))})"


def spaced_alternatives(*sections: Mapping[str, str]) -> str:
    """
    Return the regular expression of any word in *sections*, the longest first and without a group.

    `_` in a word is what may join its parts: `one_time` is also `one-time` and `one time`.
    """
    texts = [text for by_language in sections for text in by_language.values()]
    found = {word for text in texts for word in text.split()}
    escaped = (re.escape(word).replace("_", "[ _-]{0,2}") for word in found)
    return "|".join(sorted(escaped, key=lambda word: (-len(word), word)))
