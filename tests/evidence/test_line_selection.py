"""Which lines answer which problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas import Line, Passage
from streams.evidence.asked import AskedQuestion
from streams.evidence.line_selection import MOST_CHOSEN, choose_lines
from streams.evidence.lines import PassageLines
from streams.ports import LineRef
from tests.support.drafts import CARD, RETURN, a_passage

CHARGED = "When is the duplicate charge returned?"
CODES = "LK-500 means that the file is too large.\nLK-501 means that the file is damaged."


def _choose(
    texts: Sequence[str], passages: Sequence[Passage], lines: PassageLines
) -> list[tuple[LineRef, ...]]:
    asked = [AskedQuestion(text) for text in texts]
    return choose_lines(asked, " ".join(texts), passages, lines)


def _texts(*problems: str, passages: tuple[str, ...]) -> list[list[str]]:
    """Return the texts of the lines that are chosen for each of *problems*."""
    found = [a_passage(text, doc_id=f"KB-{n}") for n, text in enumerate(passages)]
    lines = PassageLines(found)
    return [[lines[ref].text for ref in chosen] for chosen in _choose(problems, found, lines)]


def test_what_answers_is_chosen() -> None:
    """
    A problem gets lines of the passage that answers it.
    """
    (chosen,) = _texts(CHARGED, passages=(RETURN,))

    assert chosen
    assert all(text in RETURN.replace("\n", " ") for text in chosen)
    assert any("duplicate" in text for text in chosen)


def test_nothing_is_chosen_of_nothing() -> None:
    """
    Without passages, each problem has no lines.
    """
    assert _choose(
        (
            CHARGED,
            "How do I pay?",
        ),
        [],
        PassageLines([]),
    ) == [(), ()]


def test_each_of_several_problems_has_its_own_evidence() -> None:
    """
    Of several problems, one that no passage is evidence for gets nothing.
    """
    charged, other = _texts(CHARGED, "Do penguins live at the North Pole?", passages=(RETURN,))

    assert charged
    assert not other


def test_a_procedure_is_whole() -> None:
    """
    The steps that answer are chosen together, in order, before anything else.
    """
    (chosen,) = _texts("How do I replace my card?", passages=(CARD, RETURN))

    steps = [text for text in CARD.split("\n") if text[:1].isdigit()]
    assert chosen[:3] == [step[3:] for step in steps]


def test_another_error_code_is_no_answer() -> None:
    """
    Who names a code gets what is said of it, and nothing of another.
    """
    (chosen,) = _texts("What does LK-501 mean?", passages=(CODES,))

    assert chosen == ["LK-501 means that the file is damaged."]


def test_an_announced_list_is_whole() -> None:
    """
    The items that a line announces are chosen with it, and it with them.
    """
    text = "You can pay a charge by:\n- a card of Visa\n- a bank transfer\nCharges are monthly."

    (chosen,) = _texts("Can I pay a charge by bank transfer?", passages=(text,))

    assert chosen[:3] == ["You can pay a charge by:", "a card of Visa", "a bank transfer"]


def test_a_line_of_another_code_takes_with_it_what_needs_it() -> None:
    """
    What refers back to a line that is no answer is no answer either.
    """
    lines = (
        Line(n=1, text="LK-500 means that the file is too large."),
        Line(n=2, text="This is what LK-501 follows.", needs=(1,)),
        Line(n=3, text="LK-501 means that the file is damaged."),
    )
    found = [a_passage(" ".join(line.text for line in lines), lines=lines)]

    (chosen,) = _choose(("What does LK-501 mean?",), found, PassageLines(found))

    assert [ref.n for ref in chosen] == [3]


def test_what_may_not_be_quoted_is_not_chosen() -> None:
    """
    Neither is a line that needs one which no passage brought.
    """
    said = "A duplicate charge is returned in full."
    lines = (Line(n=1, text=said, quotable=False), Line(n=3, text=f"{said} Always.", needs=(2,)))
    found = [a_passage(said, lines=lines)]

    assert _choose((CHARGED,), found, PassageLines(found)) == [()]


def test_only_so_many_lines() -> None:
    """
    An answer is no longer than somebody reads, however much would fit.
    """
    text = "\n".join(f"A duplicate charge of card {n} is returned in full." for n in range(30))

    (chosen,) = _texts(CHARGED, passages=(text,))

    assert 0 < len(chosen) <= MOST_CHOSEN


def _rows(*rows: tuple[str, str], header: str = "Plan") -> tuple[Line, ...]:
    return tuple(
        Line(
            n=n,
            kind="row",
            text=f"{subject}: Trash keeps deleted boards {value}",
            headings=("Trash",),
            cells=((header, subject), ("Trash keeps deleted boards", value)),
        )
        for n, (subject, value) in enumerate(rows, 1)
    )


TRASH = _rows(("Free", "7 days"), ("Team", "30 days"), ("Business", "60 days"))


def _chosen(problem: str, lines: tuple[Line, ...], **passage: Any) -> list[int]:
    found = [a_passage("\n".join(line.text for line in lines), lines=lines, **passage)]
    (chosen,) = _choose((problem,), found, PassageLines(found))
    return [ref.n for ref in chosen]


def test_the_row_of_what_is_named() -> None:
    """
    Who says which plan it is reads of that plan alone.
    """
    asked = "How long does the trash keep deleted boards on Business?"

    assert _chosen(asked, TRASH) == [3]


def test_all_rows_where_none_is_named() -> None:
    """
    Who does not say so reads of all plans, where a number decides.
    """
    assert _chosen("How long does the trash keep deleted boards?", TRASH) == [1, 2, 3]


def test_who_asks_how_is_shown_how() -> None:
    """
    A procedure is chosen beside the sentence that is nearer to the words of the question.
    """
    lines = (
        Line(n=1, text="A locked account is one that cannot sign in.", headings=("Locked",)),
        Line(n=2, text="An account is locked after 10 attempts to sign in.", headings=("Locked",)),
        Line(n=3, kind="step", number=1, text="Open the locked account.", headings=("Unlock",)),
        Line(n=4, kind="step", number=2, text="Select Unlock.", headings=("Unlock",), needs=(3,)),
    )

    assert {3, 4} <= {*_chosen("How do I unlock a locked account?", lines)}


def test_what_has_no_room_in_a_draft_is_not_chosen() -> None:
    """
    A line that needs more than a mail has is left for one that fits; a procedure is named by its
    article instead.
    """
    head = Line(n=1, text="A duplicate charge is returned in full.")
    long = Line(n=2, text=f"A duplicate charge is returned in full, {'and so on, ' * 120}always.")
    steps = tuple(
        Line(n=n, kind="step", number=n, text=f"Return the charge {n}.", needs=tuple(range(1, n)))
        for n in range(1, 16)
    )

    assert _chosen(CHARGED, (head, long)) == [1]
    assert _chosen("How do I return the charge?", steps) == [*range(1, 16)]


def test_a_further_article_bears_clearly() -> None:
    """
    Lines of an article that may not bear on the message make an answer no better.
    """
    first = a_passage("A duplicate charge is found by our bank.", "KB-1", score=0.9)
    for score, articles in ((0.4, {"KB-1"}), (0.6, {"KB-1", "KB-2"})):
        other = a_passage("The charge is returned in full.", "KB-2", score=score)
        found = [first, other]
        (chosen,) = _choose((CHARGED,), found, PassageLines(found))
        assert {ref.doc_id for ref in chosen} == articles
