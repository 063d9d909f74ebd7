"""How lines bear on a question."""

from __future__ import annotations

from streams.evidence.lines import PassageLines
from streams.evidence.verification.bearing import FLOOR, Bearing
from tests.support.drafts import a_passage

TEXT = (
    "Restore a board\n\n"
    "A deleted board can be restored from the trash within 30 days.\n"
    "Pricing of seats\n\n"
    "A seat costs 9 dollars a month.\n"
    "Weather\n\n"
    "Herring gulls nest on flat roofs in spring."
)
LINES = PassageLines([a_passage(TEXT, title="Boards and seats")])
RESTORE, SEAT, GULLS = LINES
ASKED = Bearing(LINES).on("Can a deleted board be restored?")


def test_the_line_that_answers_is_the_nearest() -> None:
    """
    A line answers if it is about as good as the best there is; another section's does not.
    """
    assert ASKED.scores[RESTORE] > FLOOR > ASKED.scores[GULLS]
    assert ASKED.is_answered([RESTORE], list(LINES))
    assert ASKED.is_answered([SEAT, RESTORE], list(LINES))
    assert not ASKED.is_answered([SEAT], list(LINES))
    assert not ASKED.is_answered([], list(LINES))


def test_lines_have_enough_of_the_question_together() -> None:
    """
    The question's words stand in the lines, as far as any one article has them.
    """
    assert ASKED.are_enough([RESTORE])
    assert not ASKED.are_enough([GULLS])


def test_a_stray_line_has_nothing_to_do_with_it() -> None:
    """
    What is far below the best line, and in another section, is there by mistake.
    """
    assert ASKED.strays(GULLS)
    assert not ASKED.strays(RESTORE)


def test_without_lines() -> None:
    """
    No passage answers nothing.
    """
    nothing = Bearing(PassageLines([])).on("Why?")

    assert nothing.scores == {}
    assert not nothing.is_answered([], [])
