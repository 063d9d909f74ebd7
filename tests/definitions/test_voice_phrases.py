"""Phrases with slots, in one or two forms of address."""

from __future__ import annotations

import pytest

from streams.definitions.voice import load_voice
from streams.definitions.voice_phrases import Brand, BrandPhrases, LanguagePhrases, Worded

VOICE = load_voice()


def test_a_phrase_by_form_of_address() -> None:
    """
    A phrase is said as the customer is addressed.
    """
    phrase = Worded(polite="Ihre Nachricht", familiar="deine Nachricht")

    assert [phrase.by("polite"), phrase.by("familiar")] == ["Ihre Nachricht", "deine Nachricht"]


def test_a_brand_need_give_no_phrase_and_may_give_each() -> None:
    """
    The fields of a brand's phrases are those of a language's, none of them required.
    """
    assert BrandPhrases.model_fields.keys() == LanguagePhrases.model_fields.keys()
    assert not any(field.is_required() for field in BrandPhrases.model_fields.values())


def test_a_brands_phrases_go_over_the_others() -> None:
    """
    What a brand gives replaces what all have, and nothing else changes.
    """
    german = VOICE.languages["de"]
    brand = Brand.model_validate({"languages": {"de": {"address": "familiar"}}})

    own = brand.over("de", german)

    assert own.address == "familiar"
    assert own.model_dump(exclude={"address"}) == german.model_dump(exclude={"address"})
    assert brand.over("en", VOICE.languages["en"]) is VOICE.languages["en"]


@pytest.mark.parametrize("language", list(VOICE.languages))
def test_no_phrase_of_a_language_comes_twice(language: str) -> None:
    """
    A thread gets no phrase twice, so no two phrases are the same in a form of address.
    """
    for form in ("polite", "familiar"):
        said = [
            getattr(one, form) for some in VOICE.languages[language].alternatives for one in some
        ]

        assert len(said) == len(set(said))


@pytest.mark.parametrize("language", list(VOICE.languages))
def test_no_phrase_has_a_number(language: str) -> None:
    """
    A phrase claims nothing; no number or per cent stands in one.
    """
    text = VOICE.languages[language].model_dump_json()

    assert not any(character.isdigit() or character == "%" for character in text)
