"""What lines need of the draft."""

from __future__ import annotations

import pytest

from schemas import Line, Passage
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

STEPS = a_passage(
    lines=(
        Line(n=1, text="Do this in a browser:", needs=()),
        Line(n=2, kind="step", number=1, text="Open the menu.", needs=(1,)),
        Line(n=3, kind="step", number=2, text="Select Restore.", needs=(1, 2)),
        Line(
            n=4,
            text="It is free.",
            headings=("If you are on Team",),
            conditions=("If you are on Team",),
        ),
        Line(n=5, text="It costs 5 dollars.", needs=(6,)),
        Line(n=6, text="This holds only in the EU."),
        Line(n=7, text="See the figure.", quotable=False),
        Line(n=8, text="Then it ends.", needs=(20,)),
    )
)


def _rules(body: str, passage: Passage = STEPS) -> set[str]:
    ticket = a_drafted(body.replace("+", "[KB-1001]"), passage, kind="thanks")
    return {issue.rule for issue in verify(ticket, VOICE).findings}


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("Do this in a browser: +\n1. Open the menu +.\n2. Select Restore +.", set()),
        ("1. Open the menu +.\n2. Select Restore +.", {"needs-line"}),
        ("Do this in a browser: +\n2. Select Restore +.", {"needs-line", "unfinished"}),
        ("Do this in a browser: +\n1. Open the menu +.", {"unfinished"}),
        ("Do this in a browser +.", {"unfinished"}),
        ("Do this in a browser: +\n1. Select Restore +.\n2. Open the menu +.", {"order"}),
        ("If you are on Team:\nIt is free +.", set()),
        ("It is free +.", {"needs-heading"}),
        ("If you are on Team:\nThis holds only in the EU +.", {"other-heading"}),
        ("This holds only in the EU +.\nIf you are on Team:", {"other-heading"}),
        ("It costs 5 dollars +. This holds only in the EU +.", set()),
        ("It costs 5 dollars +.", {"needs-line"}),
        ("This holds only in the EU +.", set()),
        ("See the figure +.", {"not-quotable"}),
        ("Then it ends +.", {"needs-unknown-line"}),
    ],
)
def test_what_a_line_needs(body: str, rules: set[str]) -> None:
    """
    Lead-ins, conditions, exceptions, headings that are conditions and all steps stand in order.
    """
    assert _rules(body) == rules


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("When the time is over, nothing can be restored.", set()),
        ("Nothing can be restored.", {"needs-heading"}),
        ("If you pay by card, nothing can be restored.", {"needs-heading"}),
    ],
)
def test_a_line_that_begins_with_its_condition_needs_no_heading(text: str, rules: set[str]) -> None:
    """
    A line under "After the time has run out" that says so itself is whole.
    """
    heading = ("After the time has run out",)
    line = Line(n=1, text=text, headings=heading, conditions=heading)

    assert _rules(text.replace(".", " +."), a_passage(lines=(line,))) == rules
