"""
What each sentence of a draft rests on: a line, our own phrase, a line in other words, or nothing.

In: a drafted ticket and the operator's phrases. Out: the class of each sentence with its evidence,
what speaks against sending the draft, and which questions its lines answer. No model is asked, and
who wrote the draft plays no part.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from schemas import AnsweredQuestion, DraftedTicket, Line, Reading, SentenceEvidence
from streams.definitions.voice import Voice
from streams.evidence.asked import compared_questions, questions_of
from streams.evidence.line_rules import rules_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.age import of_age
from streams.evidence.verification.alternatives import CaseGroups
from streams.evidence.verification.citations import of_citations
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.earlier import of_earlier
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.form import of_form
from streams.evidence.verification.matter import matter
from streams.evidence.verification.needs import of_needs
from streams.evidence.verification.privacy import of_privacy
from streams.evidence.verification.quantities import lacks, quantities
from streams.evidence.verification.questions import (
    QuestionAnswers,
    answered_questions,
    asks_how,
    instructs,
    of_answers,
)
from streams.evidence.verification.restated import Restatement, promises, without_yes_or_no
from streams.evidence.verification.sentences import DraftSentence, as_one, sentences_of
from streams.evidence.verification.support import of_languages, of_support
from streams.evidence.verification.told_deeds import load_speech
from streams.evidence.verification.tried import of_tried
from streams.evidence.verification.verbatim import MOST_SENTENCES, VerbatimLines, normal
from streams.ports import LineRef
from streams.text.citations import uncited
from streams.text.dates import last_days
from streams.text.language import language, primary_language
from streams.text.person_names import names_of
from streams.text.pleasantries import only_asks, repeated, without_pleasantries
from streams.text.sentences import split
from streams.text.words import coverage

CONSIDERED = 20_000
"""Characters of the customer's message that are considered. Later text is a log."""
_MARKS = " ,.:;!"
_SAID_BACK = 0.75
"""Share of a sentence's words from which it is the customer's own."""


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


