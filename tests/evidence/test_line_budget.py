"""How much of articles a ticket carries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas import Line, Passage
from streams.evidence.line_budget import MOST_LINES_BYTES, within_budget


def passage(doc_id: str, *lines: Line, n: int = 1) -> Passage:
    """Return a passage with *lines*."""
    return Passage(
        doc_id=doc_id, chunk_id=f"{doc_id}-c-{n}", title="T", text="x", score=1, lines=lines
    )


def line(n: int, length: int = 10) -> Line:
    """Return line *n* of about *length* characters."""
    return Line(n=n, text="x" * length)


def numbers(passages: list[Passage]) -> list[list[int]]:
    """Return the numbers of the lines of each."""
    return [[one.n for one in p.lines] for p in passages]


def test_a_line_is_carried_once() -> None:
    """
    What a better passage has brought is left out of a worse one of the same article.
    """
    found = within_budget(
        [passage("A", line(1), line(5)), passage("A", line(5), line(6)), passage("B", line(5))]
    )

    assert numbers(found) == [[1, 5], [6], [5]]


def test_a_passage_never_loses_all_lines() -> None:
    """
    A passage without lines would be cut anew by whoever reads it.
    """
    assert numbers(within_budget([passage("A", line(1)), passage("A", line(1))])) == [[1], [1]]


def test_the_worst_passages_are_dropped() -> None:
    """
    Passages go whole, from the end, and those before them stay as they are.
    """
    found = within_budget([passage(i, line(1, 6_000)) for i in "ABCD"])

    assert [p.doc_id for p in found] == ["A", "B"]


def test_the_best_passage_is_cut_at_its_end() -> None:
    """
    It is carried in any case, without the last of what it needs from elsewhere.
    """
    found = within_budget([passage("A", *(line(n, 5_000) for n in range(1, 9)))])

    assert numbers(found) == [[1, 2, 3]]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"), st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9_000)))
        )
    )
)
def test_never_more_than_the_budget(given_lines: list[tuple[str, list[tuple[int, int]]]]) -> None:
    """
    Whatever was found, a ticket carries 16 kB of lines, and its best passage.
    """
    passages = [
        passage(doc_id, *(line(n, size) for n, size in dict(lines).items()))
        for doc_id, lines in given_lines
    ]

    found = within_budget(passages)

    sizes = [sum(len(one.text) for one in p.lines) for p in found]
    assert sum(sizes) <= MOST_LINES_BYTES
    assert [p.chunk_id for p in found] == [p.chunk_id for p in passages][: len(found)]
    assert bool(found) is bool(passages)
