"""The documents that a draft cites or names: only those that were found for the ticket."""

from __future__ import annotations

from collections.abc import Iterator

from schemas import DraftedTicket
from streams.evidence.verification.findings import Issue
from streams.text.citations import alike, cited


def of_citations(ticket: DraftedTicket) -> Iterator[Issue]:
    """Yield citations of what was not found, in any form, and a list that is not the draft's."""
    draft, found = ticket.answer_draft, {p.doc_id for p in ticket.passages}
    written = "\n".join((draft.greeting, draft.body, draft.closing))
    if {*cited(written), *(c.doc_id for c in ticket.citations)} - found:
        yield Issue(
            "unknown-citation",
            "The draft cites a document that was not found for the ticket.",
            ("failed",),
        )
    if set(cited(draft.body)) != {c.doc_id for c in ticket.citations}:
        yield Issue(
            "citation-list", "The list of citations is not what the draft cites.", ("failed",)
        )
    known = "\n".join((ticket.reading.text, *(p.text for p in ticket.passages)))
    if any(word not in known for word in alike(written, found)):
        yield Issue(
            "unknown-document",
            "The draft names a document that was not found for the ticket.",
            ("failed",),
        )
