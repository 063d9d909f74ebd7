"""
Stage 4: may the draft be sent, and does a person have to take over?

Reads drafted-tickets, applies what is always so and the user's rules, writes
ticket-processed. It changes no draft: it says what is wrong with it.

    passed    a person may send it as it is
    warning   a person must look first
    failed    it must not be sent

The rules are the operator's: `definitions/policy_rules.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from schemas import (
    Assist,
    DraftedTicket,
    Event,
    IncomingTicket,
    PolicyCheck,
    ProcessedTicket,
    StageReport,
)
from schemas.triage import MessageKind, Signal
from streams.definitions.policy_rules import Effect, Policy
from streams.evidence import amounts
from streams.evidence.grounding import unsupported
from streams.evidence.quotes import is_row, links, same_site
from streams.reading.message_kind import is_proven_automatic
from streams.text import personal_data
from streams.text.citations import alike, cited, uncited
from streams.text.codes import missing_codes
from streams.text.language import language
from streams.text.sentences import split


async def check(
    ticket: DraftedTicket, *, policy: Policy, now: Callable[[], datetime]
) -> ProcessedTicket:
    """Return what readers need of *ticket*, and the verdict on its draft."""
    incoming, reading = ticket.ticket, ticket.reading
    return ProcessedTicket(
        **{
            **_unknown(incoming),
            **_unknown(ticket),
            "ticket_id": incoming.ticket_id,
            "timestamp": now(),
            "triage": ticket.triage,
            "answer_draft": ticket.answer_draft,
            "citations": ticket.citations,
            "policy_check": _verdict(list(_issues(ticket, policy))),
            "message_id": incoming.message_id,
            "revision": incoming.revision,
            "metadata": incoming.metadata,
            "assist": Assist(
                kind=reading.kind,
                language=reading.language,
                signals=reading.signals,
                unanswered=_unanswered(ticket),
            ),
            "meta": ticket.meta.reported(
                "policy", StageReport(backend="rules", version=policy.version)
            ),
        }
    )


def _unknown(event: Event) -> dict[str, object]:
    """Return the fields of *event* that no version we know has; they travel on."""
    known = {*ProcessedTicket.model_fields, "unanswered"}
    return {name: value for name, value in (event.model_extra or {}).items() if name not in known}


def _unanswered(ticket: DraftedTicket) -> tuple[str, ...]:
    """Return what was asked in vain; personal data that came with it is nobody's to repeat."""
    return tuple(map(personal_data.masked, getattr(ticket, "unanswered", ())))


# The verdict: the worst of what was found.


@dataclass(frozen=True)
class _Issue:
    """Something to know before sending. The message never contains customer text."""

    message: str
    effects: tuple[Effect, ...]


_LOOK: tuple[Effect, ...] = ("warning", "escalate")
_FLAGS = frozenset(("refund_promise", "sla_mentioned"))


def _verdict(issues: list[_Issue]) -> PolicyCheck:
    effects = {effect for issue in issues for effect in issue.effects}
    shown = dict.fromkeys(i.message for i in issues if set(i.effects) - _FLAGS)
    return PolicyCheck(
        refund_promise="refund_promise" in effects,
        sla_mentioned="sla_mentioned" in effects,
        escalation_needed="escalate" in effects,
        compliance=next((e for e in ("failed", "warning") if e in effects), "passed"),
        issues=tuple(shown) or None,
    )


def _issues(ticket: DraftedTicket, policy: Policy) -> Iterator[_Issue]:
    if ticket.reading.kind == "auto_reply":
        yield _Issue("An automatic message must not be answered.", ("failed",))
        if not is_proven_automatic(ticket.ticket):
            yield _Issue("Only its wording says that the message is automatic.", ("escalate",))
        return
    yield from _of_ticket(ticket, policy)
    yield from _of_evidence(ticket, policy)
    yield from _of_claims(ticket)
    yield from _of_privacy(ticket)
    yield from _of_rules(ticket, policy)


