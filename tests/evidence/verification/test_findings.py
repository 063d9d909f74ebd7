"""Findings as they travel."""

from __future__ import annotations

from streams.evidence.verification.findings import Issue


def test_a_finding_travels_with_its_place() -> None:
    """
    Rule, message, part, place and the draft's own words; a long quote is cut.
    """
    issue = Issue("words", "It is so.", ("failed",), "body", 2, 900, "x" * 898)
    found = issue.finding

    assert (found.type, found.message, found.part, found.start, found.end) == (
        "words",
        "It is so.",
        "body",
        2,
        900,
    )
    assert found.quote == "x" * 200
    assert Issue("words", "It is so.", ()).finding.quote is None
