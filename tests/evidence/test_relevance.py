"""How good evidence a passage is: an absolute score, from the two texts alone."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from streams.evidence.relevance import comparable, question, scores, signs, whole
from streams.text.embedding import embed

TITLE = "Invoices"
TEXT = "Invoices are sent by email on the first day of the month."


def coverage(query: str, *texts: str) -> list[float]:
    """Return the share of *query*'s words that each passage of *texts* has."""
    passages = [comparable("", text) for text in texts]
    measured = signs(question(query), passages, embed([whole("", text) for text in texts]))
    found: list[float] = measured[:, 2].tolist()
    return found


def test_what_answers_scores_above_what_does_not() -> None:
    """
    The passage on the question's subject is better evidence than one on another.
    """
    other = "The office is closed on public holidays."
    passages = [comparable(TITLE, TEXT), comparable("Opening hours", other)]
    vectors = embed([whole(TITLE, TEXT), whole("Opening hours", other)])

    good, bad = scores(question("When are invoices sent?"), passages, vectors)

    assert 0 <= bad < 0.25 < good <= 1


def test_nothing_has_no_scores() -> None:
    """
    No passages have no scores.
    """
    assert scores(question("When?"), [], embed([])) == []


@pytest.mark.parametrize(
    ("query", "shares"),
    [
        ("zebra", [0.0, 0.0, 0.0]),
        ("invoice", [1.0, 0.0, 0.0]),
        ("invoice email", [1.0, 0.0, 0.0]),
        ("?!", [0.0, 0.0, 0.0]),
    ],
)
def test_coverage_is_the_share_of_words_that_a_passage_has(query: str, shares: list[float]) -> None:
    """
    Words are compared by their stems; a passage without words, and a question, cover nothing.
    """
    assert coverage(query, TEXT, "", "Nobody knows.") == pytest.approx(shares)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("भुगतान दो बार हुआ", "भुगतान दो बार हुआ तो पैसे वापस मिलते हैं।"),
        ("கட்டணம் திரும்ப", "கட்டணம் திரும்ப கிடைக்கும்."),
        ("عربيّ", "نص عربيّ"),
        ("İade", "İade edilir"),
        ("ERR_PAYMENT", "What err_payment means."),
    ],
)
def test_a_question_has_the_words_of_a_passage_in_any_script(query: str, text: str) -> None:
    """
    Where a script writes vowels as signs, its words are compared whole, as in others.
    """
    assert coverage(query, text, "Nobody knows.") == pytest.approx([1.0, 0.0])


def test_each_passage_is_given_its_own_words() -> None:
    """
    Among many passages, each has the coverage that it has alone.
    """
    texts = ["", TEXT, "By email.", "", "Email, email and invoice.", "None of it."]
    query = "Are invoices sent by email?"

    assert coverage(query, *texts) == pytest.approx([coverage(query, one)[0] for one in texts])
    assert np.ptp(coverage(query, *texts)) > 0.5


def test_passages_that_are_gone_leave_nothing_behind() -> None:
    """
    However many words passages had, none of them is remembered when the passages are gone.
    """
    comparable(TITLE, TEXT)
    tracemalloc.start()
    try:
        for n in range(200):
            comparable(TITLE, " ".join(f"order{n}x{i}" for i in range(100)))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 500_000
