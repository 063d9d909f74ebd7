"""
Each input of tests/cases/reading is read rightly, but for those in reading_not_yet.txt.

A case that begins to be read rightly must leave that list: its test fails until it does.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.reading_cases import reading_cases_at
from streams.cli.evaluate.reading_outcome import ReadingOutcome
from streams.cli.evaluate.reading_run import outcomes_of
from streams.cli.up.sources import sample_folder
from streams.settings import Settings

FOLDER = Path(__file__).parent / "reading"
IDS = [file.stem for file in sorted(FOLDER.glob("*.json"))]
NOT_YET = (Path(__file__).parent / "reading_not_yet.txt").read_text(encoding="utf-8").split()


def marked(case_id: str) -> Any:
    """Return the parameter of a test of *case_id*."""
    not_yet = pytest.mark.xfail(reason="not yet", strict=True, raises=AssertionError)
    return pytest.param(case_id, marks=[not_yet] if case_id in NOT_YET else [])


@pytest.fixture(scope="module")
def outcomes() -> dict[str, ReadingOutcome]:
    """Return what becomes of each case, by its id: embedded, on the sample's articles."""
    cases = [made for made in reading_cases_at(FOLDER) if not isinstance(made, BrokenRow)]
    kb = sample_folder() / "kb"
    run = outcomes_of(Settings(), cases, kb, at_once=1, done=lambda: None)
    return {one.case.id: one for one in asyncio.run(run)}


@pytest.mark.parametrize("case_id", [marked(case_id) for case_id in IDS])
def test_it_is_read_rightly(case_id: str, outcomes: dict[str, ReadingOutcome]) -> None:
    """
    All checks of the case hold.
    """
    failed = list(outcomes[case_id].failed_rows(show=True))

    assert failed == [], json.dumps(failed, ensure_ascii=False, indent=1)


def test_the_list_names_cases_once() -> None:
    """
    Each name in the list is a case's, and comes once.
    """
    assert set(NOT_YET) - set(IDS) == set()
    assert len(NOT_YET) == len(set(NOT_YET))


def test_each_case_can_be_read(outcomes: dict[str, ReadingOutcome]) -> None:
    """
    No file of the folder is left out because it is broken.
    """
    assert sorted(outcomes) == IDS
