"""What is chosen as one."""

from __future__ import annotations

from schemas import Line
from streams.evidence.line_units import line_units
from streams.evidence.lines import PassageLines
from tests.support.drafts import a_passage


def _units(*lines: Line) -> list[list[int]]:
    found = PassageLines([a_passage(" ".join(line.text for line in lines), lines=lines)])
    return [[ref.n for ref in unit.refs] for unit in line_units(found)]


def test_a_procedure_is_one() -> None:
    """
    Its steps are together, a sentence after them is by itself.
    """
    assert _units(
        Line(n=1, kind="step", text="Open it.", number=1),
        Line(n=2, kind="step", text="Close it.", number=2, needs=(1,)),
        Line(n=3, text="It is free."),
    ) == [[1, 2], [3]]


def test_a_list_is_one_with_its_lead_in() -> None:
    """
    Items without a lead-in are single.
    """
    assert _units(
        Line(n=1, text="You can pay by:"),
        Line(n=2, kind="item", text="a card", needs=(1,)),
        Line(n=3, kind="item", text="a transfer", needs=(1,)),
    ) == [[1, 2, 3]]
    assert _units(
        Line(n=1, kind="item", text="Cards are accepted."),
        Line(n=2, kind="item", text="Transfers take two days."),
    ) == [[1], [2]]


def test_what_cannot_stand_is_none() -> None:
    """
    A line that may not be quoted is no unit.
    """
    assert _units(Line(n=1, text="See below.", quotable=False)) == []
