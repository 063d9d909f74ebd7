"""Decoys: lines that answer nothing, among those that a language model chooses from."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.evidence.decoys import DECOYS, decoys_for, places_of_decoys
from streams.text.language import language as language_of
from streams.text.tables import table

ARTICLES = table("decoys")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "nl"])
def test_each_language_has_its_own(language: str) -> None:
    """
    At least ten made-up articles of at least six different lines, in that language.
    """
    articles = ARTICLES[language]
    assert len(articles) >= 10
    assert all(len(lines) >= 6 for lines in articles.values())
    said = [line for lines in articles.values() for line in lines]
    assert len(said) == len(set(said))
    assert all(line.endswith(".") and "[" not in line for line in said)
    assert {language_of(" ".join(lines)) for lines in articles.values()} == {language}


def test_a_ticket_has_the_same_ones_again() -> None:
    """
    A retry shows the same decoys; another ticket has others.
    """
    about = ["How do I cancel my subscription?"]
    assert decoys_for("a", about) == decoys_for("a", about)
    assert len({decoys_for(f"ticket {n}", about) for n in range(50)}) > 45


@pytest.mark.parametrize("language", ["en", "de", "ja", "und", ""])
def test_there_are_always_some(language: str) -> None:
    """
    Four of four articles; where a language has none, they are English.
    """
    found = decoys_for("a", ["Hallo", ""], language)
    assert len(found) == len({decoy.title for decoy in found}) == DECOYS == 4
    titles = ARTICLES["de" if language == "de" else "en"]
    assert all(decoy.text in titles[decoy.title] for decoy in found)


@pytest.mark.parametrize(
    ("about", "title"),
    [
        ("My orchid's leaves turn yellow: how often do I water it?", "Watering your orchid"),
        ("The tent leaks at the seams, and a pole broke", "Pitching the tunnel tent"),
        ("My bike's brake pads squeak", "Adjusting a bicycle's brakes"),
        ("How long do bees need honey in the hive?", "Your first beehive"),
    ],
)
def test_they_have_nothing_to_do_with_the_ticket(about: str, title: str) -> None:
    """
    A shop for bicycles is not shown decoys about bicycles.
    """
    dealt = Counter(d.title for n in range(200) for d in decoys_for(f"t{n}", [about]))
    assert title not in dealt
    assert len(dealt) == 6


def test_about_nothing() -> None:
    """
    A ticket without a word has decoys, too.
    """
    assert len(decoys_for("a", [])) == DECOYS


@given(st.integers(0, 250), st.text(max_size=20))
def test_places(lines: int, seed: str) -> None:
    """
    One decoy comes first and one last; the others stand between lines.
    """
    places = places_of_decoys(lines, seed)
    assert places == places_of_decoys(lines, seed)
    assert (places[0], places[-1]) == (0, lines)
    assert list(places) == sorted(places)
    assert len(places) == DECOYS


def test_places_are_spread() -> None:
    """
    Those between may stand anywhere.
    """
    inside = Counter(at for n in range(500) for at in places_of_decoys(10, f"t{n}")[1:-1])
    assert set(inside) == set(range(1, 10))
