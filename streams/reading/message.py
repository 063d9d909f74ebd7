"""
A ticket in, its `Reading` out: the customer's own words, what kind of message, which signals.

Every later stage works on the reading and never on the raw message. Nothing here asks
a model. Time grows with the length alone: this is the first code that reads what a
stranger wrote.
"""

from __future__ import annotations

import re

from schemas import IncomingTicket, Reading
from streams.reading.html import LOOKS_LIKE_HTML, see
from streams.reading.message_kind import kind
from streams.reading.questions import queries
from streams.reading.quoted_reply import own_words
from streams.reading.signals import Signals
from streams.text.language import language

_PREFIX = re.compile(
    r"\s*(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|rif|antw|odp|ynt|res|enc)(?:\[\d+\])?\s*[:：]"
    r"|\[[^\[\]]{0,60}#?\d+[^\[\]]{0,10}\]|\[external\])\s*",
    re.I,
)
_FORWARD = re.compile(r"\s*(?:re:\s*|aw:\s*)?(?:fwd?|wg|tr|rv|enc)\s*[:：]", re.I)
_WORD = re.compile(r"\w{2,}")


def read_message(ticket: IncomingTicket, *, signals: Signals) -> Reading:
    """
    Return the customer's own words of *ticket*, and what kind of message they are.

    The text is the message without markup, quoted history, signature and disclaimer, with
    the subject before it where that adds something; if nothing would be left, it is the
    uncut text. What is kept is kept as it was written. Never raises.
    """
    subject = _core(ticket.subject or "")
    body, hidden = _body(ticket)
    text = f"{subject}\n\n{body}".strip() if _adds(subject, body) else body
    found = signals.given(text, "\n".join((hidden, *_beside(ticket))))
    is_reply = subject != (ticket.subject or "").strip()
    said = kind(ticket, subject, body, is_reply=is_reply, signals=found)
    return Reading(
        text=text,
        kind=said,
        language=ticket.language or language(body or text),
        queries=queries(text) if said == "question" else (),
        signals=found,
    )


def _body(ticket: IncomingTicket) -> tuple[str, str]:
    """Return the sender's own words, and what the markup hid."""
    raw = ticket.raw_message
    forwarded = bool(_FORWARD.match((ticket.subject or "")[:40]))
    is_html = "<" in raw and (ticket.body_format == "html" or LOOKS_LIKE_HTML.search(raw))
    if not (is_html or (ticket.body_format == "html" and "&" in raw)):
        return own_words(raw, with_history=forwarded), ""
    seen = see(raw, with_history=forwarded)
    if not seen.text:
        seen = see(raw, with_history=True)
    return own_words(seen.text, with_history=forwarded), seen.hidden


def _core(subject: str) -> str:
    """Return *subject* without `Re:`, `Fwd:` and a ticketing system's tag."""
    while match := _PREFIX.match(subject):
        subject = subject[match.end() :]
    return subject.strip()


def _adds(subject: str, body: str) -> bool:
    """Return whether *subject* has a word that the beginning of *body* lacks."""
    if not subject:
        return False
    return not _words(subject) <= _words(body[:4_000]) or not body


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _beside(ticket: IncomingTicket) -> list[str]:
    """Return what else of the ticket a model may get to read, and a stranger wrote."""
    earlier = [m.text for m in ticket.previous_messages if m.role == "customer"]
    return earlier + [a.text for a in ticket.attachments if a.text]
