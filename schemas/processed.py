"""Stage 4 adds the verdict. What comes out is what a support agent's desk needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from schemas.base import Event, Moment, Word
from schemas.draft import AnswerDraft, CitationOutput
from schemas.knowledge import TextSpan
from schemas.meta import Meta
from schemas.triage import TriageOutput


class PolicyCheck(Event):
    """
    Policy compliance check: may the draft be sent?

    `passed`: a person may send it as it is. `warning`: a person must look first.
    `failed`: it must not be sent.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "refund_promise": False,
                    "sla_mentioned": True,
                    "escalation_needed": False,
                    "compliance": "passed",
                    "issues": None,
                }
            ]
        }
    )

    refund_promise: Annotated[bool, Field(description="Contains refund promise")]
    sla_mentioned: Annotated[bool, Field(description="Mentions SLA/timeline")]
    escalation_needed: Annotated[bool, Field(description="Requires escalation")]
    compliance: Annotated[
        str, Field(pattern="^(passed|failed|warning)$", description="Overall compliance status")
    ]
    issues: Annotated[tuple[str, ...] | None, Field(description="Compliance issues found")] = None


class SentenceEvidence(Event):
    """
    What a sentence of the draft rests on. `text[start:end]` of its part is the sentence.

    Its class is `line` (word for word one of the knowledge base), `ours` (a fixed phrase of the
    operator's), `restated` (it keeps what one line says, in other words) or `unsupported`.
    """

    part: Annotated[Word, Field(description="greeting, body, closing")]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    rests_on: Annotated[Word, Field(description="line, ours, restated, unsupported, ...")]
    doc_id: str | None = None
    chunk_id: str | None = None
    line: Annotated[int | None, Field(description="number of the line in its article")] = None
    spans: Annotated[
        tuple[TextSpan, ...], Field(description="of the line, into the article's canonical text")
    ] = ()
    text_hash: Annotated[str, Field(description="SHA-256 of that text, in hex")] = ""
    updated_at: Annotated[Moment | None, Field(description="of the article")] = None


class AnsweredQuestion(Event):
    """What becomes of one question of the customer's."""

    question: str
    answered: Annotated[Word, Field(description="fully, partly, not, ...")]
    lines: Annotated[
        tuple[tuple[str, int], ...], Field(description="that answer it: (doc_id, number of line)")
    ] = ()


class Source(Event):
    """An article that the draft quotes, and how old it is."""

    doc_id: str
    title: str
    url: str = ""
    updated_at: Moment | None = None
    quote: Annotated[str, Field(description="the first line that is quoted")] = ""


class Assist(Event):
    """
    What a support agent wants beside the draft.

    `readiness`: `ready` (send `reply_text` as it is), `review` (read it first), `findings_only`
    (there is no reply worth sending, but something to know), `no_reply_needed`. `blocker` says
    what is missing where it is not ready: `customer_info`, `knowledge`, `human_action`,
    `contradiction`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "question", "language": "en", "signals": [], "unanswered": []}]
        }
    )

    kind: str = "question"
    language: str = "und"
    signals: tuple[str, ...] = ()
    unanswered: Annotated[
        tuple[str, ...],
        Field(description="what the customer asked and the knowledge base does not answer"),
    ] = ()
    readiness: Annotated[Word, Field(description="ready, review, findings_only, ...")] = "review"
    blocker: Annotated[
        Word | None, Field(description="customer_info, knowledge, human_action, contradiction, ...")
    ] = None
    reply_text: Annotated[
        str, Field(description="greeting, body and closing without citation marks, to be copied")
    ] = ""
    questions: tuple[AnsweredQuestion, ...] = ()
    ask_back: Annotated[
        str | None, Field(description="one question whose answer would help the most")
    ] = None
    note: Annotated[str, Field(description="for the agent, at most three sentences")] = ""
    sources: tuple[Source, ...] = ()


_EXAMPLE: dict[str, Any] = {
    "ticket_id": "TKT-2025-001",
    "timestamp": "2025-01-15T10:30:00+00:00",
    "triage": {
        "category": "Billing",
        "subcategory": "Duplicate Charge",
        "priority": "P2",
        "sla_hours": 24,
        "suggested_team": "Finance Team",
        "sentiment": "frustrated",
        "confidence": 0.92,
    },
    "answer_draft": {
        "greeting": "Hi John,",
        "body": "I understand your concern about the duplicate charge [KB-1234].",
        "closing": "Best regards,\nSupport Team",
        "tone": "empathetic_professional",
    },
    "citations": [
        {
            "doc_id": "KB-1234",
            "chunk_id": "KB-1234-c-45",
            "title": "Duplicate Charge Resolution",
            "score": 0.89,
            "url": "https://kb.company.com/billing/duplicate",
        }
    ],
    "policy_check": {
        "refund_promise": False,
        "sla_mentioned": True,
        "escalation_needed": False,
        "compliance": "passed",
    },
}


class TicketOutput(Event):
    """Complete output model for processed ticket."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    ticket_id: Annotated[str, Field(description="Ticket identifier")]
    timestamp: datetime = Field(
        default_factory=lambda: datetime.now(UTC),
        description="Processing timestamp, ISO 8601, UTC",
    )
    triage: TriageOutput
    answer_draft: AnswerDraft
    citations: Annotated[tuple[CitationOutput, ...], Field(description="Knowledge base citations")]
    policy_check: PolicyCheck

    message_id: Annotated[str | None, Field(description="of the message that was answered")] = None
    revision: Annotated[
        int | None, Field(description="of the message; a lower one than the latest is stale")
    ] = None
    brand: Annotated[str | None, Field(description="of the ticket")] = None
    metadata: Annotated[dict[str, Any], Field(description="as the publisher gave it")] = {}
    evidence: Annotated[
        tuple[SentenceEvidence, ...] | None,
        Field(description="what each sentence of the draft rests on, in order"),
    ] = None
    assist: Assist | None = None
    meta: Meta | None = None


ProcessedTicket = TicketOutput
"""Event on `ticket-processed`: exactly the answer of the HTTP call."""
