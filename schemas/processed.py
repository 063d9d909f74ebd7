"""Stage 4 adds the verdict. What comes out is what a support agent's desk needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from schemas.base import Event
from schemas.draft import AnswerDraft, CitationOutput
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


class Assist(Event):
    """What a support agent wants beside the draft."""

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
    metadata: Annotated[dict[str, Any], Field(description="as the publisher gave it")] = {}
    assist: Assist | None = None
    meta: Meta | None = None


ProcessedTicket = TicketOutput
"""Event on `ticket-processed`: exactly the answer of the HTTP call."""