def _of_ticket(ticket: DraftedTicket, policy: Policy) -> Iterator[_Issue]:
    """Yield why a person must look at a ticket, whatever the draft says."""
    triage, limits = ticket.triage, policy.escalate
    for stage in ticket.meta.degraded:
        yield _Issue(f"The stage {stage} fell back to its embedded backend.", _LOOK)
    for signal in ticket.reading.signals:
        if signal in limits.signals or signal not in get_args(Signal):  # a newer worker's
            yield _Issue(f"The message has the signal {signal}.", _LOOK)
    if "card_number" in ticket.reading.signals:
        yield _Issue("The customer sent card data: do not copy it anywhere.", ("warning",))
    if any(finding.type == "language_mismatch" for finding in ticket.meta.findings):
        yield _Issue("The draft is not in the customer's language.", ("warning",))
    if ticket.reading.kind == "thanks":
        return
    if ticket.reading.kind not in get_args(MessageKind):
        yield _Issue("The message is of a kind that this version does not know.", _LOOK)
    if triage.priority in limits.priorities:
        yield _Issue(f"The priority is {triage.priority}.", ("escalate",))
    if triage.category in limits.categories or triage.sentiment in limits.sentiments:
        yield _Issue("Category or sentiment ask for a person.", ("escalate",))
    if triage.sentiment == "frustrated" and _has_written_before(ticket.ticket):
        yield _Issue("The customer is frustrated and has written before.", _LOOK)
    if triage.confidence < policy.min_confidence and ticket.reading.asks:
        yield _Issue("Triage is not confident about this ticket.", _LOOK)


def _has_written_before(ticket: IncomingTicket) -> bool:
    earlier = any(message.role == "customer" for message in ticket.previous_messages)
    return earlier or (ticket.revision or 0) >= _SECOND_REVISION


_SECOND_REVISION = 2
"""Least revision of a later message, whether a publisher counts from 0 or from 1."""


def _of_evidence(ticket: DraftedTicket, policy: Policy) -> Iterator[_Issue]:
    """Yield what the draft leaves open, and citations of what was not found."""
    found = {p.doc_id for p in ticket.passages}
    ids = {*cited(ticket.answer_draft.body), *(c.doc_id for c in ticket.citations)}
    if not ticket.answer_draft.body.strip():
        yield _Issue("The draft is empty.", ("failed", "escalate"))
    if ids - found:
        yield _Issue("The draft cites a document that was not found for the ticket.", ("failed",))
    if set(cited(ticket.answer_draft.body)) != {c.doc_id for c in ticket.citations}:
        yield _Issue("The list of citations is not what the draft cites.", ("failed",))
    yield from _of_form(ticket)
    if ticket.reading.kind == "empty":
        yield _Issue("The message says too little to be answered.", _LOOK)
    if not ticket.reading.asks:
        return
    holding = any(finding.type == "holding_answer" for finding in ticket.meta.findings)
    if holding or not ids:
        yield _Issue("Nothing in the knowledge base answers this ticket.", _LOOK)
    elif _unanswered(ticket):
        yield _Issue("Part of the message is not answered by the knowledge base.", _LOOK)
    said = ticket.reading.text[:_CONSIDERED]
    used = "\n".join(f"{p.title}\n{p.text}" for p in ticket.passages if p.doc_id in ids)
    if ids and missing_codes(said, used):
        yield _Issue("The customer names a code that no cited passage has.", _LOOK)
    if ids and amounts.turns_on(said) and not _decides(ticket.answer_draft.body, said):
        yield _Issue("The question turns on a number that the draft does not give.", ("warning",))
    scores = [citation.score for citation in ticket.citations]
    if scores and max(scores) < policy.min_evidence:
        yield _Issue("Thin evidence: no cited article bears clearly on the message.", _LOOK)
    elif scores and min(scores) < policy.min_evidence:
        yield _Issue("Thin evidence: a cited article may not bear on the message.", ("warning",))


