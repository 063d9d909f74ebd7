"""How close lines are to a question."""

from __future__ import annotations

from streams.evidence.asked import AskedQuestion
from streams.evidence.line_units import line_units
from streams.evidence.lines import PassageLines
from streams.evidence.unit_closeness import SAME_CODE, closeness
from tests.support.drafts import a_passage

TEXT = "A reset link is valid for 60 minutes.\nLK-423 means that the account is locked."
UNITS = line_units(PassageLines([a_passage(TEXT, doc_id="KB-1")]))
ARTICLES = {"KB-1": 0.8}


def _close(text: str, context: str = "") -> list[float]:
    return [float(one) for one in closeness(AskedQuestion(text, context), UNITS, ARTICLES)]


def test_what_is_about_the_same_is_closer() -> None:
    """
    A line that shares words and meaning with the question comes first.
    """
    valid, locked = _close("How long is the reset link valid?")

    assert valid > locked


def test_what_was_said_around_counts() -> None:
    """
    A question that says little is told by its context.
    """
    valid, locked = _close("What do I do now?", "My account is locked.")

    assert locked > valid


def test_a_code_counts_where_the_question_says_little() -> None:
    """
    The code in a message is not what each of its questions is about.
    """
    _, bare = _close("How do I reset my old password today?", "It says that.")
    _, coded = _close("How do I reset my old password today?", "It says LK-423.")
    _, little = _close("What now?", "It says LK-423.")
    _, none = _close("What now?", "It says that.")

    assert coded - bare < SAME_CODE
    assert little - none >= SAME_CODE
