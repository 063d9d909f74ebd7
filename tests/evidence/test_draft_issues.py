"""What is wrong with a draft, by its passages alone."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import Finding, Meta, PreviousMessage
from streams.evidence.draft_issues import draft_issues
from tests.support.drafts import RETURN, VOICE, a_drafted, a_passage

QUOTE = "A duplicate charge is always returned in full [KB-1001]."
ASKED = "What happens to a duplicate charge?"


def _said(body: str = QUOTE, source: str = RETURN, **more: Any) -> dict[str, tuple[str, ...]]:
    """Return the effects of each issue of a draft, by its message."""
    ticket = a_drafted(body, a_passage(source), **{"text": ASKED, **more})
    return {
        issue.message: issue.effects
        for issue in draft_issues(ticket, min_evidence=0.5, voice=VOICE)
    }


def test_a_quote_has_no_issues() -> None:
    """
    A draft that quotes what was found is as it should be.
    """
    assert _said() == {}


@pytest.mark.parametrize(
    ("more", "message", "effects"),
    [
        ({"body": " "}, "The draft is empty.", ("failed", "escalate")),
        ({"body": QUOTE.replace("1001", "9")}, "The draft cites a document", ("failed",)),
        ({"citations": ()}, "The list of citations is not what the draft cites.", ("failed",)),
        ({"body": f"{QUOTE} <b>Good</b>"}, "has markup that no passage has", ("failed",)),
        ({"closing": "Bye, 5 days"}, "Greeting or closing say more", ("failed",)),
        ({"greeting": "Hi " + "John " * 30}, "Greeting or closing say more", ("failed",)),
        ({"greeting": "The seats stay yours,"}, "Greeting or closing say more", ("failed",)),
        ({"greeting": "Hi Jack,"}, "Greeting or closing say more", ("failed",)),
        (
            {"closing": "The seats stay yours.\nSupport Team"},
            "Greeting or closing say",
            ("failed",),
        ),
        (
            {"greeting": "Hi gold forever,", "ticket": {"customer_name": "gold forever"}},
            "greets by a name that may be none",
            ("warning", "escalate"),
        ),
        ({"kind": "empty"}, "says too little to be answered", ("warning", "escalate")),
        ({"body": "Thank you."}, "Nothing in the knowledge base", ("warning", "escalate")),
        ({"unanswered": ("why",)}, "Part of the message is not answered", ("warning", "escalate")),
        ({"text": "What is LK-999?"}, "names a code that no cited", ("warning", "escalate")),
        ({"text": "How large may a file be?"}, "turns on a number", ("warning",)),
        ({"body": f"{QUOTE} Mail a@b.example."}, "has an e-mail address that no", ("failed",)),
        ({"body": f"{QUOTE} See https://evil.example/"}, "has a link that no cited", ("failed",)),
        (
            {"body": f"{QUOTE} Your boards were deleted."},
            "Sentence 2 of the draft is not in",
            ("failed",),
        ),
    ],
)
def test_each_issue_has_its_effects(
    more: dict[str, Any], message: str, effects: tuple[str, ...]
) -> None:
    """
    What a draft does wrong is said, with what follows from it.
    """
    assert [found for said, found in _said(**more).items() if message in said] == [effects]


def test_a_holding_answer_answers_nothing() -> None:
    """
    A draft that says itself to be a holding answer is one, whatever it cites.
    """
    meta = Meta(findings=(Finding(type="holding_answer", message="So it is."),))

    assert "Nothing in the knowledge base answers this ticket." in _said(meta=meta)


@pytest.mark.parametrize(
    ("scores", "begins"),
    [((0.9, 0.5), None), ((0.9, 0.4), "a cited article may"), ((0.4, 0.3), "no cited article")],
)
def test_thin_evidence(scores: tuple[float, ...], begins: str | None) -> None:
    """
    The best article counts most; a further one that is weak is said as well.
    """
    passages = [a_passage(doc_id=f"KB-{n}", score=score) for n, score in enumerate(scores)]
    body = " ".join(QUOTE.replace("KB-1001", p.doc_id) for p in passages)
    ticket = a_drafted(body, *passages, text=ASKED)

    found = [issue.message for issue in draft_issues(ticket, min_evidence=0.5, voice=VOICE)]

    assert found == ([] if begins is None else found[:1])
    assert begins is None or found[0].startswith(f"Thin evidence: {begins}")


def test_an_internal_note_is_not_quoted() -> None:
    """
    Words of an internal note are found, unless the cited passage has them too.
    """
    words = "a duplicate charge of this customer was already returned in full twice"
    note = PreviousMessage(role="agent", visibility="internal", text=words)
    ticket = {"previous_messages": (note,)}
    body = f"{words.capitalize()} [KB-1001]."

    assert "The draft quotes an internal note." in _said(body, ticket=ticket)
    assert "The draft quotes an internal note." not in _said(body, words + ".", ticket=ticket)
    assert "The draft quotes an internal note." not in _said(body)
