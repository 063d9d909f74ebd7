"""
How customers word what a person must know before answering: patterns for each signal, by language.

A YAML file; `defaults/signals.yaml` documents the form. Patterns run in Rust's regex engine, which
takes linear time on any text, and in Python's `re`, which says where a pattern is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic_core import PydanticCustomError

from streams.definitions.yaml_files import Definition, Part, load_yaml, mistake
from streams.reading.signals import Signals, Wording
from streams.text.patterns import Pattern

DEFAULT = Path(__file__).parent / "defaults" / "signals.yaml"

_Line = Annotated[str, Field(min_length=1, max_length=1_000)]
_Lines = Annotated[tuple[_Line, ...], Field(min_length=1)]
_Term = Annotated[str, Field(pattern="^[a-z_]{1,40}$")]
_Language = Annotated[str, Field(pattern="^([a-z]{2,3}|any)$")]
_ByLanguage = dict[_Language, _Lines]
_WordedSignal = Literal["legal_threat", "security_report", "injection", "outage"]


class SignalWording(Part):
    """How customers word a signal, and which words around it take it back."""

    says: Annotated[_ByLanguage, Field(min_length=1)]
    unless_before: _ByLanguage = {}
    unless_near: _ByLanguage = {}


class SignalWordings(Definition):
    """All signals that are told by words, and the terms that their patterns share."""

    terms: dict[_Term, _Lines] = {}
    signals: dict[_WordedSignal, SignalWording]

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield what is no pattern, or has a term that there is not."""
        terms = {name: lines for (_, name), lines in _lists(given.get("terms"), "terms")}
        broken = set()
        for (field, name), lines in _lists(given.get("terms"), "terms"):
            for n, fault in _faults(lines):
                broken.add(name)
                yield mistake(fault, field, name, n)
        for place, lines in _lists(given.get("signals"), "signals"):
            used = [set(_TERM.findall(line)) for line in lines]
            for n, unknown in enumerate(names - terms.keys() for names in used):
                if unknown:
                    yield mistake(f"no such term: {', '.join(sorted(unknown))}", *place, n)
            if not any(names & broken or names - terms.keys() for names in used):
                for n, fault in _faults([_expanded(line, terms) for line in lines]):
                    yield mistake(fault, *place, n)

    def compiled(self) -> Signals:
        """Return what tells which signals a text gives."""
        return Signals({name: self._wording(worded) for name, worded in self.signals.items()})

    def _wording(self, worded: SignalWording) -> Wording:
        return Wording(
            says=tuple(map(_any_of, _packed(self._by_language(worded.says)))),
            unless_before=_at_end(self._all(worded.unless_before)),
            unless_near=_any_of(near) if (near := self._all(worded.unless_near)) else None,
        )

    def _by_language(self, lines: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
        return ([_expanded(line, self.terms) for line in some] for some in lines.values())

    def _all(self, lines: Mapping[str, Iterable[str]]) -> list[str]:
        return [line for some in self._by_language(lines) for line in some]


def load(path: Path | None = None) -> Signals:
    """
    Return what tells signals by the file at *path*, or by the default one.

    Raises:
        ConfigurationError: The file does not hold wordings; file, line and field are named.
    """
    return load_yaml(path or DEFAULT, SignalWordings).compiled()


_TERM = re.compile(r"\{([a-z_]+)\}")


def _expanded(line: str, terms: Mapping[str, Iterable[str]]) -> str:
    """Return *line* with the alternatives of its terms in their places."""
    return _TERM.sub(lambda match: f"(?:{'|'.join(terms[match[1]])})", line)


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


_MOST_PACKED = 4_000
"""Characters of alternatives that are combined into one pattern; more take much memory."""


def _packed(languages: Iterable[list[str]]) -> list[list[str]]:
    """Return the alternatives of *languages* in as few lists as may be, no language cut in two."""
    packs: list[list[str]] = []
    for lines in languages:
        if packs and sum(map(len, (*packs[-1], *lines))) <= _MOST_PACKED:
            packs[-1] += lines
        else:
            packs.append(list(lines))
    return packs


def _any_of(lines: Iterable[str]) -> Pattern:
    return Pattern("(?m)" + "|".join(lines))


def _at_end(lines: list[str]) -> Pattern | None:
    """Return the pattern of a text that ends with one of *lines*, as whole words."""
    return Pattern(rf"\b(?:{'|'.join(lines)})\z") if lines else None
