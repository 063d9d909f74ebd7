"""
How customers word what a person must know before answering: patterns for each signal, by language.

A YAML file; `defaults/signals.yaml` documents the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic_core import PydanticCustomError

from streams.definitions.alternatives import Terms, mistakes
from streams.definitions.yaml_files import Definition, Part, load_yaml, shipped
from streams.reading.phrase_lists import LinesByLanguage, PhraseList
from streams.reading.signals import Signals, Wording
from streams.text.patterns import Pattern, expanded

DEFAULT = Path(__file__).parent / "defaults" / "signals.yaml"

_WordedSignal = Literal["legal_threat", "security_report", "injection", "outage"]


class SignalWording(Part):
    """How customers word a signal, which words around it take it back, and which do not."""

    says: PhraseList
    unless_before: LinesByLanguage = {}
    unless_near: LinesByLanguage = {}
    lasting: LinesByLanguage = {}


class SignalWordings(Definition):
    """All signals that are told by words, and the terms that their patterns share."""

    terms: Terms = {}
    signals: dict[_WordedSignal, SignalWording]

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield what is no pattern, or has a term that there is not."""
        yield from mistakes(given, "signals")

    def compiled(self) -> Signals:
        """Return what tells which signals a text gives."""
        return Signals({name: self._wording(worded) for name, worded in self.signals.items()})

    def _wording(self, worded: SignalWording) -> Wording:
        return Wording(
            says=_any_of(self._all(worded.says)),
            unless_before=_at_end(self._all(worded.unless_before)),
            unless_near=_any_of(near) if (near := self._all(worded.unless_near)) else None,
            lasting=_any_of(lasting) if (lasting := self._all(worded.lasting)) else None,
        )

    def _all(self, lines: Mapping[str, Iterable[str]]) -> list[str]:
        return [expanded(line, self.terms) for some in lines.values() for line in some]


def load_signals(path: Path | None = None) -> Signals:
    """
    Return what tells signals by the file at *path*, or by the default one.

    Raises:
        ConfigurationError: The file does not hold wordings; file, line and field are named.
    """
    return load_yaml(path, SignalWordings).compiled() if path else _shipped()


@cache
def _shipped() -> Signals:
    wordings: SignalWordings = shipped(DEFAULT, SignalWordings)
    return wordings.compiled()


def _any_of(lines: Iterable[str]) -> Pattern:
    return Pattern(*lines, flags="(?m)")


def _at_end(lines: list[str]) -> Pattern | None:
    """Return the pattern of a text that ends with one of *lines*, as whole words."""
    return Pattern(rf"\b(?:{'|'.join(lines)})\z") if lines else None
