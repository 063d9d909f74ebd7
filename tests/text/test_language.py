"""In which language a text is."""

from __future__ import annotations

import pytest

from streams.text import language as module
from streams.text.language import language, load_identifier


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
