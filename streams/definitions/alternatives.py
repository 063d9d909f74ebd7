"""
Alternatives of a wording: patterns, one a line, which may name terms that several of them share.

Patterns run in Rust's regex engine, which takes linear time on any text, and in Python's `re`,
which says where a pattern is. So each has to mean something to both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import PydanticCustomError

from streams.definitions.yaml_files import mistake
from streams.reading.phrase_lists import Lines
from streams.text.patterns import TERM, Pattern, expanded

Terms = dict[Annotated[str, Field(pattern="^[a-z_]{1,40}$")], Lines]
"""What several alternatives share: {service} stands for one of its lines."""


def mistakes(given: Mapping[str, Any], *fields: str) -> Iterator[PydanticCustomError]:
    """Yield what is no pattern in *fields* of *given*, or has none of its `terms`."""
    terms = {name: lines for (_, name), lines in _lists(given.get("terms"), "terms")}
    broken = set()
    for (field, name), lines in _lists(given.get("terms"), "terms"):
        for n, fault in _faults(lines):
            broken.add(name)
            yield mistake(fault, field, name, n)
    for place, lines in (found for name in fields for found in _lists(given.get(name), name)):
        used = [set(TERM.findall(line)) for line in lines]
        for n, unknown in enumerate(names - terms.keys() for names in used):
            if unknown:
                yield mistake(f"no such term: {', '.join(sorted(unknown))}", *place, n)
        if not any(names & broken or names - terms.keys() for names in used):
            for n, fault in _faults([expanded(line, terms) for line in lines]):
                yield mistake(fault, *place, n)


def _lists(given: Any, *place: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield the lists of texts at any depth of *given*, each with its place."""
    if isinstance(given, Mapping):
        for name, part in given.items():
            yield from _lists(part, *place, name)
    elif isinstance(given, list | tuple) and all(isinstance(line, str) for line in given):
        yield place, list(given)


def _faults(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each of *lines* that is no pattern, and why."""
    for n, line in enumerate(lines):
        if any(c.isupper() for c in _ESCAPED.sub("", line)):
            yield n, "has a capital letter: patterns are compared with text in lower case"
    if _why_none("|".join(f"(?:{line})" for line in lines)):  # else each of them is one
        yield from ((n, why) for n, line in enumerate(lines) if (why := _why_none(line)))


_ESCAPED = re.compile(r"\\(?:[pP]\{\w+\}|.)")


def _why_none(pattern: str) -> str | None:
    """Return why *pattern* is none of both engines, or None."""
    try:
        Pattern(pattern)
        re.compile(pattern)
    except ValueError as error:
        return f"is not a pattern of Rust's regex: {error}"
    except re.error as error:
        return f"is not a pattern of Python's re: {error}"
    return None
