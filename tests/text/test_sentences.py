"""A text as sentences: where they end, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.sentences import different, sentences, split


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
        ("Bis zum 31. Oktober 2025. Dann nicht.", ["Bis zum 31. Oktober 2025.", "Dann nicht."]),
        ("Zum 28. Geburtstag endet es. Dann neu.", ["Zum 28. Geburtstag endet es.", "Dann neu."]),
        ("Es endet am 28. Der Rest bleibt.", ["Es endet am 28.", "Der Rest bleibt."]),
        ("Es gilt ab 3. Danach nicht.", ["Es gilt ab 3.", "Danach nicht."]),
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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it stops. why? no idea", ["it stops.", "why?", "no idea"]),
        ('It says "pending?" Why is that?', ['It says "pending?"', "Why is that?"]),
        ("Use e.g. okta. then test.", ["Use e.g. okta.", "then test."]),
        ("1. it stops\n\n2. it fails", ["1. it stops", "2. it fails"]),
        (" \n ", []),
    ],
)
def test_sentences_of_a_mail(text: str, found: list[str]) -> None:
    """
    In a mail a sentence may begin with a small letter, but not after an abbreviation.
    """
    assert sentences(text) == found


def test_an_article_has_no_sentence_in_small_letters() -> None:
    """
    Where sentences begin with a capital, what goes on in small letters is the same one.
    """
    assert split("See Fig. two, or Sect. three.") == ["See Fig. two, or Sect. three."]


@given(st.lists(st.text(alphabet="ab \n", max_size=6)))
def test_different(texts: list[str]) -> None:
    """
    No text repeats another but for blanks, and of each one there was one is left.
    """
    kept = [text.split() for text in different(texts)]

    assert len({tuple(words) for words in kept}) == len(kept)
    assert {tuple(text.split()) for text in texts} - {()} == {tuple(words) for words in kept}
