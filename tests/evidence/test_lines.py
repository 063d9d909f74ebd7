"""The lines of passages, and what they need."""

from __future__ import annotations

from schemas import Line, Passage
from streams.evidence.lines import PassageLines
from streams.ports import LineRef


def a_passage(*lines: Line, doc_id: str = "KB-1", chunk: int = 1, text: str = "") -> Passage:
    """Return a passage with *lines*."""
    chunk_id = f"{doc_id}-c-{chunk}"
    text = text or "\n".join(line.text for line in lines)
    return Passage(doc_id=doc_id, chunk_id=chunk_id, title="T", text=text, score=1, lines=lines)


def a_line(n: int, *needs: int) -> Line:
    """Return line *n*, which needs others."""
    return Line(n=n, text=f"Line {n}.", needs=needs)


def refs(*numbers: int) -> tuple[LineRef, ...]:
    """Return the names of lines of KB-1."""
    return tuple(LineRef("KB-1", n) for n in numbers)


def test_a_line_takes_along_what_it_needs_and_what_that_needs() -> None:
    """A line takes along what it needs and what that needs."""
    lines = PassageLines(
        [a_passage(*(a_line(n, *([n - 1] if n > 2 else [])) for n in range(1, 6)))]
    )
    assert lines.whole(refs(4)) == refs(2, 3, 4)
    assert lines.whole(lines.whole(refs(4))) == refs(2, 3, 4)


def test_lines_of_an_article_are_in_its_order_whatever_the_passages_order() -> None:
    """Lines of an article are in its order whatever the passages order."""
    lines = PassageLines([a_passage(a_line(3), chunk=2), a_passage(a_line(1), a_line(2))])
    assert tuple(lines) == refs(1, 2, 3)
    assert lines.passage(LineRef("KB-1", 3)).chunk_id == "KB-1-c-2"


def test_what_no_passage_brought_is_missing() -> None:
    """What no passage brought is missing."""
    lines = PassageLines([a_passage(a_line(4, 1))])
    assert lines.whole(refs(4)) == refs(4)
    assert lines.missing(refs(4)) == set(refs(1))


def test_passages_without_lines_of_one_article_share_no_number() -> None:
    """Passages without lines of one article share no number."""
    lines = PassageLines([a_passage(text="One is so."), a_passage(text="Two is so.", chunk=2)])
    assert [line.text for line in lines.values()] == ["One is so.", "Two is so."]


def test_passages_without_lines_are_cut_by_the_language_that_most_of_them_tell() -> None:
    """
    Where the first has rows alone, which tell none, a paragraph of it is cut into its sentences.
    """
    rows = "\n".join(f"Plan: Telmira {n}; GB: {n}; Min: 20{n}" for n in range(8))
    first = f"{rows}\nLos precios incluyen el IVA. Los datos que no se gastan no se acumulan."
    second = "Puede cambiar de tarifa una vez al mes y sin coste en la aplicación."
    lines = PassageLines([a_passage(text=first), a_passage(text=second, chunk=2, doc_id="KB-2")])

    assert "Los precios incluyen el IVA." in {line.text for line in lines.values()}


def test_what_a_line_is_not_understood_without() -> None:
    """
    What only restricts a line is not among what it leans on.
    """
    third = Line(n=3, text="Line 3.", needs=(1, 2), restricted_by=(2,))
    lines = PassageLines([a_passage(a_line(1), a_line(2), third)])
    assert lines.understood(refs(3)) == refs(1, 3)
    assert lines.whole(refs(3)) == refs(1, 2, 3)