def verify(ticket: DraftedTicket, voice: Voice, *, now: datetime | None = None) -> Verification:
    """
    Return what the draft of *ticket* rests on.

    Args:
        voice: has the phrases of ours.
        now: when the draft may be sent; by default when the ticket was written, or today.
    """
    evidence = Evidence(ticket, voice)
    asked = compared_questions(ticket.reading) if ticket.reading.asks else ()
    spoken = primary_language(ticket.reading.language)
    answered = answered_questions(
        [one.compared for one in asked],
        evidence.named,
        evidence.lines,
        said=ticket.reading.text[:CONSIDERED],
        language=spoken if spoken != "und" else "en",
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


def _today(ticket: DraftedTicket, now: datetime | None) -> date:
    """Return the day of *now*; a ticket from the future is answered then."""
    times = [t for t in (now, ticket.ticket.created_at) if t] or [datetime.now(UTC)]
    return max(t.date() for t in times)


def _findings(
    ticket: DraftedTicket, evidence: Evidence, answered: QuestionAnswers, today: date
) -> Iterator[Issue]:
    """Yield what speaks against sending the draft, the gravest first."""
    draft, classified, lines = ticket.answer_draft, evidence.classified, evidence.lines
    quoted = [c.sentence for c in classified if c.rests_on == "line"]
    yield from of_form(draft, [c.sentence for c in classified], quoted)
    yield from of_citations(ticket)
    yield from of_privacy(ticket, classified, lines)
    yield from of_support(classified)
    yield from of_needs(
        classified,
        lines,
        said=ticket.reading.text[:CONSIDERED],
        language=evidence.languages[0],
    )
    yield from of_age(classified, lines, today)
    yield from of_earlier(ticket.ticket, classified)
    spoken = primary_language(ticket.reading.language)
    yield from of_tried(
        ticket.reading.text[:CONSIDERED],
        classified,
        lines,
        spoken if spoken != "und" else evidence.languages[0],
    )
    if ticket.reading.asks and draft.body.strip():
        yield from of_answers(answered, evidence.named, ticket)
    yield from of_languages(ticket, evidence.used, lines)
    if any(c.rests_on == "restated" for c in classified) and len(set(evidence.languages)) > 1:
        yield Issue(
            "other-language-than-sources",
            "The draft is in another language than its sources: compare them.",
            LOOK,
        )


class Evidence:
    """A draft's sentences, each compared with the passages once."""

    def __init__(self, ticket: DraftedTicket, voice: Voice) -> None:
        self.ticket = ticket
        self.lines = PassageLines(ticket.passages)
        self._verbatim = VerbatimLines(self.lines)
        self._voice = voice
        self._names = names_of(ticket.ticket.customer_name)
        self._titles = tuple(dict.fromkeys(p.title for p in ticket.passages))
        self._links = tuple(dict.fromkeys(p.url for p in ticket.passages if p.url))

    @cached_property
    def classified(self) -> tuple[Classified, ...]:
        """Return the draft's sentences in order, those that make one line or phrase as one."""
        return tuple(self._classified(self._sentences))

    @cached_property
    def _sentences(self) -> list[DraftSentence]:
        return sentences_of(self.ticket.answer_draft)

    @cached_property
    def used(self) -> tuple[LineRef, ...]:
        """Return the lines that the draft quotes word for word, in the draft's order."""
        return tuple(c.ref for c in self.classified if c.rests_on == "line" and c.ref)

    @cached_property
    def named(self) -> tuple[LineRef, ...]:
        """Return the lines that the draft quotes or restates, in the draft's order."""
        return tuple(c.ref for c in self.classified if c.rests_on in ("line", "restated") and c.ref)

    @cached_property
    def languages(self) -> tuple[str, str]:
        """Return the language of the draft's body, and of what it cites, as far as it is known."""
        body = uncited(self.ticket.answer_draft.body)
        ids = {c for s in self._sentences for c in s.ids}
        sources = " ".join(p.text for p in self.ticket.passages if p.doc_id in ids)
        known = [found for text in (body, sources) if text and (found := language(text)) != "und"]
        return (known[0], known[-1]) if known else ("en", "en")

    def _classified(self, sentences: Sequence[DraftSentence]) -> Iterator[Classified]:
        n = 0
        while n < len(sentences):
            found = self._word_for_word(sentences, n)
            if found is None:
                after = sentences[n + 1 : n + 2]
                found = 1, self._in_other_words(sentences[n], after[0] if after else None)
            length, one = found
            yield one
            n += length

    def _word_for_word(
        self, sentences: Sequence[DraftSentence], n: int
    ) -> tuple[int, Classified] | None:
        """Return the longest run from *n* on that is a line or a phrase of ours, and its length."""
        near = [
            s
            for s in sentences[n : n + MOST_SENTENCES]
            if (s.part, s.paragraph) == (sentences[n].part, sentences[n].paragraph)
        ]
        for length in range(len(near), 0, -1):
            run = as_one(near[:length])
            if one := self._as_line(run):
                return length, one
        ours = self._as_ours(near[0])  # of several sentences, each one is known by itself
        return (1, ours) if ours else None

    def _as_line(self, run: DraftSentence) -> Classified | None:
        if run.part != "body":
            return None
        refs = self._verbatim.refs(run.text)
        if not refs:
            is_heading = not run.ids and self._verbatim.is_heading(run.text)
            return Classified(run, "line", is_heading=True) if is_heading else None
        cited = [ref for ref in refs if ref.doc_id in run.cites]
        if not cited:
            fault = "other-document" if run.cites else "no-citation"
            return Classified(run, "unsupported", refs[0], fault)
        return Classified(run, "line", self._next_in_order(cited))

    def _next_in_order(self, refs: Sequence[LineRef]) -> LineRef:
        return refs[0]

    def _as_ours(self, one: DraftSentence) -> Classified | None:
        cited = [p for p in self.ticket.passages if p.doc_id in one.ids]
        titles = tuple(p.title for p in cited) if one.ids else self._titles
        links = tuple(p.url for p in cited) if one.ids else self._links
        text = uncited(getattr(self.ticket.answer_draft, one.part)[one.start : one.end])
        if one.ids and not any(title in text for title in titles):
            return None  # of our phrases only one that names an article cites it
        forms = [text] if one.part == "body" else [*self._salutations(text)]
        is_ours = any(
            self._voice.is_ours(said, names=self._names, titles=titles, links=links)
            for said in forms
        )
        return Classified(one, "ours") if is_ours else None

    def _salutations(self, text: str) -> Iterator[str]:
        """
        Yield a line of greeting or closing *text* as our phrases may have it: with another mark at
        its end, and without the checked name.
        """
        for said in (text, *(text.replace(f" {n}", "", 1) for n in self._names if n in text)):
            yield said
            plain = said.rstrip(_MARKS)
            yield from (f"{plain}{mark}" for mark in ("", ",", ":"))

    def _in_other_words(self, one: DraftSentence, after: DraftSentence | None) -> Classified:
        if one.part != "body":
            return self._of_greeting_or_closing(one)
        if not without_yes_or_no(one.text) and not one.ids:
            follows = after and after.paragraph == one.paragraph and after.ids
            return Classified(
                one, "restated" if follows else "unsupported", fault=None if follows else "words"
            )
        if normal(one.text) in self._unquotable(one.cites):
            return Classified(one, "restated")
        left = without_pleasantries(one.text, self._names)
        if not left or (not one.ids and (only_asks(left) or self._says_back(left))):
            return Classified(one, "courtesy")
        found = self._restatement.of(one)
        return Classified(one, "unsupported" if found.fault else "restated", found.ref, found.fault)

    def _unquotable(self, ids: Sequence[str]) -> set[str]:
        """Return what the passages of *ids* say, also where no line of theirs may be quoted."""
        texts = (p.text for p in self.ticket.passages if p.doc_id in ids)
        return {normal(said) for text in texts for said in split(text) if said.strip()}

    def _says_back(self, said: str) -> bool:
        """Return whether *said* only tells the customer what they asked or told."""
        back = repeated(said)
        spoken, asked = self.languages[0], self.ticket.reading.text
        return (
            back is not None
            and coverage(matter(back[1], spoken), matter(asked, spoken)) >= _SAID_BACK
            and not lacks(quantities(back[1], spoken), quantities(asked, spoken), frozenset())
        )

    def _of_greeting_or_closing(self, one: DraftSentence) -> Classified:
        names = (*self._names, *_unchecked(self.ticket.ticket.customer_name or ""))
        if without_pleasantries(one.text, names):
            return Classified(one, "unsupported", fault="salutation")
        return Classified(one, "courtesy")

    @cached_property
    def _restatement(self) -> Restatement:
        written, sources = self.languages
        return Restatement(
            self.lines, language=written, source_language=sources, asked=self.ticket.reading.text
        )

    def records(self) -> Iterator[SentenceEvidence]:
        """Yield what travels of each sentence."""
        for one in self.classified:
            s, line = one.sentence, self.lines.get(one.ref) if one.ref else None
            passage = self.lines.passage(one.ref) if one.ref and line else None
            yield SentenceEvidence(
                part=s.part,
                start=s.start,
                end=s.end,
                rests_on=one.rests_on,
                doc_id=passage.doc_id if passage else None,
                chunk_id=passage.chunk_id if passage else None,
                line=line.n if line else None,
                spans=line.spans if line else (),
                text_hash=passage.text_hash if passage else "",
                updated_at=passage.updated_at if passage else None,
            )


def _unchecked(name: str) -> tuple[str, ...]:
    """Return *name* and its words, if it is letters and the marks of names alone."""
    letters = (unicodedata.category(c)[0] in "LMZ" or c in "-'’." for c in name)
    words = name.split()
    return (" ".join(words), *words) if words and all(letters) else ()
