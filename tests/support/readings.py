"""Readings of messages, for tests of how a message is read."""

from __future__ import annotations

from typing import Any

from schemas import IncomingTicket, Reading
from streams.definitions.phrases import load_phrases
from streams.ports import Classification, Classifier
from streams.reading.message import read_message

PHRASES = load_phrases()
SIGNALS = PHRASES.signals


def a_reading(message: str, **fields: Any) -> Reading:
    """Return the reading of a ticket with *message*."""
    ticket = IncomingTicket(ticket_id="1", raw_message=message, **fields)
    return read_message(ticket, phrases=PHRASES)


async def classified(classifier: Classifier, message: str) -> Classification:
    """Return what *classifier* makes of *message*."""
    ticket = IncomingTicket(ticket_id="1", raw_message=message)
    return await classifier.classify(ticket, read_message(ticket, phrases=PHRASES))
