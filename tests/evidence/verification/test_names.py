"""The names that decide whose line answers a question."""

from __future__ import annotations

import pytest

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.verification.names import (
    is_row_of,
    lacks_code,
    lacks_name,
    lacks_negation,
    names_subject,
    other_row,
    subjects,
    without_lacking,
)
from streams.ports import LineRef
from tests.support.drafts import a_passage

TEXT = (
    "Plan: Team; Largest file: 100 MB; Storage: 10 GB\n"
    "Plan: Business; Largest file: 500 MB; Storage: 50 GB\n"
    "The error LK-413 means that a file is too large.\n"
    "Update the app to version 6.4.\n"
    "If you have no recovery codes, write to us.\n"
    "Enter a recovery code.\n"
    "The app needs iOS 16."
)
LINES = PassageLines([a_passage(TEXT, title="Files")])
TEAM, BUSINESS, CODE, VERSION, WITHOUT, WITH, PLATFORM = LINES


@pytest.mark.parametrize(
    ("said", "used", "other"),
    [
        ("What is the largest file on Team?", (TEAM,), None),
        ("What is the largest file on Team?", (BUSINESS,), BUSINESS),
        ("what is the largest file on the business plan?", (TEAM,), TEAM),
        ("Our team is on Business: how large is a file?", (BUSINESS,), None),
        ("Our team is on Business: how large is a file?", (TEAM,), TEAM),
        ("How large is a file?", (TEAM,), TEAM),
        ("How large is a file?", (TEAM, BUSINESS), None),
        ("How large is a file?", (CODE,), None),
    ],
)
def test_the_row_is_that_of_what_is_named(
    said: str, used: tuple[LineRef, ...], other: LineRef | None
) -> None:
    """
    Another plan's row is no answer, nor is one of several where the customer names none.
    """
    assert other_row(said, used, LINES) == other


def test_the_message_names_what_the_question_does_not() -> None:
    """
    "We are on Business. How large may a file be?" names a plan for each of its questions.
    """
    said = "We are on Business."

    assert other_row("How large is a file?", (BUSINESS,), LINES, said) is None
    assert other_row("How large is a file?", (TEAM,), LINES, said) == TEAM


@pytest.mark.parametrize(
    ("said", "used", "lacks"),
    [
        ("What is LK-413?", CODE, False),
        ("What is LK-999?", CODE, True),
        ("What is LK-413?", VERSION, True),
        ("I have version 6.4.", VERSION, False),
        ("I have version 6.3.", VERSION, True),
        ("It fails on iOS 15", VERSION, True),
        ("It fails on iOS 15", PLATFORM, True),
        ("It fails on iOS 16", PLATFORM, False),
        ("It fails on Windows 11", VERSION, False),
        ("It costs 6.3 dollars", VERSION, False),
    ],
)
def test_codes_and_versions(said: str, used: LineRef, lacks: bool) -> None:
    """
    A code or a version that the customer names stands in the lines, or they are about another.

    That of a browser or the like decides only where the article tells its versions apart.
    """
    assert lacks_name(said, (used,), LINES) is lacks


def test_a_code_anywhere_in_the_message() -> None:
    """
    A code that the customer names beside the question has to stand in the lines, too.
    """
    said = "Every page says LK-413. What is going on?"
    assert lacks_code("We have version 97.3. What is going on?", (VERSION,), LINES)

    assert lacks_code(said, (VERSION,), LINES)
    assert not lacks_code(said, (CODE,), LINES)
    assert not lacks_code("What is going on?", (VERSION,), LINES)


@pytest.mark.parametrize(
    ("said", "used", "lacks"),
    [
        ("I have no recovery codes.", WITH, True),
        ("I have no recovery codes.", WITHOUT, False),
        ("I have recovery codes.", WITH, False),
        ("I have no idea.", WITH, False),
    ],
)
def test_who_lacks_something_is_answered_by_the_line_for_that(
    said: str, used: LineRef, lacks: bool
) -> None:
    """
    What helps those who have recovery codes is no answer for somebody without.
    """
    assert lacks_negation(said, (used,), LINES) is lacks


def test_subjects_of_rows() -> None:
    """
    A row may be about several things.
    """
    row = Line(n=1, kind="row", text="x", cells=(("Plan", "Free, Team"), ("Price", "0")))

    assert subjects(row.cells[0][1]) == ["Free, Team", "Free", "Team"]
    assert names_subject("We are on Team.", row)
    assert not names_subject("Our teams.", row)
    assert not names_subject("No row.", Line(n=1, text="No row."))


def test_a_row_is_of_what_most_words_name() -> None:
    """
    "Annual payment" is what a question on the payment of an annual plan is about.
    """
    row = Line(n=1, kind="row", text="x", cells=(("Case", "Annual payment"), ("A", "b")))

    assert is_row_of("Is the payment of our annual plan refunded?", row)
    assert not is_row_of("Is our annual fee refunded?", row)
    assert not is_row_of("Is our annual renewal refunded?", Line(n=1, text="No row."))


def test_what_somebody_lacks_is_not_what_they_ask_about() -> None:
    """
    "No locker" says that nothing about lockers matters.
    """
    assert without_lacking("I have no locker. What do I pay?").split() == [
        *("I", "have", ".", "What", "do", "I", "pay?"),
    ]
    assert "Rechnung" not in without_lacking("Ich habe keine Rechnung")
