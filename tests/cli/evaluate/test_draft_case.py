"""A draft case: what must become of it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from streams.cli.evaluate.draft_case import as_case
from tests.support.evaluations import Case


@pytest.mark.parametrize(
    ("must", "met_by", "label"),
    [
        ("passed", {"passed"}, "honest"),
        ("not failed", {"passed", "warning"}, "honest"),
        ("not passed", {"warning", "failed"}, "wrong"),
        ("warning", {"warning"}, "wrong"),
        ("failed", {"failed"}, "wrong"),
    ],
)
def test_what_must_become_of_it(must: str, met_by: set[str], label: str, honest: Case) -> None:
    """
    The label is met by the verdicts that it names, and says whether the draft is honest.
    """
    case = as_case({**honest, "must": must}, "x")

    assert {v for v in ("passed", "warning", "failed") if case.is_met_by(v)} == met_by
    assert case.label == label


def test_a_case_without_a_label_is_neither_right_nor_wrong(honest: Case) -> None:
    """
    Without `must` a verdict is only shown.
    """
    case = as_case({**honest, "must": None}, "x")

    assert (case.label, case.is_met_by("passed")) == ("none", None)


def test_groups(honest: Case) -> None:
    """
    Cases are counted by any of their fields, those that are for people included.
    """
    case = as_case({**honest, "lang": "de"}, "x")

    assert [case.group(name) for name in ("lang", "kind", "none")] == ["de", "honest", ""]


def test_names(honest: Case) -> None:
    """
    A case and its ticket are called as their file says, or else after the file.
    """
    del honest["id"]
    case = as_case(honest, "the-file")
    named = as_case({**honest, "ticket": {**honest["ticket"], "ticket_id": "T-9"}}, "the-file")

    assert (case.id, case.ticket.ticket_id) == ("the-file", "the-file")
    assert named.ticket.ticket_id == "T-9"


@pytest.mark.parametrize("field", ["ticket", "answer"])
def test_what_a_case_needs(field: str, honest: Case) -> None:
    """
    Without a ticket or an answer it is no case.
    """
    del honest[field]

    with pytest.raises(ValidationError, match=field):
        as_case(honest, "x")
