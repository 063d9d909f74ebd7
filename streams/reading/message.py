"""
Reads a ticket: the customer's own words, the kind of message, and its signals.

Every later stage works on the reading and never on the raw message. Nothing here asks
a model. Time grows with the length alone: this is the first code that reads what a
stranger wrote.
"""

from __future__ import annotations

import re

from schemas import IncomingTicket, Reading
from streams.reading.html import LOOKS_LIKE_HTML, see
from streams.reading.numbered_questions import MOST_NUMBERED
from streams.reading.phrases import Phrases
from streams.text.language import language

_WORD = re.compile(r"\w{2,}")


def read_message(ticket: IncomingTicket, *, phrases: Phrases) -> Reading:
    """
    Return the customer's own words of *ticket*, and what kind of message they are.

    The text is the message without markup, quoted history, signature and disclaimer, with
    the subject before it where that adds something; if nothing would be left, it is the
    uncut text. What is kept is kept as it was written. Never raises.
    """
    subject = phrases.subjects.core(ticket.subject or "")
    body, hidden = _body(ticket, phrases)
    adds = _adds(subject, body)
    text = f"{subject}\n\n{body}".strip() if adds else body
    found = phrases.signals.given(text, "\n".join((hidden, *_beside(ticket))))
    is_reply = subject != (ticket.subject or "").strip()
    said = phrases.kinds.of(ticket, subject, body, is_reply=is_reply, signals=found)
    asked = phrases.numbered.of(subject if adds else "", body)
    asks = said == "question"
    return Reading(
        text=text,
        kind=said,
        language=ticket.language or language(body or text),
        queries=phrases.questions.queries(text) if asks else (),
        questions=asked[:MOST_NUMBERED] if asks else (),
        further_question=next(iter(asked[MOST_NUMBERED:]), None) if asks else None,
        signals=found,
    )


def _body(ticket: IncomingTicket, phrases: Phrases) -> tuple[str, str]:
    """Return the sender's own words, and what the markup hid."""
    raw = ticket.raw_message
    forwarded = phrases.subjects.is_forwarded(ticket.subject or "")
    is_html = "<" in raw and (ticket.body_format == "html" or LOOKS_LIKE_HTML.search(raw))
    if not (is_html or (ticket.body_format == "html" and "&" in raw)):
        return phrases.quoted.own_words(raw, with_history=forwarded), ""
    seen = see(raw, with_history=forwarded)
    if not seen.text:
        seen = see(raw, with_history=True)
    return phrases.quoted.own_words(seen.text, with_history=forwarded), seen.hidden


def _adds(subject: str, body: str) -> bool:
    """Return whether *subject* has a word that the beginning of *body* lacks."""
    if not subject:
        return False
    return not _words(subject) <= _words(body[:4_000]) or not body


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _beside(ticket: IncomingTicket) -> list[str]:
    """Return what else of the ticket a model may get to read, and a stranger wrote."""
    earlier = [m.text for m in ticket.previous_messages if m.role.lower() == "customer"]
    return earlier + [a.text for a in ticket.attachments if a.text]
