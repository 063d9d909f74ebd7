"""What the customer has had already."""

from __future__ import annotations

import pytest

from schemas import PreviousMessage
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
