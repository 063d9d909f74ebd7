"""The words that say what a text is about."""

from __future__ import annotations

import pytest

from streams.evidence.verification.matter import matter


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "The link is valid", "links are validated"),
        ("de", "Der Link wird verwendet", "Links verwenden"),
        ("fr", "Les liens sont utilisés", "utiliser le lien"),
        ("es", "Los enlaces se usan", "usar el enlace"),
        ("nl-BE", "De koppeling wordt gebruikt", "koppelingen gebruiken"),
        ("xx", "The link", "links"),
    ],
)
def test_forms_of_a_word_are_one(language: str, one: str, other: str) -> None:
    """
    Endings and function words do not count, by the language's own rules.
    """
    shared = matter(one, language) & matter(other, language)

    assert shared
    assert "der" not in matter(one, language)
    assert "the" not in matter(one, language)
