"""How far lines are apart."""

from __future__ import annotations

from streams.evidence.line_places import placed_lines
from tests.support.lined import lined


def test_a_list_is_as_far_as_one_sentence() -> None:
    """
    Sentences are a unit each, a list and a table one; a heading begins anew.
    """
    found = placed_lines(
        lined("One is. Two is.\n\n- c\n- d\n\n|e|f|\n|-|-|\n|g|h|\n\n## I\n\nJ.").cut
    )

    assert [(one.n, one.unit) for one in found] == [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (6, 0),
    ]


def test_what_two_lines_both_speak_of() -> None:
    """
    Long words that begin alike are the same.
    """
    one, other = placed_lines(lined("Export the boards. Exports of boards are free.").cut)

    assert one.shares(other) == 2
