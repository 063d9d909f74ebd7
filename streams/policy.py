"""
Stage 4: may the draft be sent, and does a person have to take over?

Reads drafted-tickets, applies what is always so and the user's rules, writes
ticket-processed. It changes no draft: it says what is wrong with it.

    passed    a person may send it as it is
    warning   a person must look first
    failed    it must not be sent

Rules are a YAML file; `defaults/policy.yaml` is used where the user has none and documents
the form. Their patterns run in Rust's regex engine, which pydantic brings along and which
takes linear time on any text: no pattern of a user's can stall a worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas import (
    Assist,
    DraftedTicket,
    Event,
    IncomingTicket,
    PolicyCheck,
    ProcessedTicket,
    StageReport,
)
from schemas.triage import Kind, Priority, Sentiment, Signal
from streams.definitions.yaml_files import load_yaml, mistake
from streams.evidence import amounts, grounding
from streams.evidence.quotes import is_row, links, same_site
from streams.reading.message_kind import is_proven_automatic
from streams.text import personal_data
from streams.text.language import language
from streams.text.patterns import finder
from streams.text.sentences import alike, cited, missing_codes, split, uncited

DEFAULT = Path(__file__).parent / "definitions" / "defaults" / "policy.yaml"

Effect = Literal["warning", "failed", "escalate", "refund_promise", "sla_mentioned"]
_Line = Annotated[str, Field(min_length=1, max_length=1_000)]


def _compiles(pattern: str) -> str:
    """Return *pattern*, or raise ValueError."""
    _try([pattern])
    return pattern


_Pattern = Annotated[_Line, AfterValidator(_compiles)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Part):
    """
    What must not stand in a draft, or what to know of the customer's message; applied to each
    sentence.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    message: Annotated[_Line, Field(description="what the support agent reads")]
    effects: Annotated[tuple[Effect, ...], Field(min_length=1)]
    applies_to: Literal["draft", "reading"] = "draft"
    sentiments: Annotated[
        tuple[Sentiment, ...], Field(description="of the customer, if not any")
    ] = ()
    phrases: tuple[_Line, ...] = ()
    patterns: tuple[_Pattern, ...] = ()
    unless: tuple[_Pattern, ...] = ()

    @model_validator(mode="after")
    def _compiles_together(self) -> Self:
        if not self.phrases and not self.patterns:
            raise ValueError("give a phrase or a pattern")
        for field, patterns in (("patterns", self.all_patterns), ("unless", self.unless)):
            try:
                _try(patterns)
            except ValueError as error:
                raise mistake(f"all together: {error}", field) from None
        return self

    @property
    def all_patterns(self) -> tuple[str, ...]:
        """Return the patterns, phrases among them, one of which a sentence has to have."""
        return (*map(_phrase, self.phrases), *self.patterns)

    def applies(self, sentence: str) -> bool:
        """Return whether *sentence* has a phrase or pattern of the rule, and no exception."""
        return self._is_said(sentence) and not (self.unless and self._is_excepted(sentence))

    @cached_property
    def _is_said(self) -> Callable[[str], bool]:
        return _any_of(self.all_patterns)

    @cached_property
    def _is_excepted(self) -> Callable[[str], bool]:
        return _any_of(self.unless)


class Escalate(_Part):
    """Which tickets a person takes over, whatever the draft says."""

    categories: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ("P1",)
    sentiments: tuple[Sentiment, ...] = ()
    signals: tuple[Signal, ...] = ("legal_threat", "security_report", "injection")


