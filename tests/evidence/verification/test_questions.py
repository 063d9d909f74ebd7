"""Which questions the quoted lines answer."""

from __future__ import annotations

import pytest

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.verification.questions import answered_questions, asks_how, asks_of, instructs
from streams.ports import LineRef
from tests.support.drafts import a_passage

TEXT = (
    "Change the address\n\n"
    "1. Open Profile > Account.\n"
    "2. Select Change beside the email address.\n"
    "Your tasks stay with the account when the email address changes.\n"
    "The address that receives invoices is a different setting.\n"
    "Limits\n\n"
    "Plan: Team; Largest file: 100 MB\n"
    "Plan: Business; Largest file: 500 MB\n"
    "Links to a file are valid for 7 days.\n"
    "Files can be shared by links with everybody."
)
LINES = PassageLines([a_passage(TEXT, title="Email address, files and limits of an account")])
OPEN, CHANGE, TASKS, INVOICES, TEAM, BUSINESS, VALID, SHARED = LINES
ADDRESS = "How do I change the email address of my account?"
BOTH = f"{ADDRESS} Do my tasks stay with the account?"


@pytest.mark.parametrize(
    ("question", "used", "answered", "gap"),
    [
        (ADDRESS, (OPEN, CHANGE), "fully", None),
        (ADDRESS, (TASKS,), "partly", "no-steps"),
        (ADDRESS, (), "not", "no-line"),
        (BOTH, (OPEN, CHANGE, TASKS), "fully", None),
        (BOTH, (OPEN, CHANGE), "partly", "not-bearing"),
        ("What is the largest file on the Team plan?", (TEAM,), "fully", None),
        ("What is the largest file on the Team plan?", (BUSINESS,), "not", "other-row"),
        ("How long are links to a file valid?", (VALID,), "fully", None),
        ("How long are links to a file valid?", (SHARED,), "not", "missing-number"),
        ("What does LK-413 say of the largest file?", (TEAM, BUSINESS), "not", "missing-name"),
        ("Do herring gulls nest on your roof in spring?", (TASKS,), "not", "no-line"),
    ],
)
def test_what_becomes_of_a_question(
    question: str, used: tuple[LineRef, ...], answered: str, gap: str | None
) -> None:
    """
    Lines answer what they bear on best, with the plan, code, number and steps that it asks for.
    """
    (found,) = answered_questions([question], used, LINES).each

    assert (found.answer.answered, found.gap) == (answered, gap)


def test_the_row_of_what_is_asked_for_answers() -> None:
    """
    A row of what the question names, with the column that it asks for, answers however short it is.
    """
    text = "Stufen\n\nStufe: Leitung; Kosten: 12 €\nStufe: Gast; Kosten: keine"
    lines = PassageLines([a_passage(text, title="Stufen")])
    _, guest = lines

    (found,) = answered_questions(["Was kostet der Gast?"], (guest,), lines, language="de").each

    assert (found.answer.answered, found.gap) == ("fully", None)


def test_each_question_for_itself() -> None:
    """
    The lines of each question are named; a line for none of them is a stray one.
    """
    found = answered_questions(
        [ADDRESS, "How long are links to a file valid?"], (OPEN, CHANGE, VALID), LINES
    )

    assert [one.answer.answered for one in found.each] == ["fully", "fully"]
    assert ("KB-1001", VALID.n) in found.each[1].answer.lines
    assert found.stray is None


def test_what_asks_for_itself() -> None:
    """
    Each sentence that asks something is a question of its own, and the whole is one.
    """
    assert asks_of("I forgot it. How do I reset it?") == ("I forgot it. How do I reset it?",)
    assert asks_of("Where is it kept? Is it safe there? Why?") == (
        "Where is it kept? Is it safe there? Why?",
        "Where is it kept?",
        "Is it safe there?",
    )


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("How do I reset it?", True),
        ("Wie kann ich es ändern?", True),
        ("Comment le faire ?", True),
        ("¿Cómo lo cambio?", True),
        ("How long is it valid?", False),
        ("Where do I register?", False),
        ("Wo melde ich mich an?", False),
        ("Is it included?", False),
    ],
)
def test_what_asks_for_steps(text: str, how: bool) -> None:
    """
    Whoever asks how gets steps, in any of the languages.
    """
    assert asks_how(text) is how


@pytest.mark.parametrize(
    ("text", "number", "does"),
    [
        ("Select Save.", 0, True),
        ("To do so, öffnen Sie das Menü.", 0, True),
        ("It stands under Settings > Billing.", 0, True),
        ("Write to help@corp.example.", 0, True),
        ("The page.", 2, True),
        ("It is not refundable.", 0, False),
    ],
)
def test_what_instructs(text: str, number: int, does: bool) -> None:
    """
    A step, an order, a path through menus or an address tells what to do.
    """
    assert instructs(Line(n=1, text=text, number=number)) is does
