"""How lines of articles look in a draft."""

from __future__ import annotations

import pytest

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.paragraphs import paragraphs_of, written_length
from tests.support.drafts import a_passage

STATUS = ("If the status page shows no incident",)
STEPS = (
    Line(n=1, text="You unlock it so:", headings=("Unlock",)),
    Line(n=2, kind="step", number=1, text="Sign in.", headings=("Unlock",), needs=(1,)),
    Line(n=3, kind="step", number=2, text="Select Unlock", headings=("Unlock",), needs=(1, 2)),
)


def _row(plan: str, storage: str, boards: str) -> tuple[tuple[str, str], ...]:
    return (("Plan", plan), ("Storage", storage), ("Boards", boards))


def _laid_out(*lines: Line) -> str:
    found = PassageLines([a_passage(doc_id="KB-1", lines=lines)])
    return paragraphs_of(list(found), found)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([Line(n=1, text="It is so.")], "It is so [KB-1]."),
        ([Line(n=1, text="It is so")], "It is so [KB-1]."),
        ([Line(n=1, text="It is so (now)")], "It is so (now) [KB-1]."),
        ([Line(n=1, text='It says "done."')], 'It says "done." [KB-1]'),
        ([Line(n=1, text="Is it so?"), Line(n=2, text="It is.")], "Is it so [KB-1]? It is [KB-1]."),
        (
            [Line(n=1, text="One.", headings=("A",)), Line(n=2, text="Two.", headings=("B",))],
            "One [KB-1].\n\nTwo [KB-1].",
        ),
        (STEPS, "You unlock it so [KB-1]:\n1. Sign in [KB-1].\n2. Select Unlock [KB-1]"),
        (
            [Line(n=1, kind="item", text="a cat"), Line(n=2, kind="item", text="a dog")],
            "- a cat [KB-1]\n- a dog [KB-1]",
        ),
        ([Line(n=1, kind="item", text="a cat")], "a cat [KB-1]."),
        (
            [Line(n=1, kind="row", text="Free: Storage 1 GB")],
            "Free: Storage 1 GB [KB-1].",
        ),
        (
            [
                Line(n=1, text="It is so."),
                Line(n=2, kind="row", text="Free: 1 GB"),
                Line(n=3, kind="row", text="Team: 10 GB"),
            ],
            "It is so [KB-1].\n\n- Free: 1 GB [KB-1]\n- Team: 10 GB [KB-1]",
        ),
        (
            [
                Line(n=1, text="The limits are:"),
                Line(n=2, kind="row", text="Free", cells=_row("Free", "1 GB", "10"), needs=(1,)),
                Line(n=3, kind="row", text="Team", cells=_row("Team", "9 GB", "80"), needs=(1,)),
                Line(n=4, text="More on request."),
            ],
            "The limits are [KB-1]:\n\nFree:\n- Storage: 1 GB\n- Boards: 10 [KB-1]"
            "\n\nTeam:\n- Storage: 9 GB\n- Boards: 80 [KB-1]\n\nMore on request [KB-1].",
        ),
        (
            [Line(n=1, text="Run this:"), Line(n=2, kind="code", text="ls -l;", needs=(1,))],
            "Run this [KB-1]:\nls -l; [KB-1]",
        ),
        (
            [Line(n=1, text="See https://help.example/a")],
            "See https://help.example/a [KB-1].",
        ),
    ],
)  # fmt: skip
def test_lines(lines: list[Line], text: str) -> None:
    """
    Sentences run on and end with a full stop; steps are numbered; items and rows are a list where
    there are several, or a line announces them, but a row of several values is a list itself.
    Nothing else of a line is changed.
    """
    assert _laid_out(*lines) == text


def test_a_condition_leads_in() -> None:
    """
    A heading that is a condition stands once above its lines, and again where another one was
    between.
    """
    lines = (
        Line(n=1, text="Clear the cache.", headings=STATUS, conditions=STATUS),
        Line(n=2, text="Sign in again.", headings=STATUS, conditions=STATUS),
        Line(n=3, text="We publish updates.", headings=("Updates",)),
        Line(n=4, text="Call us.", headings=STATUS, conditions=STATUS),
    )

    assert _laid_out(*lines) == (
        "If the status page shows no incident:\nClear the cache [KB-1]. Sign in again [KB-1].\n\n"
        "We publish updates [KB-1].\n\n"
        "If the status page shows no incident:\nCall us [KB-1]."
    )


@pytest.mark.parametrize(
    "lines", [STEPS, (Line(n=1, text="a", headings=STATUS, conditions=STATUS),)]
)
def test_no_line_is_longer_than_said(lines: tuple[Line, ...]) -> None:
    """
    The room that lines are given is enough.
    """
    found = PassageLines([a_passage(doc_id="KB-1", lines=lines)])

    assert len(_laid_out(*lines)) <= sum(written_length(ref, line) for ref, line in found.items())
