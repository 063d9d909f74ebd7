"""
Whether a draft can be sent as it is, and if not, why.

In: a drafted ticket and the operator's phrases. Out: the class of each sentence with its evidence,
what speaks against sending the draft, and which questions its lines answer. No model is asked, and
who wrote the draft plays no part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from schemas import AnsweredQuestion, DraftedTicket, Line, Reading, SentenceEvidence
from streams.definitions.voice import Voice
from streams.evidence.asked import compared_questions, questions_of
from streams.evidence.line_rules import rules_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.age import of_age
from streams.evidence.verification.alternatives import CaseGroups
from streams.evidence.verification.asking import asks_how, instructs
from streams.evidence.verification.citations import of_citations
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.draft_evidence import DraftEvidence
from streams.evidence.verification.earlier import load_told, of_earlier
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.form import of_form
from streams.evidence.verification.matter import matter
from streams.evidence.verification.needs import of_needs
from streams.evidence.verification.privacy import of_privacy
from streams.evidence.verification.questions import (
    QuestionAnswers,
    answered_questions,
    of_answers,
)
from streams.evidence.verification.restated import promises, without_yes_or_no
from streams.evidence.verification.support import of_languages, of_support
from streams.evidence.verification.told_deeds import load_speech
from streams.evidence.verification.tried import of_tried
from streams.text.dates import last_days
from streams.text.language import primary_language

CONSIDERED = 20_000
"""Characters of the customer's message that are considered. Later text is a log."""


@dataclass(frozen=True)
class Verification:
    """What a draft rests on, and what follows from it."""

    sentences: tuple[SentenceEvidence, ...]
    findings: tuple[Issue, ...]
    answered: tuple[AnsweredQuestion, ...]
    classified: tuple[Classified, ...] = ()
    lines: PassageLines = field(default_factory=lambda: PassageLines(()))

    @property
    def unquoted(self) -> str:
        """Return the draft's sentences that are no lines: what an operator's rules apply to."""
        return "\n".join(c.sentence.text for c in self.classified if c.rests_on != "line")

    @property
    def quoted(self) -> str:
        """Return the lines that the draft quotes."""
        return "\n".join(c.sentence.text for c in self.classified if c.rests_on == "line")


def verify(
    ticket: DraftedTicket, voice: Voice, *, now: datetime | None = None, strict: bool = False
) -> Verification:
    """
    Return what the draft of *ticket* rests on.

    Args:
        voice: has the phrases of ours.
        now: when the draft may be sent; by default when the ticket was written, or today.
        strict: whether each question is measured by itself: for lines that were chosen by score.
    """
    evidence = DraftEvidence(ticket, voice)
    asked = compared_questions(ticket.reading) if ticket.reading.asks else ()
    spoken = primary_language(ticket.reading.language)
    answered = answered_questions(
        asked,
        evidence.named,
        evidence.lines,
        said=ticket.reading.text[:CONSIDERED],
        language=spoken if spoken != "und" else "en",
        strict=strict,
    )
    return Verification(
        sentences=tuple(evidence.records()),
        findings=tuple(_findings(ticket, evidence, answered, _today(ticket, now))),
        answered=tuple(_in_their_words(ticket.reading, answered)),
        classified=evidence.classified,
        lines=evidence.lines,
    )


def _in_their_words(reading: Reading, answered: QuestionAnswers) -> Iterator[AnsweredQuestion]:
    """Yield what becomes of each question, as the customer asked it."""
    for text, one in zip(questions_of(reading), answered.each, strict=False):
        yield one.answer.model_copy(update={"question": text})
    if further := reading.further_question:
        yield AnsweredQuestion(question=further, answered="not")


def load_patterns() -> None:
    """Compile what the first draft would wait for, and the event loop with it: 0.1 s."""
    said = "Yes, we will refund it until 30 November 2025. How do I ask for it?"
    rules_of("en")
    matter(said)
    last_days(said)
    promises(said)
    without_yes_or_no(said)
    asks_how(said)
    CaseGroups(()).holds_for("On Android, monthly.")
    instructs(Line(n=1, text=said))
    load_speech("en")
    load_told("en")


def _today(ticket: DraftedTicket, now: datetime | None) -> date:
    """Return the day of *now*; a ticket from the future is answered then."""
    times = [t for t in (now, ticket.ticket.created_at) if t] or [datetime.now(UTC)]
    return max(t.date() for t in times)


def _findings(
    ticket: DraftedTicket, evidence: DraftEvidence, answered: QuestionAnswers, today: date
) -> Iterator[Issue]:
    """Yield what speaks against sending the draft, the gravest first."""
    draft, classified, lines = ticket.answer_draft, evidence.classified, evidence.lines
    quoted = [c.sentence for c in classified if c.rests_on == "line"]
    said = ticket.reading.text[:CONSIDERED]
    yield from of_form(draft, [c.sentence for c in classified], quoted)
    yield from of_citations(ticket)
    yield from of_privacy(ticket, classified, lines)
    yield from of_support(classified)
    yield from of_needs(
        classified,
        lines,
        said=said,
        language=evidence.languages[1],
    )
    yield from of_age(classified, lines, today)
    spoken = primary_language(ticket.reading.language)
    language = spoken if spoken != "und" else evidence.languages[0]
    yield from of_earlier(ticket.ticket, classified, said=said, language=language)
    yield from of_tried(said, classified, lines, language)
    if ticket.reading.asks and draft.body.strip():
        yield from of_answers(answered, evidence.named, ticket)
    yield from of_languages(ticket, evidence.used, lines)
    if any(c.rests_on == "restated" for c in classified) and len(set(evidence.languages)) > 1:
        yield Issue(
            "other-language-than-sources",
            "The draft is in another language than its sources: compare them.",
            LOOK,
        )
