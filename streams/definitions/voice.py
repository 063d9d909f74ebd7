"""
The operator's voice: what a draft says beside the lines of articles, by language and brand.

A YAML file; `defaults/voice.yaml` is used where the operator has none and documents the form.
A phrase has slots that take a checked name, the brand, and an article's title and link, never
the customer's words. `Voice.is_ours` knows each phrase again, filled by such values alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import PydanticCustomError

from streams.definitions.printable import PrintedVersion
from streams.definitions.speech import Speech
from streams.definitions.voice_phrases import Brand, LanguagePhrases
from streams.definitions.yaml_files import Definition, load_yaml, mistake, shipped

DEFAULT = Path(__file__).parent / "defaults" / "voice.yaml"
ANY_BRAND, ANY_LANGUAGE = "default", "en"
"""What a ticket gets whose brand or language the voice does not have."""

_Tag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


def _included() -> dict[str, LanguagePhrases]:
    return load_voice().languages


class Voice(Definition):
    """All phrases of the operator's, by language, and the brands that have some of their own."""

    version: Annotated[PrintedVersion, Field(min_length=1, max_length=100)]
    brands: dict[Annotated[str, Field(min_length=1, max_length=1_000)], Brand]
    languages: Annotated[dict[_Tag, LanguagePhrases], Field(default_factory=_included)]

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield that what everything falls back to is missing, and a brand's unknown language."""
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


def load_voice(path: Path | None = None) -> Voice:
    """
    Return the voice in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a voice; file, line and field are named.
    """
    return load_yaml(path, Voice) if path else shipped(DEFAULT, Voice)
