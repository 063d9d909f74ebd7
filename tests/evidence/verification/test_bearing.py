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


def test_the_best_of_what_is_used() -> None:
    """
    Of the lines that are used one is the best, if there are any.
    """
    assert ASKED.best([GULLS, RESTORE]) == RESTORE
    assert ASKED.best([]) is None


def test_a_line_among_many_that_are_alike_does_not_stand_out() -> None:
    """
    Where three lines that are left out are better, those that are used were a guess.
    """
    text = "\n\n".join(f"A board of kind {n} can be restored by its owner." for n in range(3))
    lines = PassageLines([a_passage(f"{text}\n\nA seat costs 9 dollars.", title="Boards")])
    *boards, seat = lines
    asked = Bearing(lines).on("Can the owner restore a board?")

    assert not asked.stand_out([seat])
    assert asked.stand_out([seat, boards[0]])
    assert asked.stand_out(boards[2:])
    assert not asked.stand_out([])


def test_without_lines() -> None:
    """
    No passage answers nothing.
    """
    nothing = Bearing(PassageLines([])).on("Why?")

    assert nothing.scores == {}
    assert not nothing.is_answered([], [])
