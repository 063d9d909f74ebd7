"""Which value stands under which headers."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag

from streams.evidence.article_tables import MOST_SPANNED, TableRow, is_layout, table_rows

Cells = list[tuple[str, str]]


def table(html: str) -> Tag:
    """Return the table that *html* is the inside of."""
    found = BeautifulSoup(f"<table>{html}</table>", "lxml").table
    assert found is not None
    return found


def rows(html: str) -> list[TableRow]:
    """Return the rows of a table."""
    return table_rows(table(html), lambda cell: cell.get_text())


def told(html: str) -> list[Cells]:
    """Return (header, value) of each cell, row by row."""
    return [
        [(" ".join(h.text for h in headers), cell.text) for headers, cell in row.told]
        for row in rows(html)
        if row.kind == "value"
    ]


HEAD = "<tr><th>Plan</th><th>Size</th></tr>"


@pytest.mark.parametrize(
    ("html", "cells"),
    [
        (f"{HEAD}<tr><td>Free</td><td>1</td></tr>", [[("Plan", "Free"), ("Size", "1")]]),
        (
            f"<thead>{HEAD.replace('th>', 'td>')}</thead><tr><td>Free</td><td>1</td></tr>",
            [[("Plan", "Free"), ("Size", "1")]],
        ),
        (
            "<tr><td><b>Plan</b></td><td><b>Size</b></td></tr><tr><td>Free</td><td>1</td></tr>",
            [[("Plan", "Free"), ("Size", "1")]],
        ),
        (
            "<tr><td></td><td><b>Size</b></td></tr><tr><td>Free</td><td>1</td></tr>",
            [[("", "Free"), ("Size", "1")]],
        ),
        ("<tr><td>Free</td><td>1</td></tr>", [[("", "Free"), ("", "1")]]),
        (
            "<tr><th>Price</th><td>9</td></tr><tr><th>Size</th><td>1</td></tr>",
            [[("", "Price"), ("", "9")], [("", "Size"), ("", "1")]],
        ),
        (
            "<tr><th>Plan</th><td>Free</td><td>Team</td></tr>"
            "<tr><th>Size</th><td>1</td><td>9</td></tr>",
            [[("Plan", "Size"), ("Free", "1"), ("Team", "9")]],
        ),
        (
            f"{HEAD}<tr><td rowspan=2>Free</td><td>1</td></tr><tr><td>2</td></tr>",
            [[("Plan", "Free"), ("Size", "1")], [("Plan", "Free"), ("Size", "2")]],
        ),
        (f"{HEAD}<tr><td>Free</td></tr>", [[("Plan", "Free")]]),
        (
            "<tr><th>Plan</th><th>A</th><th>B</th></tr>"
            "<tr><td>Free</td><td colspan=2>yes</td></tr>",
            [[("Plan", "Free"), ("A", "yes"), ("B", "yes")]],
        ),
        (
            "<tr><th rowspan=2>Plan</th><th colspan=2>Price</th></tr>"
            "<tr><th>month</th><th>year</th></tr><tr><td>Team</td><td>9</td><td>90</td></tr>",
            [[("Plan", "Team"), ("Price month", "9"), ("Price year", "90")]],
        ),
        (HEAD, [[("", "Plan"), ("", "Size")]]),
    ],
    ids=[
        "headers",
        "thead",
        "bold headers",
        "bold headers but one",
        "no header",
        "header column",
        "turned",
        "rowspan",
        "short row",
        "colspan",
        "two rows of headers",
        "headers alone",
    ],
)
def test_each_value_stands_under_its_headers(html: str, cells: list[Cells]) -> None:
    """
    However a table is built, a row tells for each value what its column is about.
    """
    assert told(html) == cells


def test_a_cell_across_the_table_groups_the_rows_below() -> None:
    """
    It is about the rows that follow, and no header of one column.
    """
    found = rows(f"{HEAD}<tr><td colspan=2>Old plans</td></tr><tr><td>Free</td><td>1</td></tr>")

    assert [row.kind for row in found] == ["header", "group", "value"]
    assert found[1].own[0].text == "Old plans"


def test_a_table_that_arranges_a_page_is_none() -> None:
    """
    A table of one column, or one with tables inside, tells no values.
    """
    assert is_layout(table("<tr><td>Text.</td></tr>"))
    assert is_layout(table("<tr><td>a</td><td><table><tr><td>x</td></tr></table></td></tr>"))
    assert not is_layout(table(HEAD))


def test_a_broken_page_spans_no_thousands() -> None:
    """
    A number of columns that no page has is cut.
    """
    (row,) = rows("<tr><td>a</td><td colspan=99999>b</td></tr>")

    assert len(row.told) == MOST_SPANNED + 1


def test_a_row_of_texts() -> None:
    """
    A term and its meaning are a row without headers.
    """
    row = TableRow.of_texts("Term", "Meaning")

    assert [(headers, cell.text) for headers, cell in row.told] == [((), "Term"), ((), "Meaning")]
