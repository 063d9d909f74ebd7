"""The questions of a message, numbered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.reading.numbered_questions import MOST_NUMBERED
from tests.support.readings import a_reading


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        (
            "Please tell me\n- which hosts we have to open\n- how to switch off updates",
            ("which hosts we have to open", "how to switch off updates"),
        ),
        (
            "Questions:\n\n1. Is it free\n2. Does it work offline?",
            ("Is it free", "Does it work offline?"),
        ),
        (
            "Two things please.\n1) I was charged twice on Monday.\n2) The export is empty.",
            ("I was charged twice on Monday.", "The export is empty."),
        ),
        (
            "Bitte teilen Sie uns mit:\n- welche Ports offen sein müssen\n- wie man es abschaltet",
            ("welche Ports offen sein müssen", "wie man es abschaltet"),
        ),
        (
            "We use:\n- Windows 11\n- the desktop app\nWhy does it not start?",
            ("Why does it not start?",),
        ),
    ],
)
def test_lists(message: str, questions: tuple[str, ...]) -> None:
    """
    The items of a list that is announced are questions; what announces them is none.
    """
    assert a_reading(message).questions == questions


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Hi,\nthe export is empty since Monday.\nThanks", ("the export is empty since Monday.",)),
        ("I tried twice. We want to pay by invoice.", ("We want to pay by invoice.",)),
        ("it doesnt work again", ("it doesnt work again",)),
        (
            "I was charged twice. Also can I change my email?",
            ("I was charged twice.", "Also can I change my email?"),
        ),
        (
            "Seit gestern kommen keine Mails an. Außerdem ist das Board langsam.",
            ("Seit gestern kommen keine Mails an.", "Außerdem ist das Board langsam."),
        ),
    ],
)
def test_troubles(message: str, questions: tuple[str, ...]) -> None:
    """
    What tells of trouble and asks nothing is one question, and so is each of several things.
    """
    assert a_reading(message).questions == questions


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("any update??\n\nWhen is it returned?", ("When is it returned?",)),
        ("What is going on and when is it back???", ("when is it back???",)),
        ("How are you? How do I pay?", ("How do I pay?",)),
        ("Where is it? Where is it?", ("Where is it?",)),
        ("Gibt es schon Neues? Wann kommt die Rechnung?", ("Wann kommt die Rechnung?",)),
    ],
)
def test_small_talk(message: str, questions: tuple[str, ...]) -> None:
    """
    A question that no article could answer is none beside a real one; a repeated one is one.
    """
    assert a_reading(message).questions == questions


def test_a_question_in_the_subject() -> None:
    """
    It counts, unless the message asks it again.
    """
    asked = a_reading("Do you offer a discount for students?", subject="Student discount?")
    other = a_reading("And can I pay by invoice?", subject="Is there a student discount?")

    assert asked.questions == ("Do you offer a discount for students?",)
    assert other.questions == ("Is there a student discount?", "And can I pay by invoice?")


def test_a_ninth_question() -> None:
    """
    Eight questions have a number; that there are more is said by the next one.
    """
    message = "\n".join(f"How do I change setting {n}?" for n in range(12))

    made = a_reading(message)

    assert len(made.questions) == MOST_NUMBERED == 8
    assert made.further_question == "How do I change setting 8?"


def test_thanks_ask_nothing() -> None:
    """
    A message that is to be answered by nobody has no questions.
    """
    assert a_reading("Thanks, that fixed it!").questions == ()


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Har ni rabatt? Hur lång tid tar det?", ("Har ni rabatt?", "Hur lång tid tar det?")),
        (
            "注文はいつ届きますか？返金できますか？",
            ("注文はいつ届きますか？", "返金できますか？"),
        ),
    ],
)
def test_other_languages(message: str, questions: tuple[str, ...]) -> None:
    """
    Where we know no words, question marks part questions.
    """
    assert a_reading(message).questions == questions


_PIECES = st.sampled_from(
    [
        "How do I pay", "and what does it cost", "?", ", ", ". ", "\n", "\n- ", "\n1) ", " and ",
        "which plan do we need", "Please refund it", "Also ", "(can I?)", "wir wissen nicht, wie",
        "und wird es teurer", "¿Cómo pago", "est-ce que", '"why?"', "```", ":", "!",
        "or are they gone", "Hi Anna,", "thanks", "LK-500", "🎉", "\t", "tell me ", "\n\n",
    ]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=8), max_size=40).map("".join))
def test_questions_are_pieces_of_the_message(message: str) -> None:
    """
    Each is in the customer's words but for blanks, in order, and none has a number above eight.
    """
    made = a_reading(f"The board. {message}")
    text, place = " ".join(made.text.split()), 0

    for question in made.questions:
        assert question.strip()
        found = text.find(question, place)
        assert found >= 0, question
        place = found
    assert len(made.questions) <= MOST_NUMBERED
    assert not made.further_question or len(made.questions) == MOST_NUMBERED
    if made.asks:
        assert made.questions
