"""
Stage 4: may the draft be sent, and does a person have to take over?

Reads drafted-tickets, applies what is always so and the user's rules, writes
ticket-processed. It changes no draft: it says what is wrong with it.

    passed    a person may send it as it is
    warning   a person must look first
    failed    it must not be sent

`evidence/verification/` says what each sentence of the draft rests on. The operator's rules,
`definitions/policy_rules.py`, apply to what is no line of an article, and to lines where a rule
says so. `assist.py` makes what a support agent wants beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import get_args

from schemas import (
    DraftedTicket,
    Event,
    IncomingTicket,
    PolicyCheck,
    ProcessedTicket,
    StageReport,
)
from schemas.triage import MessageKind, Sentiment, Signal
from streams import metrics
from streams.definitions.policy_rules import Effect, Escalate, Policy
from streams.definitions.voice import Voice
from streams.evidence.assist import assistance, leans_on_attachment
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.verifier import CONSIDERED, Verification, verify
from streams.reading.long_ticket import off_loop_if_long
from streams.reading.message_kind import is_proven_automatic
from streams.text import personal_data


async def check_draft(
    ticket: DraftedTicket,
    *,
    policy: Policy,
    voice: Voice,
    now: Callable[[], datetime],
) -> ProcessedTicket:
    """Return what readers need of *ticket*, and the verdict on its draft."""
    return await off_loop_if_long(ticket.ticket, lambda: _checked(ticket, policy, voice, now))


def _checked(
    ticket: DraftedTicket, policy: Policy, voice: Voice, now: Callable[[], datetime]
) -> ProcessedTicket:
    incoming = ticket.ticket
    verification = verify(ticket, voice, now=now(), strict=_is_chosen_by_score(ticket))
    issues = sorted(_issues(ticket, policy, verification), key=_gravity)
    verdict = _counted(issues)
    return ProcessedTicket(
        **{
            **_unknown(incoming),
            **_unknown(ticket),
            "ticket_id": incoming.ticket_id,
            "timestamp": now(),
            "triage": ticket.triage,
            "answer_draft": ticket.answer_draft,
            "citations": ticket.citations,
            "policy_check": verdict,
            "message_id": incoming.message_id,
            "revision": incoming.revision,
            "brand": incoming.brand,
            "metadata": incoming.metadata,
            "evidence": verification.sentences,
            "assist": assistance(ticket, verification, issues, verdict, _unanswered(ticket)),
            "meta": ticket.meta.reported(
                "policy",
                StageReport(backend="rules", version=policy.version),
                *(issue.finding for issue in issues if issue.part),
            ),
        }
    )


def keeping_rules(ticket: DraftedTicket, *, policy: Policy, voice: Voice) -> frozenset[str]:
    """Return the rules that keep the draft of *ticket* from passing."""
    found = _issues(ticket, policy, verify(ticket, voice, strict=_is_chosen_by_score(ticket)))
    return frozenset(i.rule for i in found if {"failed", "warning"} & set(i.effects))


def _is_chosen_by_score(ticket: DraftedTicket) -> bool:
    """Return whether code chose the lines of the draft: then the same scores prove little."""
    drafting = ticket.meta.stages.get("drafting")
    return drafting is not None and drafting.backend == _BY_SCORE


def _unknown(event: Event) -> dict[str, object]:
    """Return the fields of *event* that no version we know has; they travel on."""
    known = {*ProcessedTicket.model_fields, "unanswered"}
    return {name: value for name, value in (event.model_extra or {}).items() if name not in known}


def _unanswered(ticket: DraftedTicket) -> tuple[str, ...]:
    """Return what was asked in vain; personal data that came with it is nobody's to repeat."""
    return tuple(map(personal_data.masked, ticket.unanswered))


# The verdict: the worst of what was found.


_BY_SCORE = "embedded"
"""The writer that chooses lines by score."""
_FLAGS = frozenset(("refund_promise", "sla_mentioned"))


def _counted(issues: list[Issue]) -> PolicyCheck:
    verdict = _verdict(issues)
    metrics.TICKET_VERDICTS.labels(verdict.compliance).inc()
    for rule in {issue.rule for issue in issues}:
        metrics.TICKET_FINDINGS.labels(rule).inc()
    return verdict


def _gravity(issue: Issue) -> int:
    """Return where *issue* stands: the one that decides comes first."""
    return next((n for n, effect in enumerate(_GRAVEST) if effect in issue.effects), len(_GRAVEST))


_GRAVEST: tuple[Effect, ...] = ("failed", "warning", "escalate")


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


def _issues(ticket: DraftedTicket, policy: Policy, verification: Verification) -> Iterator[Issue]:
    if ticket.reading.kind == "auto_reply":
        yield Issue("automatic-message", "An automatic message must not be answered.", ("failed",))
        if not is_proven_automatic(ticket.ticket):
            yield Issue(
                "automatic-by-wording",
                "Only its wording says that the message is automatic.",
                ("escalate",),
            )
        return
    yield from verification.findings
    yield from _of_rules(ticket, policy, verification)
    yield from _of_scores(ticket, policy.min_evidence)
    yield from _of_ticket(ticket, policy)


def _of_scores(ticket: DraftedTicket, min_evidence: float) -> Iterator[Issue]:
    """Yield thin evidence: cited articles whose passages hardly bear on the message."""
    scores = [citation.score for citation in ticket.citations]
    if not scores or not ticket.reading.asks or min(scores) >= min_evidence:
        return
    if max(scores) < min_evidence:
        message, effects = "Thin evidence: no cited article bears clearly on the message.", LOOK
    else:
        message = "Thin evidence: a cited article may not bear on the message."
        effects = ("warning",)
    yield Issue("thin-evidence", message, effects)


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
    if ticket.reading.kind == "empty":
        yield Issue("empty-message", "The message says too little to be answered.", LOOK)
    if ticket.reading.kind == "thanks":
        return
    if leans_on_attachment(ticket):
        yield Issue("attachment", "The message leans on an attachment that nobody has read.", LOOK)
    if triage.confidence < policy.min_confidence and ticket.reading.asks:
        yield Issue("low-confidence", "Triage is not confident about this ticket.", LOOK)
    yield from _of_triage(ticket, policy.escalate)


def _of_triage(ticket: DraftedTicket, limits: Escalate) -> Iterator[Issue]:
    """Yield what of kind, sentiment, priority and category is for a person."""
    triage = ticket.triage
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


def _has_written_before(ticket: IncomingTicket) -> bool:
    earlier = any(message.role.lower() == "customer" for message in ticket.previous_messages)
    return earlier or (ticket.revision or 0) >= _SECOND_REVISION


_SECOND_REVISION = 2
"""Least revision of a later message, whether a publisher counts from 0 or from 1."""


def _of_rules(ticket: DraftedTicket, policy: Policy, verification: Verification) -> Iterator[Issue]:
    feels = ticket.triage.sentiment
    said = ticket.reading.text[:CONSIDERED].replace("’", "'")
    said = " ".join(said.split())  # lines of a mail end within sentences
    found = (
        *policy.objections(verification.unquoted, "draft", feels, lines=verification.quoted),
        *policy.objections(said, "reading", feels),
    )
    for rule in found:
        yield Issue(rule.id, rule.message, rule.effects)
