"""
What a drafting model is given to read of a ticket: message, earlier public messages, today's date.

Secrets, e-mail addresses and telephone numbers in messages are behind placeholders. Name, address,
internal notes, attachments and metadata are not a model's business.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas import GroundedTicket
from schemas.ticket import PreviousMessage
from streams.backends.spending_limit import Payer
from streams.text.language import language_tag
from streams.text.placeholders import Placeholders

STAGE = "drafting"
LONGEST_SUBJECT = 1_000
LONGEST, SHORTER = 16_000, 4_000
"""Characters of a message that the model reads, and reads at a second try."""
MOST_EARLIER, EARLIER_LONGEST = 6, 2_000
"""Earlier messages, the latest ones, and characters of each."""
ROLES = frozenset(("customer", "agent", "bot", "system"))
"""Roles of earlier messages that the model is told; any other is "other"."""
FEWER_PASSAGES = 2
"""Passages, the best ones, at a second try."""


def hidden_of(ticket: GroundedTicket, *more: str) -> Placeholders:
    """Return the placeholders of *ticket*; *more* are texts of it that a model reads beside."""
    seen = [message.text for message in _seen(ticket)]
    parts = (ticket.ticket.subject, ticket.reading.text, *seen, *more)
    return Placeholders(ticket.ticket.customer_email, parts=parts)


def given_ticket(
    ticket: GroundedTicket, hidden: Placeholders, longest: int, today: datetime
) -> dict[str, Any]:
    """Return what the model reads of *ticket*, at most *longest* characters of its message."""
    incoming, reading = ticket.ticket, ticket.reading
    return {
        "today": today.date().isoformat(),
        "ticket": {
            "created_at": incoming.created_at and incoming.created_at.isoformat(),
            "subject": hidden.hide(incoming.subject or "", longest=LONGEST_SUBJECT) or None,
            "text": hidden.hide(reading.text, longest=longest),
            "language": language_tag(reading.language),
            "earlier": [_earlier(message, hidden) for message in _seen(ticket)],
        },
    }


def payer_of(ticket: GroundedTicket) -> Payer:
    """Return who pays, and what the stages before this one have paid for the same message."""
    paid = {stage: report.cost_usd for stage, report in ticket.meta.stages.items()}
    return Payer(ticket.ticket.tenant, ticket.ticket.ticket_id, STAGE, paid)


def _seen(ticket: GroundedTicket) -> list[PreviousMessage]:
    """Return the earlier messages that the model reads."""
    public = [m for m in ticket.ticket.previous_messages if m.visibility == "public"]
    return public[-MOST_EARLIER:]


def _earlier(message: PreviousMessage, hidden: Placeholders) -> dict[str, str]:
    role = message.role.lower()
    text = hidden.hide(message.text, longest=EARLIER_LONGEST, own=role == "customer")
    return {"role": role if role in ROLES else "other", "text": text}
