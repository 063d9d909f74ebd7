"""
What a support agent wants beside a draft: may it go, what is missing, and what it rests on.

In: a drafted ticket, its verification and its verdict. Out: `Assist`, made of fixed sentences, of
lines of public articles, and of the draft. It asks no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from schemas import Assist, DraftedTicket, PolicyCheck, Source
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.names import names_subject
from streams.evidence.verification.verifier import Verification
from streams.text.citations import uncited
from streams.text.codes import codes
from streams.text.language import primary_language
from streams.text.patterns import Pattern
from streams.text.tables import table, words_of

_TABLE = table("assist")
_LITTLE = 8
"""Words of a message that says little beside what came with it."""
_MANY_CODES = 3
"""Codes in the passages from which the one that the customer sees decides."""
_KNOWLEDGE = frozenset(
    ("no-evidence", "no-line", "missing-name", "missing-number", "not-bearing", "part-unanswered",
     "thin-evidence", "needs-unknown-line", "not-quotable")
)  # fmt: skip
"""Rules that say what the knowledge base lacks."""


def assistance(
    ticket: DraftedTicket,
    verification: Verification,
    issues: Sequence[Issue],
    verdict: PolicyCheck,
    unanswered: tuple[str, ...],
) -> Assist:
    """Return what an agent needs of *ticket* beside its draft."""
    reading = ticket.reading
    readiness = _readiness(ticket, verification, verdict)
    ready = readiness in ("ready", "no_reply_needed")
    asks = None if ready else ask_back(ticket, verification)
    sources = tuple(_sources(verification))
    return Assist(
        kind=reading.kind,
        language=reading.language,
        signals=reading.signals,
        unanswered=unanswered,
        readiness=readiness,
        blocker=None if ready else _blocker(issues, asks, leans_on_attachment(ticket)),
        reply_text=_reply(ticket) if readiness in ("ready", "review") else "",
        questions=verification.answered,
        ask_back=asks,
        note=" ".join(_note(readiness, issues, verification, sources)),
        sources=sources,
    )


def leans_on_attachment(ticket: DraftedTicket) -> bool:
    """Return whether the message leans on an attachment that nobody has read."""
    unread = any(not (attachment.text or "").strip() for attachment in ticket.ticket.attachments)
    said = ticket.reading.text
    is_read = bool(ticket.ticket.attachments) and not unread
    return not is_read and (_leans().is_in(said) or (unread and len(said.split()) <= _LITTLE))


def ask_back(ticket: DraftedTicket, verification: Verification) -> str | None:
    """Return the question whose answer would help the most; None if nothing plain is missing."""
    reading = ticket.reading
    asked = _TABLE["ask_back"]
    language = primary_language(reading.language)

    def said(what: str) -> str:
        return str(asked[what].get(language, asked[what]["en"]))

    if leans_on_attachment(ticket):
        return said("screenshot")
    if reading.kind == "empty":
        return said("details")
    if not reading.asks:
        return None
    if header := _undecided_header(ticket, verification):
        return said("row").format(header=header)
    there = codes("\n".join(p.text for p in ticket.passages))
    if len(there) >= _MANY_CODES and not codes(reading.text) and _has_error(reading.text):
        return said("code")
    return None


def _has_error(text: str) -> bool:
    return not words_of(_TABLE["errors"]).isdisjoint(re.findall(r"\w+", text.casefold()))


def _undecided_header(ticket: DraftedTicket, verification: Verification) -> str | None:
    """Return what the rows of a quoted table are about, if the customer names none of them."""
    lines = verification.lines
    for one in verification.classified:
        row = lines[one.ref] if one.rests_on == "line" and one.ref else None
        if row and row.cells and one.ref:
            rows = [
                other
                for ref, other in lines.items()
                if ref.doc_id == one.ref.doc_id
                and other.cells[:1]
                and other.headings == row.headings
            ]
            if len(rows) > 1 and not any(names_subject(ticket.reading.text, r) for r in rows):
                return row.cells[0][0] or None
    return None


@cache
def _leans() -> Pattern:
    return Pattern(*(line for lines in _TABLE["leans"].values() for line in lines), flags="(?i)")


def _readiness(ticket: DraftedTicket, verification: Verification, verdict: PolicyCheck) -> str:
    if ticket.reading.kind in ("thanks", "auto_reply"):
        return "no_reply_needed"
    if verdict.compliance == "passed" and not verdict.escalation_needed:
        return "ready"
    says_something = any(c.rests_on in ("line", "restated") for c in verification.classified)
    return "review" if says_something and verdict.compliance != "failed" else "findings_only"


def _blocker(issues: Sequence[Issue], asks: str | None, leans: bool) -> str:
    rules = {issue.rule for issue in issues}
    if leans:
        return "human_action"
    if asks:
        return "customer_info"
    if "contradiction" in rules:
        return "contradiction"
    return "knowledge" if rules & _KNOWLEDGE else "human_action"


def _reply(ticket: DraftedTicket) -> str:
    draft = ticket.answer_draft
    return "\n\n".join(p for p in (draft.greeting, uncited(draft.body), draft.closing) if p.strip())


def _note(
    readiness: str, issues: Sequence[Issue], verification: Verification, sources: Sequence[Source]
) -> Iterator[str]:
    """Yield at most three fixed sentences."""
    if issues and readiness not in ("ready", "no_reply_needed"):
        yield issues[0].message
    elif readiness == "ready":
        yield "Every sentence is a line of the knowledge base or a fixed phrase."
    if len(verification.answered) > 1:
        done = sum(one.answered == "fully" for one in verification.answered)
        yield f"{done} of {len(verification.answered)} questions are answered fully."
    dates = [source.updated_at for source in sources if source.updated_at]
    if dates:
        yield f"The oldest article was updated on {min(dates):%Y-%m-%d}."


def _sources(verification: Verification) -> Iterator[Source]:
    seen = set()
    for one in verification.classified:
        if one.ref is None or one.ref.doc_id in seen or one.rests_on not in ("line", "restated"):
            continue
        seen.add(one.ref.doc_id)
        passage = verification.lines.passage(one.ref)
        yield Source(
            doc_id=passage.doc_id,
            title=passage.title,
            url=passage.url,
            updated_at=passage.updated_at,
            quote=verification.lines[one.ref].text,
        )
