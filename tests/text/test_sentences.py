"""A text as sentences: where they end, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.sentences import split


@given(st.text(alphabet=st.sampled_from("aB1.!?…。\n \t[]\"'e-"), max_size=80))
def test_splitting_loses_nothing(text: str) -> None:
    """
    The sentences of a text, put together, are the text.
    """
    assert "".join(split(text)) == text


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 7.50 dollars. Tax is extra.", ["It costs 7.50 dollars.", "Tax is extra."]),
        ("Ask Dr. Vogt. She knows.", ["Ask Dr. Vogt.", "She knows."]),
        ("Use e.g. Okta. Then test.", ["Use e.g. Okta.", "Then test."]),
        ("Open app.larkspur.example. Sign in.", ["Open app.larkspur.example.", "Sign in."]),
        ("Done. [KB-1] Next [KB-2].", ["Done. [KB-1]", "Next [KB-2]."]),
        ("1. Open it.\n2. Close it.", ["1. Open it.", "2. Close it."]),
        ("你好。再见。", ["你好。", "再见。"]),
    ],
)
def test_ends_of_sentences(text: str, sentences: list[str]) -> None:
    """
    Numbers, abbreviations and host names end no sentence; a citation stays with its own.
    """
    assert [s.strip() for s in split(text)] == sentences
