"""Which rows of a table answer."""

from __future__ import annotations

from schemas import Line
from streams.evidence.line_units import LineUnit, line_units
from streams.evidence.lines import PassageLines
from streams.evidence.table_rows import rows_for
from tests.support.drafts import a_passage


def _rows(header: str, other: str, *rows: tuple[str, str]) -> list[LineUnit]:
    lines = tuple(
        Line(n=n, kind="row", text=f"{subject}: {value}", cells=((header, subject), (other, value)))
        for n, (subject, value) in enumerate(rows, 1)
    )
    return line_units(PassageLines([a_passage("\n".join(r.text for r in lines), lines=lines)]))


def _found(units: list[LineUnit], asked: str, said: str = "") -> list[int]:
    return [one.refs[0].n for one in rows_for(units[0], units, asked, f"{said} {asked}")]


PLANS = _rows("Plan", "Largest file", ("Free", "10 MB"), ("Team", "100 MB"))
HOSTS = _rows("Host", "Used for", ("app.example", "sign-in"), ("rt.example", "live changes"))
CODES = _rows("Code", "Meaning", ("LK-423", "locked"), ("LK-503", "overloaded"))


def test_the_row_that_is_named() -> None:
    """
    It is named by the question, or else by the message.
    """
    assert _found(PLANS, "How large may a file be on Team?") == [2]
    assert _found(PLANS, "How large may a file be?", said="We are on Free.") == [1]


def test_the_whole_table() -> None:
    """
    Who asks for what its rows are about gets all of them, and so does who names no row and asks
    for a number.
    """
    assert _found(HOSTS, "Which hosts do we have to open?") == [1, 2]
    assert _found(CODES, "What do these codes mean?") == [1, 2]
    assert _found(PLANS, "How large may a file be?") == [1, 2]


def test_no_row() -> None:
    """
    The row of an error code that nobody named misleads.
    """
    assert _found(CODES, "How long does it take?") == []
    assert _found(CODES, "What must I do?", said="It says LK-503.") == [2]
