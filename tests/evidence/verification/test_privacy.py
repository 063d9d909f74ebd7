"""What a draft must not disclose."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import PreviousMessage
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

QUOTE = "A duplicate charge is always returned in full [KB-1001]."
NOTE = "a duplicate charge of this customer was already returned in full twice"


def _rules(body: str, **more: Any) -> set[str]:
    return {issue.rule for issue in verify(a_drafted(body, a_passage(), **more), VOICE).findings}


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Write to anna@corp.example", "unknown-link"),
        ("Open corp-secure.co/pay", "unknown-link"),
        ("Call +44 20 7946 0321", "personal-data"),
        ("Is your card 4111 1111 1111 1111?", "personal-data"),
        ("The chаrge is returned", "mixed-letters"),
    ],
)
@pytest.mark.parametrize("part", ["body", "closing"])
def test_what_no_cited_line_has(said: str, rule: str, part: str) -> None:
    """
    Addresses, numbers of people and disguised letters fail, in every part.
    """
    more = {"body": QUOTE, part: f"{said} [KB-1001]." if part == "body" else f"{said}\nSupport"}

    assert rule in _rules(**more)


def test_an_internal_note_is_not_quoted() -> None:
    """
    Words of an internal note are found; those of a public message are the customer's to know.
    """
    hidden = PreviousMessage(role="agent", visibility="internal", text=NOTE)
    public = PreviousMessage(role="agent", text=NOTE)
    body = f"{NOTE.capitalize()} [KB-1001]."

    assert "internal-note" in _rules(body, ticket={"previous_messages": (hidden,)})
    assert "internal-note" not in _rules(body, ticket={"previous_messages": (public,)})


def test_what_a_line_has_may_be_said() -> None:
    """
    An address and a telephone number of an article are nobody's secret.
    """
    text = "Write to billing@corp.example or call +44 20 7946 0321 today."
    found = verify(a_drafted(f"{text[:-1]} [KB-1001].", a_passage(text), kind="thanks"), VOICE)

    assert found.findings == ()
