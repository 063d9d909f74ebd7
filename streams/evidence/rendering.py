"""
A draft as the customer would read it, made by code from what a backend has chosen.

Its body has the chosen lines and those that they need, word for word, each with its `[DOC-ID]`,
and phrases of the operator's voice around them; there is no third kind. A body in a model's own
words (`Draft.prose`) is taken as it is, between our greeting and our closing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas import AnswerDraft, Finding, GroundedTicket, Passage
from streams.definitions.speech import Speech
from streams.definitions.voice import Voice
from streams.evidence.body import body_of
from streams.evidence.lines import PassageLines, language_of
from streams.evidence.thread import Thread
from streams.ports import Choice, Draft, LineRef
from streams.text.citations import cited
from streams.text.language import primary_language

HOLDING = Finding(type="holding_answer", message="The draft answers nothing and cites nothing.")
ANSWERED_BEFORE = Finding(
    type="answered_before", message="An earlier reply had all that the passages say of this."
)
LANGUAGE_MISMATCH = Finding(
    type="language_mismatch", message="The draft is not in the customer's language alone."
)


@dataclass(frozen=True)
class Rendered:
    """A draft, the lines that it has, their passages' ids, and what it leaves open."""

    answer: AnswerDraft
    lines: tuple[LineRef, ...] = ()
    used: frozenset[str] = frozenset()
    unanswered: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def render(ticket: GroundedTicket, draft: Draft, voice: Voice) -> Rendered:
    """Return *draft* of an answer to *ticket* as it is sent, said by *voice*."""
    speech = voice.speaking(ticket.reading.language, ticket.ticket.brand)
    thread = Thread(ticket.ticket)
    lines = PassageLines(ticket.passages)
    used: tuple[LineRef, ...] = ()
    findings: list[Finding] = []
    further = ticket.reading.further_question
    choices = (*draft.choices, *([Choice(further, ())] if further else []))
    unanswered = tuple(choice.question for choice in choices if not choice.lines)
    if draft.prose is not None:
        text = draft.prose
        findings += [] if cited(text) else [HOLDING]
    elif not ticket.reading.asks:
        text = thread.pick_or_last(speech.without_question(ticket.reading.kind))
        unanswered = ()
    else:
        body = body_of(choices, lines, thread, speech, ticket.triage.sentiment)
        text, used, unanswered = body.text, body.lines, body.unanswered
        findings += [ANSWERED_BEFORE] if body.answered_before else []
        findings += [HOLDING] if not body.answered_before and not cited(text) else []
    if _mismatch(speech, ticket.reading.language, _passages(used, lines)):
        findings.append(LANGUAGE_MISMATCH)
    return Rendered(
        answer=AnswerDraft(
            greeting=_greeting(ticket, thread, speech, draft.tone),
            body=text,
            closing=speech.closing(draft.tone),
            tone=draft.tone,
        ),
        lines=used,
        used=frozenset(lines.passage(ref).chunk_id for ref in used),
        unanswered=unanswered,
        findings=tuple(findings),
    )


def tone_for(ticket: GroundedTicket) -> str:
    """Return the tone that the customer's message asks for."""
    if "legal_threat" in ticket.reading.signals:
        return "formal"
    satisfied = ticket.triage.sentiment == "satisfied" or ticket.reading.kind == "thanks"
    return "casual" if satisfied else "empathetic_professional"


def _greeting(ticket: GroundedTicket, thread: Thread, speech: Speech, tone: str) -> str:
    """Return the greeting of a first reply; a later one has none."""
    if not thread.is_first:
        return ""
    name = None if ticket.reading.kind == "auto_reply" else ticket.ticket.customer_name
    return speech.greeting(name, tone)


def _mismatch(speech: Speech, spoken: str, articles: Iterable[Passage]) -> bool:
    """Return whether phrases, or *articles* that are quoted, are not in the language *spoken*."""
    asked = primary_language(spoken)
    if asked == "und":
        return False
    return any(
        found not in (asked, "und")
        for found in (primary_language(speech.language), *map(language_of, articles))
    )


def _passages(refs: Iterable[LineRef], lines: PassageLines) -> list[Passage]:
    """Return one passage for each article of *refs*."""
    return list({ref.doc_id: lines.passage(ref) for ref in refs}.values())
