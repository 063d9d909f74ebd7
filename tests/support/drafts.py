"""Hand-made tickets, passages and drafts for tests of drafting and policy."""

from __future__ import annotations

from typing import Any

from schemas import (
    AnswerDraft,
    DraftedTicket,
    GroundedTicket,
    IncomingTicket,
    Meta,
    Passage,
    Reading,
    TriageOutput,
)
from streams.definitions.voice import load_voice
from streams.ports import Draft, Writer

VOICE = load_voice()

RETURN = (
    "How a duplicate charge is returned\n\n"
    "Larkspur checks for duplicate charges every day and normally starts the return of a "
    "duplicate within 48 hours. A duplicate charge is always returned in full.\n"
    "The money arrives 5 to 10 business days after the return was started."
)
CARD = (
    "Pay now or change the card\n\n"
    "1. Sign in as an owner or billing admin.\n"
    "2. Go to Settings > Billing > Payment method and select Replace card.\n"
    "3. Enter the new card and confirm the 3-D Secure request of your bank."
)


def a_passage(text: str = RETURN, doc_id: str = "KB-1001", n: int = 1, **fields: Any) -> Passage:
    """Return a passage; *fields* replace what is made up."""
    made: dict[str, Any] = {
        "doc_id": doc_id,
        "chunk_id": f"{doc_id}-c-{n}",
        "title": "How a duplicate charge is returned",
        "url": "https://help.larkspur.example/billing/duplicate-charge",
        "text": text,
        "score": 0.8,
    }
    return Passage(**{**made, **fields})


def a_grounded(
    *passages: Passage,
    text: str = "I was charged twice. When is the duplicate charge returned?",
    ticket: dict[str, Any] | None = None,
    triage: dict[str, Any] | None = None,
    meta: Meta | None = None,
    **reading: Any,
) -> GroundedTicket:
    """Return a ticket with *passages*; the rest replaces what is made up."""
    made: dict[str, Any] = {
        "category": "Billing",
        "subcategory": "Duplicate Charge",
        "priority": "P3",
        "sla_hours": 72,
        "suggested_team": "Finance Team",
        "sentiment": "neutral",
        "confidence": 0.9,
    }
    incoming = {"ticket_id": "T-1", "raw_message": text, "customer_name": "John Doe"}
    return GroundedTicket(
        ticket=IncomingTicket(**{**incoming, **(ticket or {})}),
        reading=Reading(**{"text": text, "language": "en", **reading}),
        triage=TriageOutput(**{**made, **(triage or {})}),
        passages=passages,
        meta=meta or Meta(),
    )


def a_drafted(body: str, *passages: Passage, **more: Any) -> DraftedTicket:
    """Return a drafted ticket whose body is *body*, and whose citations are what it cites."""
    from streams.text.citations import cited

    citations = more.pop("citations", None)
    unanswered = more.pop("unanswered", ())
    greeting = more.pop("greeting", "Hi John,")
    closing = more.pop("closing", "Best regards,\nSupport Team")
    found = {p.doc_id: p for p in reversed(passages)}
    if citations is None:
        citations = tuple(found[i].model_dump() for i in cited(body) if i in found)
    return DraftedTicket.grown(
        a_grounded(*passages, **more),
        answer_draft=AnswerDraft(greeting=greeting, body=body, closing=closing),
        citations=citations,
        unanswered=unanswered,
    )


class ScriptedWriter:
    """A writer that answers what a test says."""

    name = "scripted"

    def __init__(self, body: str, **more: Any) -> None:
        self._draft = Draft(prose=body, **more)

    async def write(self, ticket: GroundedTicket) -> Draft:
        """Return the scripted draft."""
        return self._draft


_: type[Writer] = ScriptedWriter
