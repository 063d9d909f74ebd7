"""Tables of words of languages, one YAML file for each module that reads one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import yaml


def table(name: str) -> dict[str, Any]:
    """Return the table *name*, by its sections."""
    text = (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def words_of(given: str | dict[str, str]) -> frozenset[str]:
    """Return the words of all languages in *given*, casefolded, to be looked for in such text."""
    texts = [given] if isinstance(given, str) else given.values()
    return frozenset(word for text in texts for word in text.casefold().split())


def alternatives(by_language: dict[str, str]) -> str:
    """Return the regular expression of any of the words in *by_language*, as they are written."""
    found = {word for text in by_language.values() for word in text.split()}
    return f"(?:{'|'.join(map(re.escape, sorted(found)))})"


def filled_in(pattern: str, terms: Mapping[str, Iterable[str]]) -> str:
    """Return *pattern* with the alternatives of each `{term}`, which may have terms themselves."""
    while (filled := _TERM.sub(lambda m: f"(?:{'|'.join(terms[m[1]])})", pattern)) != pattern:
        pattern = filled
    return pattern


_TERM = re.compile(r"\{([a-z_]+)\}")
