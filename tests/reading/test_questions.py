"""The queries of a message: one for each problem."""

from __future__ import annotations

import pytest

from tests.support.readings import a_reading


@pytest.mark.parametrize(
    ("message", "queries"),
    [
        (
            "Hi team,\n\nhope you are well. My export fails with error 500. What can I do?\n\nThx!",
            ("My export fails with error 500. What can I do?",),
        ),
        (
            "How do I change my plan? Also, the import fails.",
            ("How do I change my plan?", "Also, the import fails."),
        ),
        (
            "Two things:\n1. The export is empty\n2) My card was declined",
            ("The export is empty", "My card was declined"),
        ),
        (
            "Wie ändere ich mein Passwort? Wo finde ich die Rechnung?",
            ("Wie ändere ich mein Passwort?", "Wo finde ich die Rechnung?"),
        ),
    ],
)
def test_queries(message: str, queries: tuple[str, ...]) -> None:
    """
    Each problem is asked for by itself, without courtesy.
    """
    assert a_reading(message).queries == queries


def test_at_most_four_queries() -> None:
    """
    A long list of problems does not make a long list of searches.
    """
    message = "\n".join(f"- broken thing number {i}" for i in range(20))

    assert len(a_reading(message).queries) == 4
