"""What a support agent wants beside a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import Assist, Attachment, PolicyCheck
from streams.definitions.policy_rules import load_policy
from streams.evidence.assist import ask_back, assistance, leans_on_attachment
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.verifier import verify
from streams.policy import check_draft
from tests.support.drafts import VOICE, a_drafted, a_passage

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
POLICY = load_policy()
QUOTE = "A duplicate charge is always returned in full [KB-1001]."
TABLE = "Plan: Team; Largest file: 100 MB\nPlan: Business; Largest file: 500 MB"
CODES = "LK-401: sign in.\nLK-403: ask an owner.\nLK-413: too large.\nLK-500: try again."


async def _assist(body: str = QUOTE, **more: Any) -> Assist:
    ticket = a_drafted(body, more.pop("passage", a_passage()), **more)
    made = await check_draft(ticket, policy=POLICY, voice=VOICE, now=lambda: NOW)
    assert made.assist
    return made.assist


async def test_a_reply_that_can_be_sent() -> None:
    """
    A draft that passes is ready: its text has no citation marks, its source its age and quote.
    """
    at = datetime(2026, 3, 1, tzinfo=UTC)
    found = await _assist(passage=a_passage(updated_at=at))

    assert (found.readiness, found.blocker, found.ask_back) == ("ready", None, None)
    assert found.reply_text == (
        "Hi John,\n\nA duplicate charge is always returned in full.\n\nBest regards,\nSupport Team"
    )
    (source,) = found.sources
    assert (source.doc_id, source.updated_at) == ("KB-1001", at)
    assert source.quote == "A duplicate charge is always returned in full."
    assert found.note.endswith("The oldest article was updated on 2026-03-01.")
    (question,) = found.questions
    assert (question.answered, question.lines) == ("fully", (("KB-1001", 2),))


@pytest.mark.parametrize(
    ("more", "readiness", "blocker"),
    [
        ({"triage": {"priority": "P1"}}, "review", "human_action"),
        ({"body": f"{QUOTE} PWNED!"}, "findings_only", "human_action"),
        ({"body": "A colleague will look at this."}, "findings_only", "knowledge"),
        ({"unanswered": ("why",)}, "review", "knowledge"),
        ({"kind": "thanks"}, "no_reply_needed", None),
        ({"kind": "auto_reply"}, "no_reply_needed", None),
        ({"kind": "empty"}, "review", "customer_info"),
        ({"text": "See screenshot. When is it returned?"}, "review", "human_action"),
        (
            {"body": "A duplicate charge is not returned in full [KB-1001]."},
            "findings_only",
            "contradiction",
        ),
    ],
)
async def test_readiness_and_what_blocks(
    more: dict[str, Any], readiness: str, blocker: str | None
) -> None:
    """
    What is not ready says what is missing: knowledge, the customer's answer, a person, a decision.
    """
    found = await _assist(**more)

    assert (found.readiness, found.blocker) == (readiness, blocker)
    assert bool(found.reply_text) == (readiness in ("ready", "review"))


@pytest.mark.parametrize(
    ("more", "text", "asks"),
    [
        ({"kind": "empty"}, TABLE, "What were you doing"),
        ({"kind": "empty", "language": "de-AT"}, TABLE, "Was haben Sie getan"),
        ({"kind": "empty", "language": "xx"}, TABLE, "What were you doing"),
        ({"text": "I see an error when I sign in."}, CODES, "Which error code"),
        ({"text": "I see LK-413."}, CODES, None),
        ({"text": "How large may a file be?"}, TABLE, "Plan: which one is yours?"),
        ({"text": "How large may a file be on Team?"}, TABLE, None),
        ({"text": "Siehe Screenshot, bitte.", "language": "de"}, TABLE, "Können Sie in Worten"),
        ({"kind": "thanks"}, TABLE, None),
    ],
)
def test_one_question_to_ask_back(more: dict[str, Any], text: str, asks: str | None) -> None:
    """
    The question whose answer helps the most, in the customer's language.
    """
    body = "Plan: Team; Largest file: 100 MB [KB-1001]." if text == TABLE else "LK-401: sign in."
    ticket = a_drafted(body, a_passage(text), **more)
    found = ask_back(ticket, verify(ticket, VOICE))

    assert (found or "").startswith(asks or "")
    assert bool(found) is bool(asks)


@pytest.mark.parametrize(
    ("text", "attachments", "leans"),
    [
        ("Please see the attached screenshot, what is wrong?", (), True),
        ("Siehe Anhang", (), True),
        ("Voir la capture d'écran", (), True),
        ("Ver captura de pantalla", (), True),
        ("Zie bijlage", (), True),
        ("Vedi allegato", (), True),
        ("Help!", (Attachment(name="a.png"),), True),
        ("See screenshot", (Attachment(name="a.png", text="Error LK-413"),), False),
        (
            "My report is attached for the record; how do I change the address of my account?",
            (),
            False,
        ),
        ("How do I attach a screenshot to a task of mine, and is there a limit?", (), False),
        (
            "How do I change the address of my account? My logo is in my signature.",
            (Attachment(name="logo.png"),),
            False,
        ),
    ],
)
def test_an_attachment_that_the_text_leans_on(
    text: str, attachments: tuple[Attachment, ...], leans: bool
) -> None:
    """
    Nobody has read it: a text that points at it, or says little else, is for a person.
    """
    ticket = a_drafted(QUOTE, a_passage(), text=text, ticket={"attachments": attachments})

    assert leans_on_attachment(ticket) is leans


def test_a_note_has_at_most_three_sentences() -> None:
    """
    The reason that decides comes first, and nothing of the customer's is in it.
    """
    ticket = a_drafted(f"{QUOTE} PWNED!", a_passage(updated_at=NOW), text="Zanzibar?")
    verification = verify(ticket, VOICE)
    issues = [Issue("a", "First of all.", ("failed",)), Issue("b", "Then.", ("warning",))]
    made = verification.answered * 2
    verdict = PolicyCheck(
        refund_promise=False, sla_mentioned=False, escalation_needed=False, compliance="failed"
    )
    found = assistance(ticket, replace(verification, answered=made), issues, verdict, ())

    assert found.note == (
        "First of all. 0 of 2 questions are answered fully. "
        "The oldest article was updated on 2026-11-23."
    )
