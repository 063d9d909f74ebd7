"""Rows of a CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.cli.evaluate.csv_rows import csv_rows
from streams.cli.evaluate.json_rows import BrokenRow, InputRow
from streams.cli.evaluate.labelled_ticket import COLUMNS
from streams.errors import ConfigurationError


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[InputRow | BrokenRow]:
    """Return the rows of a file with *text*."""
    file = tmp_path / "t.csv"
    file.write_text(text, encoding=encoding, newline="")
    return list(csv_rows(file, COLUMNS))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_as_a_spreadsheet_saves_it(separator: str, tmp_path: Path) -> None:
    """
    Quoted cells have separators and line ends; empty cells are no value; the encoding has a mark.
    """
    rows = [
        ["subject", "message", "answered_by", "facts", "answerable"],
        ["Refund", f'"Hi{separator}\r\nis it ""late""?"', "KB-1 KB-2", "", "yes"],
    ]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n"

    (row,) = read(tmp_path, text, "utf-8-sig")

    assert isinstance(row, InputRow)
    assert row.name == "t-1"
    assert row.fields == {
        "subject": "Refund",
        "message": f'Hi{separator}\r\nis it "late"?',
        "answered_by": ["KB-1", "KB-2"],
        "answerable": True,
    }


@pytest.mark.parametrize(
    ("cell", "facts"),
    [
        ("30 days", ["30 days"]),
        ('"30 days; in full"', ["30 days", "in full"]),
        ('"30 days\nin full"', ["30 days", "in full"]),
        ('"[""a; b"", ""c""]"', ["a; b", "c"]),
    ],
)
def test_several_facts_in_a_cell(cell: str, facts: list[str], tmp_path: Path) -> None:
    """
    Facts stand on lines of their own, or between semicolons, or in a list of JSON.
    """
    (row,) = read(tmp_path, f"message,facts\nHi,{cell}\n")

    assert isinstance(row, InputRow)
    assert row.fields["facts"] == facts


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Hi,maybe,", "answerable: give true or false"),
        ("Hi,no,{", "metadata: it is not JSON"),
        ("Hi,no,,more", "it has more cells than the first row"),
    ],
)
def test_a_wrong_row_is_told(row: str, said: str, tmp_path: Path) -> None:
    """
    What is wrong is said by row and column, without the cell, and the next row is read.
    """
    broken, good = read(tmp_path, f"message,answerable,metadata\n{row}\nHello,,\n")

    assert str(broken) == f"{tmp_path / 't.csv'}, row 1: {said}"
    assert isinstance(good, InputRow)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("message,Answered By", 'column "Answered By" is unknown. Did you mean answered_by?'),
        ("message,fact", "Did you mean facts?"),
        ("message,assignee", 'column "assignee" is unknown. Leave it out. Known are id, message'),
        ("message,message", 'the column "message" comes twice'),
    ],
)
def test_an_unknown_column_is_told(header: str, said: str, tmp_path: Path) -> None:
    """
    No column is passed over: a label whose name is misspelt would not count.
    """
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, f"{header}\na,b\n")

    assert said in str(raised.value)


def test_another_encoding_is_told(tmp_path: Path) -> None:
    """
    What is not UTF-8 is refused whole, with what to do.
    """
    with pytest.raises(ConfigurationError, match="save it as"):
        read(tmp_path, "message\nMüller\n", "latin-1")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        list(csv_rows(tmp_path / "none.csv", COLUMNS))