class Policy(_Part):
    """The user's rules and limits."""

    version: _Line
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_evidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    escalate: Escalate = Escalate()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _has_unique_ids(self) -> Self:
        ids: set[str] = set()
        for n, rule in enumerate(self.rules):
            if rule.id in ids:
                raise mistake("two rules have one id", "rules", n, "id")
            ids.add(rule.id)
        return self

    def objections(self, text: str, of: str, feels: str) -> Iterator[Rule]:
        """
        Yield the rules that apply to a sentence of *text*.

        Args:
            of: what *text* is: `draft` or `reading`.
            feels: the customer's sentiment.
        """
        sentences = list(filter(self._may_object[of], map(str.strip, split(text))))
        for rule in self.rules if sentences else ():
            meant = rule.applies_to == of and (not rule.sentiments or feels in rule.sentiments)
            if meant and any(rule.applies(sentence) for sentence in sentences):
                yield rule

    @cached_property
    def _may_object(self) -> dict[str, Callable[[str], bool]]:
        """
        Return what tells whether any rule could apply to a sentence: most say nothing that
        interests one, and so are asked about once instead of by every rule.
        """
        return {of: _any_rule([r for r in self.rules if r.applies_to == of]) for of in _TEXTS}


_TEXTS = ("draft", "reading")
_MOST_COMBINED = 4_000
"""Characters of patterns that are searched in one; 5,400 took 77 MB on texts beyond ASCII."""


def _any_rule(rules: Sequence[Rule]) -> Callable[[str], bool]:
    """Return what tells whether a text has a pattern of any of *rules*."""
    patterns = [pattern for rule in rules for pattern in rule.all_patterns]
    if not patterns:
        return lambda text: False
    if sum(map(len, patterns)) > _MOST_COMBINED:
        return lambda text: True  # every rule is asked
    try:
        return _any_of(patterns)
    except ValueError:  # too large together
        return lambda text: True


def load(path: Path | None = None) -> Policy:
    """
    Return the policy in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a policy; file, line and field are named.
    """
    return load_yaml(path or DEFAULT, Policy)


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
    if ticket.reading.kind not in get_args(Kind):
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
"""Publishers count from 0 or 1; from here on it is not the first message in either case."""


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
"""Characters. What is longer says more than it should."""


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
    translated = _is_translated(ticket)
    if translated:
        yield _Issue("The draft is in another language than its sources: compare them.", _LOOK)
    for unsupported in grounding.check(body, ticket.passages, asked=said, translated=translated):
        yield _Issue(str(unsupported), ("failed",))


def _is_translated(ticket: DraftedTicket) -> bool:
    """Return whether the draft is in another language than the passages that it cites."""
    body = ticket.answer_draft.body
    ids = cited(body)
    sources = " ".join(p.text for p in ticket.passages if p.doc_id in ids)
    drafting = ticket.meta.stages.get("drafting")
    if not sources or (drafting and drafting.backend == "embedded"):
        return False  # the embedded writer quotes
    spoken, written = language(sources), language(uncited(body))
    return "und" not in (spoken, written) and spoken != written


_NAMES = {
    "email": "an e-mail address",
    "card": "a card number",
    "iban": "an IBAN",
    "phone": "a telephone number",
}
_QUOTED_WORDS = 8
"""As many words of an internal note in a row are a quotation."""


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
"""Characters of the customer's message that rules are applied to; what comes later is a log."""


# Patterns.


def _any_of(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return what tells whether one of *patterns* is in a text; ValueError as `finder`."""
    if len(patterns) == 1:
        return finder(f"(?i){patterns[0]}")
    return finder("(?i)" + "|".join(f"(?:{pattern})" for pattern in patterns))


def _phrase(words: str) -> str:
    """Return *words* as a pattern: whole words where its script puts spaces between them."""
    before = r"(?:^|\W)" if _is_word(words[0]) else ""
    after = r"(?:\W|$)" if _is_word(words[-1]) else ""
    return before + r"\s+".join(re.escape(w) for w in words.split()) + after


def _is_word(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x2E80  # CJK has no spaces


def _try(patterns: Sequence[str]) -> None:
    try:
        _any_of(patterns)
    except ValueError as error:
        raise ValueError(f"is not a pattern of Rust's regex: {error}") from None
