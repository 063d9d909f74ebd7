"""
The operator's voice: what a draft says beside the lines of articles, by language and brand.

A YAML file; `defaults/voice.yaml` is used where the operator has none and documents the form.
A phrase has slots that take a checked name, the brand, and an article's title and link, never
the customer's words. `Voice.is_ours` knows each phrase again, filled by such values alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from streams.definitions.printable import PrintedVersion
from streams.definitions.speech import Speech
from streams.definitions.voice_claims import name_fault, phrase_fault
from streams.definitions.voice_phrases import Brand, LanguagePhrases
from streams.definitions.yaml_files import Definition, load_yaml, mistake, shipped

DEFAULT = Path(__file__).parent / "defaults" / "voice.yaml"
ANY_BRAND, ANY_LANGUAGE = "default", "en"
"""What a ticket gets whose brand or language the voice does not have."""


def _language_tag(given: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", given):
        raise mistake("is no language's tag: write it as de or pt-BR")
    return given


_Tag = Annotated[str, AfterValidator(_language_tag)]


def _included() -> dict[str, LanguagePhrases]:
    return load_voice().languages


class Voice(Definition):
    """All phrases of the operator's, by language, and the brands that have some of their own."""

    version: Annotated[PrintedVersion, Field(min_length=1, max_length=100)]
    brands: dict[Annotated[str, Field(min_length=1, max_length=1_000)], Brand]
    languages: Annotated[dict[_Tag, LanguagePhrases], Field(default_factory=_included)]

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """
        Yield that what everything falls back to is missing, a brand's unknown language, and what
        no phrase and no name may say.
        """
        yield from _claims(given)
        brands = given.get("brands")
        languages = given["languages"] if "languages" in given else _included()
        if isinstance(brands, dict) and ANY_BRAND not in brands:
            yield mistake(f"lacks {ANY_BRAND}", "brands")
        if not isinstance(languages, dict):
            return
        if ANY_LANGUAGE not in languages:
            yield mistake(f"lacks {ANY_LANGUAGE}", "languages")
        for name, brand in brands.items() if isinstance(brands, dict) else ():
            own = brand.get("languages") if isinstance(brand, dict) else None
            for language in own if isinstance(own, dict) else ():
                if language not in languages:
                    reason = "is no language of languages"
                    yield mistake(reason, "brands", name, "languages", language)

    def speaking(self, language: str, brand: str | None = None) -> Speech:
        """Return the phrases in *language*, or in English, for *brand*, or for no particular."""
        brands, languages = self._speeches
        name = brands.get((brand or "").strip().casefold(), ANY_BRAND)
        return languages[name].get(self._nearest(language), languages[name][ANY_LANGUAGE])

    def is_ours(
        self,
        text: str,
        *,
        names: tuple[str, ...] = (),
        titles: tuple[str, ...] = (),
        links: tuple[str, ...] = (),
    ) -> bool:
        """Return whether *text* is `Speech.is_ours` in any language, for any brand."""
        return any(
            speech.is_ours(text, names=names, titles=titles, links=links)
            for speeches in self._speeches[1].values()
            for speech in speeches.values()
        )

    def collect_phrases(self) -> None:
        """Collect the phrases now, which otherwise waits for the first draft."""
        self.is_ours("")

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The languages whose phrases no native speaker has read."""
        return tuple(name for name, phrases in self.languages.items() if not phrases.reviewed)

    def _nearest(self, language: str) -> str:
        """Return the tag of *language* that there are phrases for, or its primary language."""
        primary, _, region = language.replace("_", "-").partition("-")
        whole = f"{primary.lower()}-{region.upper()}"
        return whole if whole in self.languages else primary.lower()

    @cached_property
    def _speeches(self) -> tuple[dict[str, str], dict[str, dict[str, Speech]]]:
        """Return the brands by their names in small letters, and each one's speech by language."""
        made = {
            name: {
                language: Speech(language, brand.name, brand.over(language, phrases))
                for language, phrases in self.languages.items()
            }
            for name, brand in self.brands.items()
        }
        return {name.casefold(): name for name in self.brands}, made


def _claims(given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
    """Yield which names and phrases of *given* claim something, or would fail each draft."""
    brands = given.get("brands")
    for name, brand in brands.items() if isinstance(brands, dict) else ():
        called = brand.get("name") if isinstance(brand, dict) else None
        if isinstance(called, str) and (fault := name_fault(called)):
            yield mistake(fault, "brands", name, "name")
        yield from _of_languages(brand, "brands", name)
    yield from _of_languages(given)


def _of_languages(given: Any, *at: str) -> Iterator[PydanticCustomError]:
    languages = given.get("languages") if isinstance(given, dict) else None
    for language, phrases in languages.items() if isinstance(languages, dict) else ():
        for place, phrase in _texts(phrases, (*at, "languages", language)):
            if fault := phrase_fault(phrase, str(language)):
                yield mistake(fault, *place)


def _texts(part: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each text of *part* and its place; one that is the same in both forms, once."""
    if isinstance(part, str):
        yield at, part
    elif isinstance(part, dict):
        forms = {*part.values()} if part.keys() == {"polite", "familiar"} else set()
        if len(forms) == 1:
            yield from _texts(forms.pop(), at)
            return
        for name, inner in part.items():
            yield from _texts(inner, (*at, name))
    elif isinstance(part, list | tuple):
        for n, inner in enumerate(part):
            yield from _texts(inner, (*at, n))


def load_voice(path: Path | None = None) -> Voice:
    """
    Return the voice in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a voice; file, line and field are named.
    """
    return load_yaml(path, Voice) if path else shipped(DEFAULT, Voice)
