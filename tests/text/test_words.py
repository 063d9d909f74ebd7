"""Words: stems, rarity, and the share that two texts have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.words import content, coverage, rarity, stems, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Refunds, REFUNDED and refunding!", ["refund", "refund", "and", "refund"]),
        ("Café naïve", ["cafe", "naiv"]),
        ("error-500: my_file.txt", ["error", "500", "my", "file", "txt"]),
        ("x" * 65, []),
        ("?!", []),
    ],
)
def test_stems(text: str, found: list[str]) -> None:
    """
    Forms of one word have one stem, without accents; what is too long for a word has none.
    """
    assert stems(text) == found


@given(text=st.text(max_size=100))
def test_each_stem_is_that_of_a_word(text: str) -> None:
    """
    In any script, the words of a text taken one by one have the stems of the whole.
    """
    assert [stem for word in words(text) for stem in stems(word)] == stems(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I don't pay, EVER", ["I", "don", "t", "pay", "EVER"]),
        ("my_file", ["my", "file"]),
        ("भुगतान दो बार", ["भुगतान", "दो", "बार"]),
        ("x" * 65 + " y", ["y"]),
    ],
)
def test_words_are_as_they_are_written(text: str, found: list[str]) -> None:
    """
    Case is kept, and a vowel sign belongs to its word.
    """
    assert words(text) == found


def test_only_words_that_mean_something_are_content() -> None:
    """
    Function words are no content, whatever their case.
    """
    assert content("Have you charged me TWICE for the invoices?") == {"charg", "twice", "invoic"}


@pytest.mark.parametrize(
    ("asked", "among", "share"),
    [
        ({"a", "b"}, {"b", "c"}, 0.5),
        ({"a"}, {"a", "b"}, 1.0),
        ({"a"}, set(), 0.0),
        (set(), {"a"}, 1.0),
    ],
)
def test_coverage(asked: set[str], among: set[str], share: float) -> None:
    """
    Coverage is a share of the first words alone, and all of none.
    """
    assert coverage(frozenset(asked), frozenset(among)) == share


def test_a_rare_word_weighs_more() -> None:
    """
    An everyday word is less rare than a technical one, and that less than a made-up one.
    """
    assert 0 < rarity("the") < rarity("invoice") < rarity("xyzzyplugh")
