"""What a customer tells of what they have done."""

from __future__ import annotations

import pytest

from streams.evidence.verification.told_deeds import clauses_of, told_deeds


@pytest.mark.parametrize(
    ("said", "language", "first"),
    [
        (
            "I restarted the box five times. Still nothing.",
            "en",
            "I restarted the box",
        ),
        ("We called you twice, and sent the form, no reply.", "en", "We called you twice"),
        ("Ich habe die Box schon dreimal neu gestartet.", "de", "Ich habe die Box"),
        ("J'ai déjà demandé un nouveau code.", "fr", "J'ai déjà demandé"),
        ("Ya he reiniciado el router tres veces.", "es", "Ya he reiniciado"),
    ],
)
def test_what_was_done_often_or_in_vain_is_a_deed(said: str, language: str, first: str) -> None:
    """
    It is told in the customer's clauses.
    """
    told = told_deeds(said, language)

    assert told is not None
    assert told.deeds[0][0].startswith(first)


@pytest.mark.parametrize(
    "said", ["I restarted the box.", "How do I restart the box?", "We bought two boxes.", ""]
)
def test_what_was_done_once_and_well_is_none(said: str) -> None:
    """
    Who only tells a story, or asks, has tried nothing in vain.
    """
    assert told_deeds(said, "en") is None


def test_clauses_end_at_stops_and_at_words_that_join() -> None:
    """
    In any language.
    """
    said = "I called and wrote. Ich rief an und schrieb"

    assert [part.strip() for part in clauses_of(said)] == [
        "I called",
        "wrote",
        "Ich rief an",
        "schrieb",
    ]
