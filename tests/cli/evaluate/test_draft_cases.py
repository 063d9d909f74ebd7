"""The draft cases of a path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.cli.evaluate.draft_case import DraftCase
from streams.cli.evaluate.draft_cases import cases_at
from tests.support.evaluations import Case


def test_the_same_id_twice(honest: Case, wrong: Case, tmp_path: Path) -> None:
    """
    A second case of an id is told with the place of the first.
    """
    file = tmp_path / "cases.jsonl"
    rows = (honest, wrong, honest)
    file.write_text("\n".join(map(json.dumps, rows)))

    first, second, broken = cases_at(file)

    assert isinstance(first, DraftCase)
    assert isinstance(second, DraftCase)
    assert str(broken) == f"{file}, line 3: its id is that of {file}, line 1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"must": "fine"}, "must: "),
        ({"anwser": {}, "answer": None}, "answer: "),
        ({"passages": [{"doc_id": "KB 1", "text": "x"}]}, "passages.0.doc_id: "),
        ({"ticket": {"raw_message": " "}}, "ticket: give a raw_message or a subject"),
    ],
)
def test_a_broken_case_is_named(change: Case, said: str, honest: Case, tmp_path: Path) -> None:
    """
    What is wrong is said by file and field, without a value.
    """
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**honest, **change}))

    (broken,) = cases_at(file)

    assert str(broken).startswith(f"{file}: {said}")
    assert "KB 1" not in str(broken)


def test_a_misspelt_field_is_told(honest: Case, tmp_path: Path) -> None:
    """
    A misspelt label does not leave a case without one.
    """
    file = tmp_path / "case.json"
    honest["musts"] = honest.pop("must")
    file.write_text(json.dumps(honest))

    (broken,) = cases_at(file)

    assert str(broken) == f"{file}: musts: unknown; did you mean must?"
