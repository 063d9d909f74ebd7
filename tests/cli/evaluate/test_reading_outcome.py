"""What became of an input, and which checks do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from streams.cli.evaluate.reading_case import PARTS
from streams.cli.evaluate.reading_outcome import _OURS, ReadingOutcome
from streams.cli.evaluate.route_run import NotThrough
from tests.support.evaluations import an_outcome
from tests.support.reading_cases import a_check, a_reading_case


@pytest.mark.parametrize(
    "check",
    [
        a_check("reading.kind", "equals", "question"),
        a_check("triage.priority", "in", ["P1", "P2", "P3"]),
        a_check("policy.compliance", "equals", "passed"),
        a_check("draft.body", "contains", "duplicate charge"),
        a_check("citations", "has", "KB-1001"),
        a_check("assist.sources.0.doc_id", "not_equals", "KB-9"),
        a_check("reading.questions.9", "equals", None),
        a_check("outcome", "equals", "processed"),
    ],
)
def test_each_part_of_a_result(check: Any) -> None:
    """
    A path leads to a field of a part, and on into lists and objects.
    """
    assert ReadingOutcome(a_reading_case(check), an_outcome()).failed == []


def test_a_check_that_fails() -> None:
    """
    It is told with what was found only where no text of the customer or a draft can stand.
    """
    body, kind = a_check("draft.body", "contains", "Zebu"), a_check(value="thanks")
    one = ReadingOutcome(a_reading_case(body, kind), an_outcome())

    assert not one.is_right
    assert one.row(show=False)["failed"] == [body, {**kind, "found": "question"}]
    assert "duplicate" in one.row(show=True)["failed"][0]["found"]


def test_a_dead_letter() -> None:
    """
    Without a result only a check of the outcome can hold, one of what must not be there neither.
    """
    right = a_check("outcome", "contains", "dead letter: ticket_id: ")
    absent = a_check("draft.body", "not_contains", "Zebu")
    one = ReadingOutcome(a_reading_case(right, absent), None)

    assert [check.path for check in one.failed] == ["draft.body"]
    assert one.end == "dead letter: ticket_id: Field required"


def test_what_did_not_come_through() -> None:
    """
    It is not right, and says why.
    """
    one = ReadingOutcome(a_reading_case(), NotThrough("case-1", "triage: a bug of ours"))

    assert not one.is_right
    assert one.row(show=True)["outcome"] == "triage: a bug of ours"


def test_what_is_shown_are_fields_that_there_are() -> None:
    """
    No path of the list is misspelt.
    """
    fields = {f"{part}.{name}" for part, model in PARTS.items() for name in model.model_fields}

    assert {*_OURS} - fields == {"outcome"}