def _decides(body: str, said: str) -> bool:
    lines = map(str.strip, split(uncited(body)))
    return any(amounts.decides(line, said, is_row=is_row(line)) for line in lines)


_MARKUP = re.compile(r"<[/!]?[A-Za-z][^<>\n]{0,200}>|\]\(|javascript:", re.I)
_LONGEST_GREETING, _LONGEST_CLOSING = 120, 240
"""Characters. A longer greeting or closing says more than it should."""


def _of_form(ticket: DraftedTicket) -> Iterator[_Issue]:
    """Yield claims where none are checked, and citations in a form that no reader could follow."""
    draft = ticket.answer_draft
    written = "\n".join((draft.greeting, draft.body, draft.closing))
    known = "\n".join((ticket.reading.text, *(p.text for p in ticket.passages)))
    named = alike(written, {p.doc_id for p in ticket.passages})
    if any(word not in known for word in named):
        yield _Issue("The draft names a document that was not found for the ticket.", ("failed",))
    if any(mark[0] not in known for mark in _MARKUP.finditer(written)):
        yield _Issue("The draft has markup that no passage has.", ("failed",))
    name = ticket.ticket.customer_name or ""
    for part, longest in ((draft.greeting, _LONGEST_GREETING), (draft.closing, _LONGEST_CLOSING)):
        rest = part.replace(name, "") if name else part
        if len(part) > longest or "[" in part or any(c.isdigit() for c in rest):
            yield _Issue("Greeting or closing say more than they should.", ("failed",))


def _of_claims(ticket: DraftedTicket) -> Iterator[_Issue]:
    body, said = ticket.answer_draft.body, ticket.reading.text
    written, spoken = _languages(ticket)
    if written != spoken:
        yield _Issue("The draft is in another language than its sources: compare them.", _LOOK)
    for sentence in unsupported(
        body, ticket.passages, asked=said, language=written, source_language=spoken
    ):
        yield _Issue(str(sentence), ("failed",))


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


def _of_privacy(ticket: DraftedTicket) -> Iterator[_Issue]:
    """Yield personal data, links and internal notes that no cited passage has."""
    draft = ticket.answer_draft
    text = "\n".join((draft.greeting, uncited(draft.body), draft.closing))
    ids = cited(draft.body)
    used = [p for p in ticket.passages if p.doc_id in ids]
    source = "\n".join(p.text for p in used)
    if found := list(personal_data.find(text)):
        known = set(personal_data.find(source))
        for kind in dict.fromkeys(f.kind for f in found if f not in known):
            yield _Issue(f"The draft has {_NAMES[kind]} that no cited passage has.", ("failed",))
    if any(
        link not in source and not any(same_site(link, p.url) for p in used) for link in links(text)
    ):
        yield _Issue("The draft has a link that no cited passage has.", ("failed",))
    notes = "\n".join(m.text for m in ticket.ticket.previous_messages if m.visibility != "public")
    if notes and (_runs(notes) & _runs(text)) - _runs(source):
        yield _Issue("The draft quotes an internal note.", ("failed",))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[n:] for n in range(_QUOTED_WORDS)), strict=False))


def _of_rules(ticket: DraftedTicket, policy: Policy) -> Iterator[_Issue]:
    draft, feels = ticket.answer_draft, ticket.triage.sentiment
    written = "\n".join((draft.greeting, uncited(draft.body), draft.closing))
    said = ticket.reading.text[:_CONSIDERED].replace("’", "'")
    said = " ".join(said.split())  # lines of a mail end within sentences
    for of, text in (("draft", written), ("reading", said)):
        for rule in policy.objections(text, of, feels):
            yield _Issue(rule.message, rule.effects)


_CONSIDERED = 20_000
"""Characters of the customer's message that rules read. Later text is a log."""
