"""What became of a ticket, and how that compares with its labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from schemas import DraftedTicket, ProcessedTicket, StageReport
from streams.cli.evaluate.facts import is_said
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.shown_evidence import evidence_of
from streams.text.citations import uncited
from streams.text.words import stems

PASSED = "passed"
_WANT_NO_ANSWER = ("thanks", "auto_reply", "empty")
"""Kinds of messages; a word of ours for thanks is right, and no other reply is."""


@dataclass(frozen=True)
class TicketOutcome:
    """A ticket as it came out of the route."""

    labelled: LabelledTicket
    drafted: DraftedTicket
    processed: ProcessedTicket
    seconds: float
    """From the ticket to the verdict."""

    @property
    def verdict(self) -> str:
        """Return what policy says of the draft."""
        return self.processed.policy_check.compliance

    @property
    def found(self) -> list[str]:
        """Return the articles whose passages were found, best first."""
        return list(dict.fromkeys(passage.doc_id for passage in self.drafted.passages))

    @property
    def cited(self) -> list[str]:
        """Return the articles that the draft cites."""
        return [citation.doc_id for citation in self.processed.citations]

    @property
    def lines(self) -> list[list[Any]]:
        """Return the lines of articles that the draft quotes: article and number of each."""
        evidence = self.processed.evidence or ()
        return [[one.doc_id, one.line] for one in evidence if one.line is not None]

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Return what each sentence of the draft rests on."""
        return list(evidence_of(self.drafted, self.processed))

    @property
    def reply(self) -> str:
        """Return the draft as the customer would read it."""
        draft = self.processed.answer_draft
        return "\n\n".join((draft.greeting, uncited(draft.body), draft.closing))

    @property
    def is_holding(self) -> bool:
        """Whether something was asked and the draft answers nothing."""
        return self.drafted.reading.asks and not self.cited

    @property
    def is_degraded(self) -> bool:
        """Whether a stage fell back to its embedded backend."""
        return bool(self.processed.meta and self.processed.meta.degraded)

    @property
    def is_ready(self) -> bool:
        """Whether an agent may send the reply as it is."""
        assist = self.processed.assist
        return assist is not None and assist.readiness == "ready"

    @property
    def is_answered(self) -> bool | None:
        """Whether the draft answers as its labels say; None if they do not tell."""
        labels = self.labelled.labels
        if not labels.can_be_answered or not (labels.answered_by or labels.facts):
            return None
        is_cited = bool({*self.cited} & {*labels.answered_by}) if labels.answered_by else True
        return bool(self.cited) and is_cited and not self.missing_facts

    @property
    def missing_facts(self) -> list[str]:
        """Return the facts that the draft should say and does not."""
        return [fact for fact in self.labelled.labels.facts if not is_said(fact, self.reply)]

    @property
    def is_right_to_pass(self) -> bool | None:
        """Whether the draft may pass; None if the labels do not tell."""
        labels = self.labelled.labels
        if labels.kind in _WANT_NO_ANSWER:
            return labels.kind == "thanks" and not self.cited
        if labels.can_be_answered is False:
            return False
        return self.is_answered

    @property
    def is_wrong_passed(self) -> bool:
        """Whether the draft passed and should not have."""
        return self.verdict == PASSED and self.is_right_to_pass is False

    @property
    def tokens(self) -> int:
        """Return the tokens that a language model read and wrote for the ticket."""
        return sum(report.tokens_in + report.tokens_out for report in self._reports)

    @property
    def dollars(self) -> float:
        """Return what these cost."""
        return sum(report.cost_usd for report in self._reports)

    @property
    def likeness(self) -> float | None:
        """Return how many words reply and expected answer share, 0 to 1 (F1 of their stems)."""
        answer = self.labelled.labels.answer
        if answer is None:
            return None
        said, expected = (Counter(stems(text)) for text in (self.reply, answer))
        return 2 * (said & expected).total() / max(1, said.total() + expected.total())

    @property
    def _reports(self) -> list[StageReport]:
        meta = self.processed.meta
        return list(meta.stages.values()) if meta else []

    def row(self, *, show: bool) -> dict[str, Any]:
        """Return what a program reads of it; with *show* the texts, too."""
        ticket, labels = self.labelled.ticket, self.labelled.labels
        return {
            "ticket_id": ticket.ticket_id,
            "message_id": ticket.message_id,
            "verdict": self.verdict,
            "ready": self.is_ready,
            "escalated": self.processed.policy_check.escalation_needed,
            "holding": self.is_holding,
            "degraded": self.is_degraded,
            "answerable": labels.can_be_answered,
            "answered": self.is_answered,
            "wrong_passed": self.is_wrong_passed,
            "found": self.found,
            "cited": self.cited,
            "lines": self.lines,
            "missing_facts": self.missing_facts,
            "reasons": list(self.processed.policy_check.issues or ()),
            "seconds": round(self.seconds, 4),
            "tokens": self.tokens,
            "dollars": round(self.dollars, 6),
            **(self._texts() if show else {}),
        }

    def _texts(self) -> dict[str, Any]:
        return {
            "message": self.labelled.ticket.raw_message,
            "reply": self.reply,
            "evidence": self.evidence,
        }
