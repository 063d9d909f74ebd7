"""Which questions the quoted lines answer."""

from __future__ import annotations

import pytest

from streams.evidence.asked import AskedQuestion
from streams.evidence.lines import PassageLines
from streams.evidence.verification.questions import answered_questions
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
    (found,) = answered_questions([AskedQuestion(question)], used, LINES).each

    assert (found.answer.answered, found.gap) == (answered, gap)


def test_the_row_of_what_is_asked_for_answers() -> None:
    """
    A row of what the question names, with the column that it asks for, answers however short it is.
    """
    text = "Stufen\n\nStufe: Leitung; Kosten: 12 €\nStufe: Gast; Kosten: keine"
    lines = PassageLines([a_passage(text, title="Stufen")])
    _, guest = lines

    asked = AskedQuestion("Was kostet der Gast?")

    (found,) = answered_questions([asked], (guest,), lines, language="de").each

    assert (found.answer.answered, found.gap) == ("fully", None)


def test_each_question_for_itself() -> None:
    """
    The lines of each question are named.
    """
    asked = [AskedQuestion(ADDRESS), AskedQuestion("How long are links to a file valid?")]

    found = answered_questions(asked, (OPEN, CHANGE, VALID), LINES)

    assert [one.answer.answered for one in found.each] == ["fully", "fully"]
    assert ("KB-1001", VALID.n) in found.each[1].answer.lines


def test_an_article_that_answers_one_question_answers_what_goes_on_about_it() -> None:
    """
    A further question has few words of its own; the best line of the same article answers it.

    By the strict measure it must bear on the question by itself.
    """
    text = (
        "Support hours\n\nOn weekends only urgent tickets are handled.\n"
        "On weekdays an urgent ticket, as where nobody can work, gets a reply in 4 hours.\n"
        "The chat is found under Help."
    )
    lines = PassageLines([a_passage(text, title="When support answers")])
    weekends, weekdays, chat = lines
    asked = [
        AskedQuestion("Do you handle tickets on weekends?"),
        AskedQuestion("And on a weekday, if all of it stands still?"),
    ]

    def answers(used: tuple[LineRef, ...], *, strict: bool = False) -> list[str]:
        found = answered_questions(asked, used, lines, strict=strict)
        return [one.answer.answered for one in found.each]

    assert answers((weekends, weekdays)) == ["fully", "fully"]
    assert answers((weekends, weekdays), strict=True) == ["fully", "not"]
    assert answers((weekends, chat)) == ["fully", "not"]


def test_the_line_of_the_code_that_is_named_answers() -> None:
    """
    What an error code means is the answer, however little the message has of its words.
    """
    text = (
        "Failed payments\n\nAll cards are accepted on all plans.\n"
        "LK-PAY-02: the check of your bank was not completed.\nLK-PAY-03: the card has expired."
    )
    lines = PassageLines([a_passage(text, title="Failed payments")])
    cards, check, expired = lines
    said = "All cards fail with LK-PAY-02. We want to pay and cannot."
    asked = [AskedQuestion("We want to pay and cannot.", "All cards fail with LK-PAY-02.")]

    def gap(used: LineRef) -> str | None:
        return answered_questions(asked, (used,), lines, said=said).each[0].gap

    assert gap(check) is None
    assert gap(cards) == "missing-name"
    assert gap(expired) == "missing-name"


def test_what_was_said_around_a_question_asks_for_no_number() -> None:
    """
    A question turns on the kind of number that it asks for itself, or that its context has.
    """
    asked = AskedQuestion("Can files be shared with everybody?", "How long are links valid?")

    (found,) = answered_questions([asked], (SHARED,), LINES).each

    assert found.gap != "missing-number"


def test_lines_that_have_all_words_of_a_question_answer_it() -> None:
    """
    A question of common words scores little; lines that have each of them answer it all the same.
    """
    text = (
        "Returns\n\nYou can return items within 60 days.\n"
        "Returns are free with the club and cost 3.50 pounds otherwise."
    )
    lines = PassageLines([a_passage(text, title="Orders")])
    asked = [AskedQuestion("what does a return cost?")]

    def answers(*, strict: bool) -> str:
        found = answered_questions(asked, tuple(lines), lines, strict=strict)
        return found.each[0].answer.answered

    assert answers(strict=False) == "fully"
    assert answers(strict=True) == "not"
