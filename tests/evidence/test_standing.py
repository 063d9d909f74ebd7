"""Which lines can stand in a draft."""

from __future__ import annotations

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.standing import can_stand
from tests.support.drafts import a_passage


def _stands(*lines: Line) -> bool:
    found = PassageLines([a_passage(lines=lines)])
    return can_stand(found.whole(found), found)


def test_lines_that_stand() -> None:
    """
    A sentence by itself stands, and so does a procedure from its first step.
    """
    assert _stands(Line(n=4, text="It is so."))
    assert _stands(
        Line(n=1, kind="step", text="Open it.", number=1),
        Line(n=2, kind="step", text="Close it.", number=2, needs=(1,)),
    )


def test_lines_that_do_not() -> None:
    """
    What is meant for a machine, what needs a line that is not there, a procedure without its
    beginning.
    """
    assert not _stands(Line(n=1, text="See below.", quotable=False))
    assert not _stands(Line(n=2, text="In that case it is so.", needs=(1,)))
    assert not _stands(Line(n=2, kind="step", text="Close it.", number=2))
