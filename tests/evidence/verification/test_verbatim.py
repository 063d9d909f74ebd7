"""Which line a sentence is, word for word."""

from __future__ import annotations

import pytest

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.verification.verbatim import VerbatimLines, forms, normal
from streams.ports import LineRef
from tests.support.drafts import a_passage

LINES = VerbatimLines(
    PassageLines(
        [
            a_passage("How it works\n\nThe link is “valid” for 60 minutes."),
            a_passage("Plan: Team; Largest file: 100 MB; Storage: 10 GB per seat", doc_id="KB-2"),
        ]
    )
)


@pytest.mark.parametrize(
    "said",
    [
        "The link is “valid” for 60 minutes.",
        'the link is "valid" for 60\nminutes',
        "- The  link is “valid” for 60 minutes!",
        "3. The link is “valid” for 60 minutes:",
    ],
)
def test_what_may_differ(said: str) -> None:
    """
    Blanks, quotation marks, the first letter's case, the stop and a list's mark do not count.
    """
    assert list(LINES.refs(said)) == [LineRef("KB-1001", 1)]


@pytest.mark.parametrize(
    "said",
    [
        "The link is “valid” for 60 Minutes.",
        "The link is “valid” for 61 minutes.",
        "The link is not “valid” for 60 minutes.",
        "The link is “valid” for 60 minutes?",
        "The link is “valid”",
        "Yes, the link is “valid” for 60 minutes.",
        "The lіnk is “valid” for 60 minutes.",
        "The link is “valid” for 60 minutes.\u200b",
        "",
    ],
)
def test_what_must_not_differ(said: str) -> None:
    """
    Any other difference, an invisible one too, makes it another sentence.
    """
    assert not LINES.refs(said)


@pytest.mark.parametrize(
    "said",
    [
        "Team: Largest file 100 MB; Storage 10 GB per seat",
        "Plan: Team; Largest file: 100 MB; Storage: 10 GB per seat",
        "Team:\n- Largest file: 100 MB\n- Storage: 10 GB per seat",
    ],
)
def test_a_row_has_three_forms(said: str) -> None:
    """
    A row of a table is known laid out, on one line, and with each cell after its header.
    """
    assert list(LINES.refs(said)) == [LineRef("KB-2", 1)]


def test_a_heading_leads_in() -> None:
    """
    A heading counts as one where a colon follows it.
    """
    assert LINES.is_heading("How it works:")
    assert not LINES.is_heading("How it works")
    assert not LINES.is_heading("How it ends:")


def test_forms_of_a_line_without_cells() -> None:
    """
    What is no row has one form.
    """
    assert list(forms(Line(n=1, text="So it is."))) == ["So it is."]
    assert normal("So it is.") == normal("so  it is")
