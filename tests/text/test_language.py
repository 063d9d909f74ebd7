"""In which language a text is."""

from __future__ import annotations

import pytest

from streams.text import language as module
from streams.text.language import language, language_tag, load_identifier, primary_language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Why have you charged me twice, and when will the refund be there?", "en"),
        ("Guten Tag, ich habe eine Frage zu meiner Rechnung vom letzten Monat.", "de"),
        ("Bonjour, je voudrais savoir pourquoi ma facture est plus élevée.", "fr"),
        ("OK", "und"),
    ],
)
def test_the_language_is_told(text: str, found: str) -> None:
    """
    A sentence is told by its language, and what is too short by none.
    """
    assert language(text) == found


def test_the_model_is_loaded_once() -> None:
    """
    After `load_identifier`, no text loads it again.
    """
    load_identifier()
    before = module._identifier.cache_info().misses
    language("Guten Tag, ich habe eine Frage zu meiner Rechnung vom letzten Monat.")

    assert module._identifier.cache_info().misses == before


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("en", "en"),
        ("pt_br", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("und", "und"),
        ("", "und"),
        ("4111111111111111-cvc-737", "und"),
        ("hunter-Geheim42", "und"),
        ("de-CH-Geheim42", "de-CH"),
        ("en-737", "en"),
    ],
)
def test_a_tag_says_a_language_and_nothing_else(tag: str, known: str) -> None:
    """
    What CLDR does not know is left out.
    """
    assert language_tag(tag) == known


@pytest.mark.parametrize(
    ("tag", "found"),
    [("pt-BR", "pt"), ("de_AT", "de"), ("EN", "en"), ("und", "und"), ("", "und"), (None, "und")],
)
def test_the_language_of_a_tag(tag: str | None, found: str) -> None:
    """
    Region and script are left out; no tag is no language.
    """
    assert primary_language(tag) == found
