"""The inputs of a path whose right reading is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.ticket import MAX_TICKET_BYTES
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.reading_cases import reading_cases_at
from tests.support.reading_cases import a_reading

SECRET = "Rumpelstiltskin"


def test_a_folder(tmp_path: Path) -> None:
    """
    A file of JSON has one case, named as the file is; one of JSON Lines has one a line.
    """
    (tmp_path / "one.json").write_text(json.dumps(a_reading()))
    (tmp_path / "two.jsonl").write_text(f"{json.dumps(a_reading())}\n" * 2)

    found = [made for made in reading_cases_at(tmp_path) if not isinstance(made, BrokenRow)]

    assert [case.id for _, case in found] == ["one", "two-1", "two-2"]
    assert found[2][0] == f"{tmp_path / 'two.jsonl'}, line 2"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([SECRET], "it is not a JSON object"),
        (a_reading(input={"raw_message": 5, "subject": SECRET}), "raw_message: "),
        (a_reading(input={"raw_mesage": SECRET}), "message: give a raw_message or a subject"),
        (a_reading(input={"articles": {"a.md": 5}, "ticket": {}}), "articles.a.md: "),
        (a_reading(input=SECRET), "input: "),
        (a_reading(expected=[]), "expected: "),
        ({**a_reading(), "expect": [], "expected": None}, "expected: "),
        ({"input": {"raw_message": SECRET}, "expect": []}, "expect: unknown; did you mean"),
        (a_reading(input={"raw_message": "x", "x": "y" * MAX_TICKET_BYTES}), "input: larger than"),
    ],
)
def test_a_broken_case_is_named(row: object, said: str, tmp_path: Path) -> None:
    """
    What is wrong is said by file, line and field, without a word of the customer.
    """
    file = tmp_path / "cases.jsonl"
    file.write_text(f"{json.dumps(a_reading())}\n{json.dumps(row)}\n")

    _, broken = reading_cases_at(file)

    assert isinstance(broken, BrokenRow)
    assert str(broken).startswith(f"{file}, line 2: {said}")
    assert SECRET not in str(broken)
