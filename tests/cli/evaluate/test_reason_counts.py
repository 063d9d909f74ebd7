"""What each reason is worth."""

from __future__ import annotations

from streams.cli.evaluate.case_check import CaseVerdict
from streams.cli.evaluate.draft_case import as_case
from streams.cli.evaluate.reason_counts import reasons_of
from tests.support.evaluations import a_case


def a_verdict(must: str, verdict: str, *reasons: str) -> CaseVerdict:
    """Return the *verdict* on a case that *must* be something."""
    case = as_case(a_case("Text.", must=must), "x")
    return CaseVerdict(case, verdict, reasons, case.is_met_by(verdict))


def test_alone_and_with_others() -> None:
    """
    A reason counts for each draft that it stops, and once more where no other stops it.
    """
    rows = reasons_of(
        [
            a_verdict("not passed", "failed", "Sentence 1 is wrong."),
            a_verdict("not passed", "failed", "Sentence 2 is wrong.", "Sentence 3 is wrong."),
            a_verdict("not passed", "failed", "Sentence 1 is wrong.", "Impolite."),
            a_verdict("passed", "warning", "Impolite."),
            a_verdict("not failed", "warning", "Impolite."),
        ]
    )

    assert list(rows) == [
        {
            "wrong_alone": 2,
            "wrong": 3,
            "honest_alone": 0,
            "honest": 0,
            "reason": "Sentence N is wrong.",
        },
        {"wrong_alone": 0, "wrong": 1, "honest_alone": 1, "honest": 1, "reason": "Impolite."},
    ]


def test_what_stands_beside_a_passed_draft_stops_nothing() -> None:
    """
    A reason that only escalates takes no other's place.
    """
    rows = reasons_of(
        [
            a_verdict("passed", "passed", "The priority is P1."),
            a_verdict("not passed", "warning", "The priority is P1.", "Thin evidence."),
        ]
    )

    assert [(row["reason"], row["wrong_alone"]) for row in rows] == [("Thin evidence.", 1)]
