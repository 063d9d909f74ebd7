"""
What speaks against sending a draft, as far as its passages tell.

It may claim, cite, link and disclose what its passages have, and nothing else, and it has to
answer what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas import DraftedTicket
from streams.definitions.policy_rules import Effect
from streams.evidence import amounts
from streams.evidence.grounding import unsupported
from streams.evidence.quotes import is_row, links, same_site
from streams.text import personal_data
from streams.text.citations import alike, cited, uncited
from streams.text.codes import missing_codes
from streams.text.language import language
from streams.text.sentences import split

CONSIDERED = 20_000
"""Characters of the customer's message that are considered. Later text is a log."""


@dataclass(frozen=True)
class Issue:
    """Something to know before sending. The message never contains customer text."""

    message: str
    effects: tuple[Effect, ...]


LOOK: tuple[Effect, ...] = ("warning", "escalate")


def draft_issues(ticket: DraftedTicket, *, min_evidence: float) -> Iterator[Issue]:
    """
    Yield what is wrong with the draft of *ticket*, compared with its passages.

    Args:
        min_evidence: least score of a cited article that bears clearly on the message.
    """
    yield from _of_citations(ticket)
    yield from _of_form(ticket)
    yield from _of_answer(ticket, min_evidence)
    yield from _of_claims(ticket)
    yield from _of_privacy(ticket)


def _of_citations(ticket: DraftedTicket) -> Iterator[Issue]:
    """Yield an empty draft, and citations of what was not found."""
    found = {p.doc_id for p in ticket.passages}
    ids = _cited_ids(ticket)
    if not ticket.answer_draft.body.strip():
        yield Issue("The draft is empty.", ("failed", "escalate"))
    if ids - found:
        yield Issue("The draft cites a document that was not found for the ticket.", ("failed",))
    if set(cited(ticket.answer_draft.body)) != {c.doc_id for c in ticket.citations}:
        yield Issue("The list of citations is not what the draft cites.", ("failed",))


def _cited_ids(ticket: DraftedTicket) -> set[str]:
    return {*cited(ticket.answer_draft.body), *(c.doc_id for c in ticket.citations)}


_MARKUP = re.compile(r"<[/!]?[A-Za-z][^<>\n]{0,200}>|\]\(|javascript:", re.I)
_LONGEST_GREETING, _LONGEST_CLOSING = 120, 240
"""Characters. A longer greeting or closing says more than it should."""


def _of_form(ticket: DraftedTicket) -> Iterator[Issue]:
    """Yield claims where none are checked, and citations in a form that no reader could follow."""
    draft = ticket.answer_draft
    written = "\n".join((draft.greeting, draft.body, draft.closing))
    known = "\n".join((ticket.reading.text, *(p.text for p in ticket.passages)))
    named = alike(written, {p.doc_id for p in ticket.passages})
    if any(word not in known for word in named):
        yield Issue("The draft names a document that was not found for the ticket.", ("failed",))
    if any(mark[0] not in known for mark in _MARKUP.finditer(written)):
        yield Issue("The draft has markup that no passage has.", ("failed",))
    name = ticket.ticket.customer_name or ""
    for part, longest in ((draft.greeting, _LONGEST_GREETING), (draft.closing, _LONGEST_CLOSING)):
        rest = part.replace(name, "") if name else part
        if len(part) > longest or "[" in part or any(c.isdigit() for c in rest):
            yield Issue("Greeting or closing say more than they should.", ("failed",))


def _of_answer(ticket: DraftedTicket, min_evidence: float) -> Iterator[Issue]:
    """Yield what the draft leaves open of what was asked, and thin evidence."""
    if ticket.reading.kind == "empty":
        yield Issue("The message says too little to be answered.", LOOK)
    if not ticket.reading.asks:
        return
    ids = _cited_ids(ticket)
    holding = any(finding.type == "holding_answer" for finding in ticket.meta.findings)
    if holding or not ids:
        yield Issue("Nothing in the knowledge base answers this ticket.", LOOK)
    elif ticket.unanswered:
        yield Issue("Part of the message is not answered by the knowledge base.", LOOK)
    said = ticket.reading.text[:CONSIDERED]
    used = "\n".join(f"{p.title}\n{p.text}" for p in ticket.passages if p.doc_id in ids)
    if ids and missing_codes(said, used):
        yield Issue("The customer names a code that no cited passage has.", LOOK)
    if ids and amounts.turns_on(said) and not _decides(ticket.answer_draft.body, said):
        yield Issue("The question turns on a number that the draft does not give.", ("warning",))
    scores = [citation.score for citation in ticket.citations]
    if scores and max(scores) < min_evidence:
        yield Issue("Thin evidence: no cited article bears clearly on the message.", LOOK)
    elif scores and min(scores) < min_evidence:
        yield Issue("Thin evidence: a cited article may not bear on the message.", ("warning",))


def _decides(body: str, said: str) -> bool:
    lines = map(str.strip, split(uncited(body)))
    return any(amounts.decides(line, said, is_row=is_row(line)) for line in lines)


def _of_claims(ticket: DraftedTicket) -> Iterator[Issue]:
    body, said = ticket.answer_draft.body, ticket.reading.text
    written, spoken = _languages(ticket)
    if written != spoken:
        yield Issue("The draft is in another language than its sources: compare them.", LOOK)
    for sentence in unsupported(
        body, ticket.passages, asked=said, language=written, source_language=spoken
    ):
        yield Issue(str(sentence), ("failed",))


def _languages(ticket: DraftedTicket) -> tuple[str, str]:
    """Return the language of the draft, and of the passages that it cites if that is known."""
    body = ticket.answer_draft.body
    ids = cited(body)
    sources = " ".join(p.text for p in ticket.passages if p.doc_id in ids)
    drafting = ticket.meta.stages.get("drafting")
    if not sources or (drafting and drafting.backend == "embedded"):
        return "en", "en"  # the embedded writer quotes: there is nothing to compare
    known = [found for text in (uncited(body), sources) if (found := language(text)) != "und"]
    return (known[0], known[-1]) if known else ("en", "en")


_NAMES = {
    "email": "an e-mail address",
    "card": "a card number",
    "iban": "an IBAN",
    "phone": "a telephone number",
}
_QUOTED_WORDS = 8
"""Consecutive words of an internal note that make a quotation."""


def _of_privacy(ticket: DraftedTicket) -> Iterator[Issue]:
    """Yield personal data, links and internal notes that no cited passage has."""
    draft = ticket.answer_draft
    text = "\n".join((draft.greeting, uncited(draft.body), draft.closing))
    ids = cited(draft.body)
    used = [p for p in ticket.passages if p.doc_id in ids]
    source = "\n".join(p.text for p in used)
    if found := list(personal_data.find(text)):
        known = set(personal_data.find(source))
        for kind in dict.fromkeys(f.kind for f in found if f not in known):
            yield Issue(f"The draft has {_NAMES[kind]} that no cited passage has.", ("failed",))
    if any(
        link not in source and not any(same_site(link, p.url) for p in used) for link in links(text)
    ):
        yield Issue("The draft has a link that no cited passage has.", ("failed",))
    notes = "\n".join(m.text for m in ticket.ticket.previous_messages if m.visibility != "public")
    if notes and (_runs(notes) & _runs(text)) - _runs(source):
        yield Issue("The draft quotes an internal note.", ("failed",))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[n:] for n in range(_QUOTED_WORDS)), strict=False))
