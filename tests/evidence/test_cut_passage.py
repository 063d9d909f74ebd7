"""The lines of passages of older workers, which bring none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas import Line, Passage
from streams.evidence.cut_passage import cut_lines

TABLE = """\
Plan: Free; Largest file: 10 MB; Storage: –
Plan: Team; Largest file: 100 MB; Storage: 10 GB; more by contract"""


def cut(text: str, first: int = 1) -> tuple[Line, ...]:
    """Return the lines of a passage of this *text*."""
    return cut_lines(
        Passage(doc_id="KB-1", chunk_id="KB-1-c-1", title="T", text=text, score=1), first
    )


def test_a_step_needs_its_lead_in_and_those_before_it() -> None:
    """
    They are those of an article of this text.
    """
    found = cut("How to\n\nDo this:\n1. Open it.\n2. Close it.\nIt is done.")
    assert [line.text for line in found] == ["Do this:", "Open it.", "Close it.", "It is done."]
    assert set(found[2].needs) >= {1, 2}
    assert (found[2].kind, found[2].number, found[2].headings) == ("step", 2, ("How to",))


def test_exceptions_restrict_the_line_beside_them() -> None:
    """
    A draft that leaves one out must not pass, whoever wrote the passage.
    """
    first, second = cut("You can return it within 30 days. Opened paint is excluded.")
    assert first.restricted_by == (second.n,)


def test_rows_have_their_cells() -> None:
    """
    A semicolon inside a cell ends none; a cell that says nothing is left out.
    """
    free, team = cut(TABLE)
    assert free.cells[:2] == (("Plan", "Free"), ("Largest file", "10 MB"))
    assert team.cells[-1] == ("Storage", "10 GB; more by contract")
    assert (free.kind, team.kind) == ("row", "row")


def test_numbers_begin_where_they_are_asked_to() -> None:
    """
    So that passages of one article share no number.
    """
    one, two = cut("This is so. It needs the first.", 5)
    assert (one.n, two.n) == (5, 6)
    assert two.needs == (5,)


def test_markup_in_a_text_is_text() -> None:
    """
    A passage is plain text: what looks like a tag stands as it is.
    """
    assert [line.text for line in cut("Select <b> & save.")] == ["Select <b> & save."]


@given(st.lists(st.text("abc .;:<&-1\n", max_size=60), max_size=6))
def test_any_text_is_cut(parts: list[str]) -> None:
    """
    Whatever an older worker wrote, its lines are words of it, with needs among them.
    """
    text = "\n".join(parts)
    found = cut(text)
    assert all(set(line.needs) <= {one.n for one in found} for line in found)
    assert all(word in text for line in found if not line.cells for word in line.text.split())
