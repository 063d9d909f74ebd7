"""The column *why*: few words, the weightiest first."""

from __future__ import annotations

import pytest

from schemas import ProcessedTicket
from schemas.processed import Assist, PolicyCheck
from streams.cli.up.reasons import reasons, shortened
from tests.support.command_line import processed


def ticket(*issues: str, kind: str = "question", cited: bool = True) -> ProcessedTicket:
    """Return a ticket with these issues."""
    given = ProcessedTicket.model_validate_json(processed("T-1"))
    check = PolicyCheck(
        refund_promise=False,
        sla_mentioned=False,
        escalation_needed=False,
        compliance="warning" if issues else "passed",
        issues=issues or None,
    )
    more = {"policy_check": check, "assist": Assist(kind=kind)}
    return given.model_copy(update=more if cited else {**more, "citations": ()})


@pytest.mark.parametrize(
    ("issues", "said"),
    [
        (["Nothing in the draft answers this ticket."], ["nothing in the articles"]),
        (["The priority is P1."], ["P1: a person takes over"]),
        (["The message has the signal self_harm."], ["signal: self_harm"]),
        (
            ["Triage is not confident about this ticket.", "The priority is P2."],
            ["P2: a person takes over", "unsure what it is about"],
        ),
        (
            ["The priority is P1.", "Our own rule: no discounts."],
            ["Our own rule: no discounts", "P1: a person takes over"],
        ),
    ],
)
def test_issues(issues: list[str], said: list[str]) -> None:
    """
    Each issue has its words; one of a user's own rule stands first, as the user wrote it.
    """
    assert reasons(ticket(*issues)) == said


def test_one_thing_is_said_once() -> None:
    """
    Two issues that come to the same are one reason.
    """
    both = ticket(
        "The customer is frustrated and has written before.",
        "The customer is frustrated and not writing for the first time.",
    )

    assert reasons(both) == ["frustrated, wrote before"]


def test_without_issues() -> None:
    """
    A draft with nothing against it says what answers it, or that no answer is needed.
    """
    assert reasons(ticket()) == ["answered by KB-1234"]
    assert reasons(ticket(kind="thanks", cited=False)) == ["thanks: no answer needed"]
    assert reasons(ticket(cited=False)) == []


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (40, "one; two; three"),
        (15, "one; two; three"),
        (14, "one; two +1"),
        (9, "one +2"),
        (2, "one +2"),
    ],
)
def test_room(width: int, said: str) -> None:
    """
    What does not fit whole is counted; the first reason is always there.
    """
    assert shortened(["one", "two", "three"], width) == said
    assert shortened([], width) == ""
