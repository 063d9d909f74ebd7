"""What the customer has had already."""

from __future__ import annotations

import pytest

from schemas import Line, PreviousMessage
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

LINE = "A duplicate charge is always returned in full"


@pytest.mark.parametrize(
    ("role", "visibility", "text", "had"),
    [
        ("agent", "public", f"Hello,\n{LINE}.\nBye", True),
        ("bot", "public", f"Well: {LINE.lower()}, as you know.", True),
        ("Agent", "public", f"{LINE} [KB-1001].", True),
        ("customer", "public", f"{LINE}?", False),
        ("agent", "internal", f"{LINE}.", False),
        ("agent", "public", "We look into it.", False),
    ],
)
def test_an_answer_that_was_sent_before(role: str, visibility: str, text: str, had: bool) -> None:
    """
    Whoever writes again after our answer needs another one, and a person.
    """
    message = PreviousMessage(role=role, visibility=visibility, text=text)
    ticket = a_drafted(f"{LINE} [KB-1001].", a_passage(), ticket={"previous_messages": (message,)})

    issues = [i for i in verify(ticket, VOICE).findings if i.rule == "already-said"]

    assert [i.effects for i in issues] == ([("warning", "escalate")] if had else [])


def test_a_row_that_was_sent_before() -> None:
    """
    A row of several values counts as sent, though it has several lines.
    """
    cells = (("Plan", "Saver"), ("Notice period", "30 days"), ("Fee", "25 euros"))
    row = Line(n=1, kind="row", text="Saver: Notice period 30 days; Fee 25 euros", cells=cells)
    laid_out = "Saver:\n- Notice period: 30 days\n- Fee: 25 euros"
    message = PreviousMessage(
        role="agent", visibility="public", text=f"Hello,\n\n{laid_out}\n\nBye"
    )
    passage = a_passage(row.text, doc_id="KB-1", lines=(row,))
    ticket = a_drafted(f"{laid_out} [KB-1]", passage, ticket={"previous_messages": (message,)})

    assert "already-said" in [issue.rule for issue in verify(ticket, VOICE).findings]
