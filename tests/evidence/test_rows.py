"""Rows of tables as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.paragraphs import paragraphs_of, written_length
from streams.evidence.rows import quoted_text, row_layout, row_text, telling_cells
from streams.evidence.verification.verifier import verify
from streams.text.words import words
from tests.support.drafts import VOICE, a_drafted, a_passage


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (
            (("Plan", "Team"), ("Largest file", "100 MB"), ("Storage", "10 GB per seat")),
            "Team: Largest file 100 MB; Storage 10 GB per seat",
        ),
        (
            (("Plan", "Enterprise"), ("Largest file", "2 GB"), ("Storage", "by contract")),
            "Enterprise: Largest file 2 GB; Storage – by contract",
        ),
        (
            (
                ("Case", "Later monthly payments"),
                ("Time limit", "–"),
                ("What is refunded", "Not refundable"),
            ),
            "Later monthly payments: Not refundable",
        ),
        (
            (("Days after the first failed payment", "0 to 14"), ("State", "Everything works")),
            "Days after the first failed payment 0 to 14: State – Everything works",
        ),
        (
            (("Fall", "Spätere Zahlung"), ("Was", "Keine Erstattung")),
            "Spätere Zahlung: Keine Erstattung",
        ),
        ((("", "Safari"), ("", "16.4 and later")), "Safari: 16.4 and later"),
        ((("Browser", "Safari"),), "Browser: Safari"),
        ((("Browser", ""), ("Version", " "), ("Since", "-")), ""),
    ],
)
def test_a_row_is_its_subject_and_what_the_table_says_of_it(
    cells: tuple[tuple[str, str], ...], text: str
) -> None:
    """
    Headers stand before their values; empty ones, dashes and what a value repeats are left out.
    """
    assert row_text(cells) == text


@pytest.mark.parametrize("header", ["Off", "Before", "Not included", "Ohne Vertrag"])
def test_a_header_that_changes_the_meaning_stays(header: str) -> None:
    """
    A header of small words, or one that denies, is left out beside no value.
    """
    text = row_text((("Plan", "Team"), (header, "Included vertrag")))

    assert text == f"Team: {header} – Included vertrag"


_texts = st.text(st.sampled_from("ab –-;:1."), max_size=8)


@given(cells=st.lists(st.tuples(_texts, _texts), max_size=5))
def test_values_are_verbatim_and_in_order(cells: list[tuple[str, str]]) -> None:
    """
    Every value that says something stands in the row's text as it stands in the table.
    """
    text, at = row_text(tuple(cells)), 0
    for _, value in telling_cells(cells):
        at = text.index(value.rstrip(":"), at) + len(value.rstrip(":"))


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (
            (("Plan", "Saver"), ("Notice period", "30 days"), ("Early exit fee", "25 euros")),
            "Saver:\n- Notice period: 30 days\n- Early exit fee: 25 euros",
        ),
        (
            (("Tarif", "Premium"), ("Kurse pro Woche", "unbegrenzt"), ("Sauna", "ja")),
            "Premium:\n- Kurse pro Woche: unbegrenzt\n- Sauna: ja",
        ),
        (
            (("Code", "E-1"), ("Meaning", "It is full."), ("What to do", "Empty it")),
            "E-1: It is full. What to do: Empty it.",
        ),
        ((("Plan", "Saver"), ("Early exit fee", "25 euros")), "Saver – Early exit fee: 25 euros"),
        ((("Plan", "Saver"), ("How long?", "30 days")), "Saver – How long? 30 days"),
        (
            (("Payment", "Later ones"), ("Limit", "–"), ("What is refunded", "Not refundable")),
            "Later ones: Not refundable",
        ),
        (
            (("Days after payment", "0 to 14"), ("Access", "Everything works")),
            "Days after payment: 0 to 14. Access: Everything works.",
        ),
        (
            (("Notice", "up to 24 hours"), ("Refund", "50 %"), ("Fee", "10 euros")),
            "Notice: up to 24 hours\n- Refund: 50 %\n- Fee: 10 euros",
        ),
        (
            (("What you see", "Two charges of the same sum in 24 hours"), ("Which", "Duplicate")),
            "Two charges of the same sum in 24 hours: Duplicate",
        ),
        ((("", "Safari"), ("", "16.4"), ("", "iOS 16")), "Safari: 16.4. iOS 16."),
        ((("Browser", "Safari"),), "Browser: Safari"),
        ((("Browser", ""), ("Version", " "), ("Since", "-")), ""),
    ],
)
def test_a_row_is_laid_out_for_a_customer(cells: tuple[tuple[str, str], ...], text: str) -> None:
    """
    What a row is about leads; one value follows it, a second is a sentence, more are a list. A
    subject of little more than numbers has the name of its column.
    """
    assert row_layout(cells) == text


_WORDS = st.text("abcXY 019.,;:?!-–()", min_size=1, max_size=12)
_CELLS = st.lists(st.tuples(st.one_of(st.just(""), _WORDS), _WORDS), min_size=1, max_size=16)


@given(_CELLS.map(tuple))
def test_the_layout_of_a_row_says_all_that_its_text_says(
    cells: tuple[tuple[str, str], ...],
) -> None:
    """
    No value of a row is lost where it is laid out, and its values keep their order.
    """
    laid_out = iter(words(row_layout(cells)))

    assert all(word in laid_out for _, value in telling_cells(cells) for word in words(value))


_CELL = st.sampled_from(
    ("Saver", "30 days", "Not refundable.", "See the app! Then wait", "1. Sign in", "- no", "Who?")
)
_HEADER = st.sampled_from(("", "Plan", "Notice period", "What to do", "How long?", "Fee:"))


@given(st.lists(st.tuples(_HEADER, _CELL), min_size=2, max_size=20).map(tuple))
def test_the_verifier_knows_a_row_as_a_draft_has_it(cells: tuple[tuple[str, str], ...]) -> None:
    """
    A row that is laid out in a draft is word for word its line: one, not several sentences.
    """
    line = Line(n=1, kind="row", text=row_text(cells), cells=cells)
    passage = a_passage(line.text, lines=(line,))
    lines = PassageLines([passage])
    body = paragraphs_of(list(lines), lines)

    classified = verify(a_drafted(body, passage), VOICE).classified
    assert [one.rests_on for one in classified if one.sentence.part == "body"] == ["line"]
    assert len(body) <= written_length(next(iter(lines)), line)


def test_a_line_without_cells_is_quoted_as_it_is() -> None:
    """
    Only rows are laid out.
    """
    assert quoted_text(Line(n=1, text="Plan: Saver; Fee: none")) == "Plan: Saver; Fee: none"
