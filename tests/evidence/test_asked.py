"""What a ticket asks, and what each question is compared by."""

from __future__ import annotations

from schemas import Reading
from streams.evidence.asked import compared_questions, questions_of
from tests.support.readings import a_reading


def test_questions_of_the_reading() -> None:
    """
    They are those that the reading has numbered; queries are only for searching.
    """
    assert questions_of(Reading(text="A? B?", questions=("A?", "B?"), queries=("C",))) == (
        "A?",
        "B?",
    )


def test_a_reading_of_an_older_worker() -> None:
    """
    Without questions its queries are asked, or all of the message.
    """
    assert questions_of(Reading(text="A? B?", queries=("A?", "B?"))) == ("A?", "B?")
    assert questions_of(Reading(text="Refund")) == ("Refund",)


def test_a_single_question_is_about_the_whole_message() -> None:
    """
    What is said beside it is its context.
    """
    made = a_reading("We deleted the board Alpha. How do we get it back? We are on Team.")

    (one,) = compared_questions(made)

    assert one.text == "How do we get it back?"
    assert one.context == "We deleted the board Alpha. We are on Team."


def test_a_question_that_refers_back_has_its_context() -> None:
    """
    "Does it cost something?" is compared with the question before it; a full one by itself.
    """
    made = a_reading(
        "We bought another agency. How can we bring both workspaces together in one place?"
        " Does it cost something?"
    )

    merge, cost = compared_questions(made)

    assert merge.context == ""
    assert cost.text == "Does it cost something?"
    assert cost.context.endswith("How can we bring both workspaces together in one place?")


def test_a_clause_has_the_one_beside_it_for_context() -> None:
    """
    A question of few words is compared with what the same sentence asks besides.
    """
    limit, reset = compared_questions(a_reading("What is the limit, and when does it reset?"))

    assert limit.compared == "when does it reset? What is the limit"
    assert reset.compared == "What is the limit when does it reset?"


def test_a_question_that_says_enough_refers_to_itself() -> None:
    """
    A late "it" of a full question means what the question itself speaks of.
    """
    made = a_reading(
        "We save boards. Which name would a board of the marketing team have if we exported it?"
        " Where is the export of whole boards to be found?"
    )

    name, export = compared_questions(made)

    assert (name.context, export.context) == ("", "")
