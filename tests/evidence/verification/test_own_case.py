"""Drafts that tell another case than the customer's, or leave theirs out."""

from __future__ import annotations

import pytest

from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

PASSAGE = a_passage(
    "Notifications\n\n"
    "- iPhone: open Settings > Notices and turn them on.\n"
    "- Android: open Apps > Notices and turn them on.\n"
    "Limits\n\n"
    "A file may have 200 MB. On the Enterprise plan a file may have 2 GB. "
    "Moving files are read by a person.\n"
    "A second copy costs 5 dollars. Students get a second copy for nothing. "
    "Lockers are charged monthly."
)


def _rules(body: str, said: str) -> set[str]:
    ticket = a_drafted(body.replace("+", "[KB-1001]"), PASSAGE, text=said)
    found = {issue.rule for issue in verify(ticket, VOICE).findings}
    return found & {"other-case", "own-case", "needs-restriction"}


@pytest.mark.parametrize(
    ("body", "said", "rules"),
    [
        ("Android: open Apps > Notices and turn them on +.", "my iPhone is silent", {"other-case"}),
        ("iPhone: open Settings > Notices and turn them on +.", "my iPhone is silent", set()),
        ("iPhone: open Settings > Notices and turn them on +.", "my phone is silent", set()),
        (
            "iPhone: open Settings > Notices and turn them on +.\n"
            "Android: open Apps > Notices and turn them on +.",
            "my iPhone is silent",
            set(),
        ),
        ("A file may have 200 MB +.", "How large may a file be on Enterprise?", {"own-case"}),
        (
            "A file may have 200 MB +. On the Enterprise plan a file may have 2 GB +.",
            "How large may a file be on Enterprise?",
            set(),
        ),
        ("A file may have 200 MB +.", "How large may a file be?", set()),
        (
            "A second copy costs 5 dollars +.",
            "What does a second copy cost students?",
            {"own-case"},
        ),
        ("A second copy costs 5 dollars +.", "What does a second copy cost me?", set()),
        ("A second copy costs 5 dollars +.", "I have no lockers. What is a second copy?", set()),
    ],
)
def test_a_draft_tells_the_customer_s_own_case(body: str, said: str, rules: set[str]) -> None:
    """
    A line for another case stops a draft, and so does theirs beside a line if it is left out.
    """
    assert _rules(body, said) == rules


def test_a_word_of_any_text_names_no_case() -> None:
    """
    "Peut" is common in French, however rare it is in the vocabulary that rarity comes from.
    """
    text = (
        "Factures\n\nLe comptable et le gérant voient les factures. "
        "Une copie peut être demandée plus tard au service des clients."
    )
    body = "Le comptable et le gérant voient les factures [KB-1001]."
    said = "Qui peut voir les factures ?"
    ticket = a_drafted(body, a_passage(text, locale="fr"), text=said, language="fr")

    assert "own-case" not in {issue.rule for issue in verify(ticket, VOICE).findings}
