"""Rows of tables as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.evidence.rows import row_text, telling_cells


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
