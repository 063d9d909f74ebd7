"""Why a passage was found: words that it has and has not, and what adds up to its score."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Passage
from streams.evidence import relevance
from streams.evidence.explanation import SIGNS, Why, marks, why
from streams.evidence.ranking import Places
from streams.text.embedding import embed

PLACES = Places(words=2, meaning=None, score=1)
TITLE, TEXT = "Duplicate charges", "A second charge is returned within five days."


def explained(query: str, share: relevance.Share = relevance.nowhere, text: str = TEXT) -> Why:
    """Return why the passage was found for *query*."""
    passage = Passage(doc_id="KB-1", chunk_id="KB-1-c-1", title=TITLE, text=text, score=0.5)
    return why(query, passage, PLACES, share)


def test_the_points_add_up_to_the_score() -> None:
    """
    The logistic of all points is the score that ranks the passage, and nothing else is in it.
    """
    query = "When is my second charge returned?"
    passages = [relevance.comparable(TITLE, TEXT)]
    vectors = embed([relevance.whole(TITLE, TEXT)])

    found = explained(query)

    (score,) = relevance.scores(relevance.question(query), passages, np.array(vectors))
    assert 1 / (1 + math.exp(-sum(found.points.values()))) == pytest.approx(score, abs=1e-6)
    assert list(found.signs) == list(SIGNS)
    assert found.points.keys() == {"bias", *SIGNS}
    assert found.places == PLACES


def test_words_are_had_or_missed_in_any_form() -> None:
    """
    A word counts as there in another form, in any case; the commonest words are in neither list.
    """
    found = explained("CHARGES for the zebra: returning?")

    assert list(found.matched) == ["charges", "returning"]
    assert list(found.missing) == ["zebra"]
    assert sum(found.matched.values()) <= found.signs["coverage"]


def test_forms_of_a_word_are_one_word() -> None:
    """
    Who says "charge" three times does not get its share three times.
    """
    found = explained("charge charged Charges zebra")

    assert list(found.matched) == ["charge"]
    assert found.matched["charge"] == pytest.approx(found.signs["coverage"])
    assert found.matched["charge"] + found.missing["zebra"] == pytest.approx(1.0)


def test_each_part_of_a_name_is_a_word() -> None:
    """
    Of `CHARGE_FAILED` the passage has one half, and both are told.
    """
    found = explained("CHARGE_FAILED")

    assert (list(found.matched), list(found.missing)) == (["charge"], ["failed"])


def test_a_word_that_all_passages_have_says_little() -> None:
    """
    What a knowledge base has everywhere, such as the product's name, has a small share.
    """
    query = "zebra charge"

    everywhere = explained(query, lambda stem: 0.9 if stem == "charg" else 0.0)

    assert everywhere.matched["charge"] < explained(query).matched["charge"] / 10


@pytest.mark.parametrize("query", ["", "?!", "charge" * 20])
def test_no_words_no_reasons(query: str) -> None:
    """
    A question without words has nothing that a passage could have or lack.
    """
    found = explained(query)

    assert found.matched == found.missing == {}


def test_a_question_is_read_as_far_as_it_is_scored() -> None:
    """
    Words behind the part of a question that counts are not told.
    """
    found = explained("charge " + " " * relevance.QUERY_CHARACTERS + "zebra")

    assert (list(found.matched), list(found.missing)) == (["charge"], [])


@settings(deadline=None)
@given(query=st.text(max_size=80), text=st.text(max_size=80))
def test_shares_are_parts_of_a_whole(query: str, text: str) -> None:
    """
    Whatever is asked of whatever text, no word is had and missed, and no share counts twice.
    """
    found = explained(query, text=text)

    assert not found.matched.keys() & found.missing.keys()
    assert sum(found.matched.values()) + sum(found.missing.values()) <= 1 + 1e-9
    assert sum(found.matched.values()) <= found.signs["coverage"] + 1e-6


def test_marks() -> None:
    """
    Every form of a word that matched is marked where it stands, in any script, and nothing else.
    """
    text = "Two charges, twice: CHARGED_TWICE. भुगतान दो बार"

    found = [text[begin:end] for begin, end in marks(text, {"charge": 0.5, "भुगतान": 0.5})]

    assert found == ["charges", "CHARGED", "भुगतान"]
    assert list(marks(text, {})) == []


@given(text=st.text(max_size=100))
def test_all_words_can_be_marked(text: str) -> None:
    """
    Marks come in the order of the text, and none overlaps another.
    """
    places = list(marks(text, {text: 1.0}))

    assert all(begin < end <= len(text) for begin, end in places)
    assert all(one[1] <= other[0] for one, other in pairwise(places))
