"""Words: stems, rarity, and the share that two texts have in common."""

from __future__ import annotations

import pytest

from streams.text.words import content, coverage, rarity, stems


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


def test_only_words_that_mean_something_are_content() -> None:
    """
    Function words are no content, whatever their case.
    """
    assert content("Have you charged me TWICE for the invoices?") == {"charg", "twice", "invoic"}


@pytest.mark.parametrize(
    ("words", "among", "share"),
    [
        ({"a", "b"}, {"b", "c"}, 0.5),
        ({"a"}, {"a", "b"}, 1.0),
        ({"a"}, set(), 0.0),
        (set(), {"a"}, 1.0),
    ],
)
def test_coverage(words: set[str], among: set[str], share: float) -> None:
    """
    Coverage is a share of the first words alone, and all of none.
    """
    assert coverage(frozenset(words), frozenset(among)) == share


def test_a_rare_word_weighs_more() -> None:
    """
    An everyday word is less rare than a technical one, and that less than a made-up one.
    """
    assert 0 < rarity("the") < rarity("invoice") < rarity("xyzzyplugh")
