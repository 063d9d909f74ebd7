"""A model's own prose, snapped to lines: a sentence that copies a line is that line, cited."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.snapping import snapped, words_in_order
from tests.support.drafts import a_passage

TEXTS = (
    "A duplicate charge is always returned in full.",
    "Later monthly payments: Not refundable",
    "Go to Settings > Billing and select Replace card.",
    "Uploads of up to 100 MB are possible on the Team plan.",
    "Owners cannot be removed before they have named another owner.",
    "Es wird die halbe Gebühr berechnet.",
)


def lines_of(*texts: str, doc_id: str = "KB-7") -> PassageLines:
    """Return lines with *texts*, of one article."""
    made = tuple(Line(n=n, text=text) for n, text in enumerate(texts, 1))
    return PassageLines([a_passage("\n".join(texts), doc_id, lines=made)])


LINES = lines_of(*TEXTS)


@pytest.mark.parametrize(
    ("written", "snaps_to"),
    [
        (
            "A duplicate charge is always returned in full.",
            "A duplicate charge is always returned in full [KB-7].",
        ),
        (
            "a duplicate charge is always returned in full [KB-99].",
            "A duplicate charge is always returned in full [KB-7].",
        ),
        (
            "The duplicate charge is always returned in full. [KB-7]",
            "A duplicate charge is always returned in full [KB-7].",
        ),
        ("Later monthly payments are not refundable.", "Later monthly payments: Not refundable"),
        ("Later monthly payments aren't refundable.", "Later monthly payments: Not refundable"),
        (
            "1. Go to “Settings > Billing” and select Replace card.",
            "1. Go to Settings > Billing and select Replace card [KB-7].",
        ),
        (
            "Owners can’t be removed before they have named another owner.",
            "Owners cannot be removed before they have named another owner [KB-7].",
        ),
        ("es wird die halbe Gebühr berechnet", "Es wird die halbe Gebühr berechnet [KB-7]."),
    ],
)
def test_a_copy_becomes_its_line(written: str, snaps_to: str) -> None:
    """
    Case, articles, short forms, quotation marks and a wrong citation do not hide a copy.
    """
    expected = snaps_to if "[" in snaps_to else f"{snaps_to} [KB-7]"
    made = snapped(written, LINES)
    assert made in (expected, snaps_to)


@pytest.mark.parametrize(
    "written",
    [
        "Later monthly payments are refundable.",
        "Later yearly payments are not refundable.",
        "A duplicate charge is never returned in full.",
        "A duplicate charge is always returned in full?",
        "Uploads of up to 200 MB are possible on the Team plan.",
        "Uploads of up to 100 GB are possible on the Team plan.",
        "Uploads of up to 100 MB are possible on the Free plan.",
        "Uploads of up to 100 MB are possible.",
        "Owners can be removed before they have named another owner.",
        "Go to Billing > Settings and select Replace card.",
        "If you ask, a duplicate charge is always returned in full.",
        "Es wird die ganze Gebühr berechnet.",
    ],
)
def test_what_says_something_else_stays(written: str) -> None:
    """
    Another number, unit, name, negation, condition or order is no copy, with or without a citation.
    """
    assert snapped(written, LINES) == written
    assert snapped(f"{written[:-1]} [KB-7].", LINES) == f"{written[:-1]} [KB-7]."


def test_prose_between_copies_keeps_its_form() -> None:
    """
    Paragraphs, lists and sentences of the model's own stand where they stood.
    """
    prose = (
        "That is annoying. A duplicate charge is always returned in full.\n\n"
        "- Later monthly payments are not refundable.\n"
        "- Ask a colleague."
    )
    assert snapped(prose, LINES) == (
        "That is annoying. A duplicate charge is always returned in full [KB-7].\n\n"
        "- Later monthly payments: Not refundable [KB-7]\n"
        "- Ask a colleague."
    )


def test_a_row_in_running_prose_ends_as_a_sentence() -> None:
    """
    What follows it does not become a part of it.
    """
    made = snapped("Later monthly payments are not refundable. Ask us.", LINES)
    assert made == "Later monthly payments: Not refundable [KB-7]. Ask us."


def test_of_two_articles_the_cited_one_counts() -> None:
    """
    Where two articles have the same line, a copy's own citation decides; else the better article.
    """
    both = PassageLines(
        [
            a_passage(doc_id=doc, lines=(Line(n=1, text="Exports are free of charge."),))
            for doc in ("KB-1", "KB-2")
        ]
    )
    assert snapped("Exports are free of charge [KB-2].", both).endswith("[KB-2].")
    assert snapped("Exports are free of charge.", both).endswith("[KB-1].")


def test_a_line_that_cannot_be_quoted_is_none() -> None:
    """
    Nothing becomes what must not be quoted.
    """
    lines = (Line(n=1, text="See the table below.", quotable=False),)
    assert snapped("See the table below.", PassageLines([a_passage(lines=lines)])) == (
        "See the table below."
    )


@given(st.text(max_size=300))
def test_prose_that_copies_nothing_is_not_touched(prose: str) -> None:
    """
    Whatever its form.
    """
    assume(not any(words_in_order(t) == words_in_order(prose) for t in TEXTS))
    assume(not set(prose.lower()) >= set("duplicate"))
    assert snapped(prose, LINES) == prose


WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        "a the not never 5 10 100 MB GB Team Free Acme Les if only may must refund charge is are"
        " you us US no can't cannot 1.5 15 -",
    )
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=8).map(lambda words: f"{' '.join(words)}.")
TELLING = re.compile(
    r"\d+(?:\.\d+)?|-|\b(?:MB|GB|Team|Free|Acme|Les|US|us|not|never|no|if|only|may|must)\b"
    r"|\bcan(?:'t|not)\b"
)


@given(SENTENCES, SENTENCES)
def test_a_snapped_sentence_has_the_numbers_names_and_negations_of_its_line(
    sentence: str, line: str
) -> None:
    """
    A sentence with another number, name, negation or condition than the line is never changed.
    """
    made = snapped(sentence, lines_of(line))
    if made != sentence:
        assert _telling(sentence) == _telling(line)


def _telling(text: str) -> list[str]:
    return [found.replace("can't", "cannot") for found in TELLING.findall(text)]


PROSE = st.lists(
    st.sampled_from(
        [
            *TEXTS,
            "Later monthly payments are not refundable.",
            "That is annoying.",
            "No.",
            "e.g.",
            "-",
            "1.",
            "[KB-7]",
            "\n",
            "ok",
        ]
    ),
    max_size=8,
).map(" ".join)


@given(PROSE, st.lists(SENTENCES | st.sampled_from(TEXTS), max_size=4))
def test_snapping_twice_changes_nothing_more(prose: str, texts: list[str]) -> None:
    """
    Snapped prose is snapped.
    """
    lines = lines_of(*TEXTS, *texts)
    once = snapped(prose, lines)
    assert snapped(once, lines) == once
