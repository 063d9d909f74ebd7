"""
Lists of phrases by language: what a section of `definitions/defaults/phrases.yaml` is made of.

Each step of reading declares the lists that it needs, as a `Section`, and says in code where in
a text they are looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_Line = Annotated[str, Field(min_length=1, max_length=1_000)]
Lines = Annotated[tuple[_Line, ...], Field(min_length=1)]
"""Alternatives: regular expressions, each one a line."""
Language = Annotated[str, Field(pattern="^([a-z]{2,3}|any)$")]
LinesByLanguage = dict[Language, Lines]


def _split(given: Any) -> list[str]:
    if not isinstance(given, str):
        raise PydanticCustomError("words", "is not text: write the words with blanks between them")
    return given.casefold().split()


_Words = Annotated[frozenset[str], BeforeValidator(_split), Field(min_length=1)]

PhraseList = Annotated[LinesByLanguage, Field(min_length=1)]
"""Regular expressions by language; any of them, in any language."""
WordList = Annotated[dict[Language, _Words], Field(min_length=1)]
"""Plain words by language, casefolded: they are looked for in text that is casefolded too."""


class Section(BaseModel):
    """The lists of one step of reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def with_patterns(self, change: Callable[[str], str]) -> Self:
        """Return this with each regular expression as *change* makes it; words stay."""
        changed = {
            name: {language: _changed(some, change) for language, some in given.items()}
            for name, given in self
        }
        return self.model_copy(update=changed)


def _changed(some: Lines | frozenset[str], change: Callable[[str], str]) -> Any:
    return some if isinstance(some, frozenset) else tuple(map(change, some))


def any_of(*phrases: PhraseList) -> str:
    """Return the expression of what is any of *phrases*."""
    return f"(?:{'|'.join(line for some in phrases for lines in some.values() for line in lines)})"


def each_of(phrases: PhraseList, edge: str = "") -> list[str]:
    """Return the expression of each of *phrases*, with *edge* (`\\b`) at its ends."""
    return [f"{edge}(?:{line}){edge}" for lines in phrases.values() for line in lines]


def all_words(words: WordList) -> frozenset[str]:
    """Return *words* of all languages."""
    return frozenset().union(*words.values())
