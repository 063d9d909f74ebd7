"""
The messages that are published: several a ticket, each with a text of its own.

Each text asks something that the sample knowledge base answers, so that a ticket takes its two
calls of the language model; and no two are the same, so that a question asked twice is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bench.chaos.ledger import BROKEN, MESSAGE

REVISIONS = 4
"""Messages of one ticket, `revision` 1 and on."""
TOGETHER = 5
"""Tickets whose messages come by turns, so that those of one ticket are under way together."""
TEXTS = (
    "I was charged twice for my subscription, order {0}. How do I get the money of {0} back?",
    "Two identical charges stand on my card statement, reference {0}. When is {0} returned?",
    "We paid invoice {0} by card and it was debited again. Please return the second {0}.",
    "How do I reset my password? I am locked out of my account {0} since this morning, {0}.",
    "I want to cancel my subscription {0}. What happens to the rest of the period of {0}?",
)


@dataclass(frozen=True)
class IncomingMessage:
    """What is published to incoming-tickets."""

    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def messages(count: int, run: str = "m") -> Iterator[IncomingMessage]:
    """Yield *count* messages; those of one ticket are TOGETHER messages apart."""
    for number in range(count):
        block, within = divmod(number, REVISIONS * TOGETHER)
        revision, of_block = divmod(within, TOGETHER)
        yield message(number, f"T-{run}-{block * TOGETHER + of_block}", revision + 1, run)


def message(number: int, ticket_id: str, revision: int, run: str = "m") -> IncomingMessage:
    """Return message *number* of a run."""
    value = {
        "ticket_id": ticket_id,
        "message_id": f"{run}-{number}",
        "revision": revision,
        "customer_name": "Ada Example",
        "customer_email": "ada@example.com",
        "raw_message": TEXTS[number % len(TEXTS)].format(f"{run}-{number}"),
    }
    return sent(ticket_id, f"{run}-{number}", json.dumps(value).encode())


def sent(
    ticket_id: str, message_id: str, value: bytes | None, *, broken: bool = False
) -> IncomingMessage:
    """Return a message with the headers that tell it apart, and whether it is *broken*."""
    headers = ((MESSAGE, message_id.encode()), *([(BROKEN, b"yes")] if broken else []))
    return IncomingMessage(ticket_id.encode(), value, headers)
