"""
Stage 4: may the draft be sent, and does a person have to take over?

Reads drafted-tickets, applies what is always so and the user's rules, writes
ticket-processed. It changes no draft: it says what is wrong with it.

    passed    a person may send it as it is
    warning   a person must look first
    failed    it must not be sent

The rules are the operator's: `definitions/policy_rules.py`. `evidence/draft_issues.py` compares
the draft with its passages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from schemas.triage import MessageKind, Sentiment, Signal
from streams import metrics
from streams.definitions.policy_rules import Policy
from streams.definitions.voice import Voice
from streams.evidence.draft_issues import CONSIDERED, LOOK, Issue, draft_issues
from streams.reading.long_ticket import off_loop_if_long
from streams.reading.message_kind import is_proven_automatic
from streams.text import personal_data
from streams.text.citations import uncited


async def check_draft(
    ticket: DraftedTicket, *, policy: Policy, voice: Voice, now: Callable[[], datetime]
) -> ProcessedTicket:
    """Return what readers need of *ticket*, and the verdict on its draft, said by *voice*."""
    return await off_loop_if_long(ticket.ticket, lambda: _checked(ticket, policy, voice, now))


def _checked(
    ticket: DraftedTicket, policy: Policy, voice: Voice, now: Callable[[], datetime]
) -> ProcessedTicket:
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
            "policy_check": _counted(list(_issues(ticket, policy, voice))),
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
    return tuple(map(personal_data.masked, ticket.unanswered))


# The verdict: the worst of what was found.


_FLAGS = frozenset(("refund_promise", "sla_mentioned"))


def _counted(issues: list[Issue]) -> PolicyCheck:
    verdict = _verdict(issues)
    metrics.TICKET_VERDICTS.labels(verdict.compliance).inc()
    for rule in {issue.rule for issue in issues}:
        metrics.TICKET_FINDINGS.labels(rule).inc()
    return verdict


def _verdict(issues: list[Issue]) -> PolicyCheck:
    effects = {effect for issue in issues for effect in issue.effects}
    shown = dict.fromkeys(i.message for i in issues if set(i.effects) - _FLAGS)
    return PolicyCheck(
        refund_promise="refund_promise" in effects,
        sla_mentioned="sla_mentioned" in effects,
        escalation_needed="escalate" in effects,
        compliance=next((e for e in ("failed", "warning") if e in effects), "passed"),
        issues=tuple(shown) or None,
    )


def _issues(ticket: DraftedTicket, policy: Policy, voice: Voice) -> Iterator[Issue]:
    if ticket.reading.kind == "auto_reply":
        yield Issue("automatic-message", "An automatic message must not be answered.", ("failed",))
        if not is_proven_automatic(ticket.ticket):
            yield Issue(
                "automatic-by-wording",
                "Only its wording says that the message is automatic.",
                ("escalate",),
            )
        return
    yield from _of_ticket(ticket, policy)
    yield from draft_issues(ticket, min_evidence=policy.min_evidence, voice=voice)
    yield from _of_rules(ticket, policy)


def _of_ticket(ticket: DraftedTicket, policy: Policy) -> Iterator[Issue]:
    """Yield why a person must look at a ticket, whatever the draft says."""
    triage, limits = ticket.triage, policy.escalate
    for stage in ticket.meta.degraded:
        yield Issue(
            "embedded-backend", f"The stage {stage} fell back to its embedded backend.", LOOK
        )
    for signal in ticket.reading.signals:
        if signal in limits.signals or signal not in get_args(Signal):  # a newer worker's
            yield Issue("signal", f"The message has the signal {signal}.", LOOK)
    if "card_number" in ticket.reading.signals:
        yield Issue(
            "card-data", "The customer sent card data: do not copy it anywhere.", ("warning",)
        )
    if any(finding.type == "language_mismatch" for finding in ticket.meta.findings):
        yield Issue(
            "other-language-than-customer",
            "The draft is not in the customer's language.",
            ("warning",),
        )
    if ticket.reading.kind == "thanks":
        return
    if ticket.reading.kind not in get_args(MessageKind):
        yield Issue(
            "unknown-kind", "The message is of a kind that this version does not know.", LOOK
        )
    if triage.sentiment not in get_args(Sentiment):
        yield Issue(
            "unknown-sentiment",
            "The customer's sentiment is one that this version does not know.",
            LOOK,
        )
    if triage.priority in limits.priorities:
        yield Issue("priority", f"The priority is {triage.priority}.", ("escalate",))
    if triage.category in limits.categories or triage.sentiment in limits.sentiments:
        yield Issue(
            "category-or-sentiment", "Category or sentiment ask for a person.", ("escalate",)
        )
    if triage.sentiment == "frustrated" and _has_written_before(ticket.ticket):
        yield Issue("frustrated-again", "The customer is frustrated and has written before.", LOOK)
    if triage.confidence < policy.min_confidence and ticket.reading.asks:
        yield Issue("low-confidence", "Triage is not confident about this ticket.", LOOK)


def _has_written_before(ticket: IncomingTicket) -> bool:
    earlier = any(message.role.lower() == "customer" for message in ticket.previous_messages)
    return earlier or (ticket.revision or 0) >= _SECOND_REVISION


_SECOND_REVISION = 2
"""Least revision of a later message, whether a publisher counts from 0 or from 1."""


def _of_rules(ticket: DraftedTicket, policy: Policy) -> Iterator[Issue]:
    draft, feels = ticket.answer_draft, ticket.triage.sentiment
    written = "\n".join((draft.greeting, uncited(draft.body), draft.closing))
    said = ticket.reading.text[:CONSIDERED].replace("’", "'")
    said = " ".join(said.split())  # lines of a mail end within sentences
    for of, text in (("draft", written), ("reading", said)):
        for rule in policy.objections(text, of, feels):
            yield Issue(rule.id, rule.message, rule.effects)
