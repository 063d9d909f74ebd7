"""Stage 1 adds what the ticket is about, how urgent it is, and whose it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from schemas.base import Event, Word
from schemas.meta import Meta
from schemas.ticket import IncomingTicket

Sentiment = Literal["satisfied", "neutral", "frustrated"]
Priority = Literal["P1", "P2", "P3"]
MessageKind = Literal["question", "thanks", "auto_reply", "empty"]
"""The kinds that this version writes."""
Signal = Literal["legal_threat", "security_report", "injection", "card_number", "outage"]
"""The signals that this version writes."""
_SAYS_NOTHING_TO_ANSWER = ("thanks", "auto_reply", "empty")


class TriageOutput(Event):
    """Triage classification output."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "category": "Billing",
                    "subcategory": "Duplicate Charge",
                    "priority": "P2",
                    "sla_hours": 24,
                    "suggested_team": "Finance Team",
                    "sentiment": "frustrated",
                    "confidence": 0.92,
                }
            ]
        }
    )

    category: Annotated[str, Field(description="Main category")]
    subcategory: Annotated[str, Field(description="Specific subcategory")]
    priority: Annotated[str, Field(pattern="^P[1-3]$", description="Priority level: P1/P2/P3")]
    sla_hours: Annotated[int, Field(ge=1, le=168, description="SLA in hours")]
    suggested_team: Annotated[str, Field(description="Recommended team for assignment")]
    sentiment: Annotated[str, Field(description="Customer sentiment")]
    confidence: Annotated[float, Field(ge=0, le=1, description="Classification confidence")]


class Reading(Event):
    """
    The customer's own words, and what kind of message they are.

    `text` is the message without quoted history, signature and markup. Later stages work
    on it and never on the raw message.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "I was charged twice for my subscription this month.",
                    "kind": "question",
                    "language": "en",
                    "queries": ["charged twice subscription"],
                }
            ]
        }
    )

    text: str
    kind: Annotated[Word, Field(description="question, thanks, auto_reply, empty, ...")] = (
        "question"
    )
    language: Annotated[str, Field(description="BCP 47, `und` if unknown")] = "und"
    queries: Annotated[
        tuple[str, ...], Field(description="what to ask the knowledge base, one per problem")
    ] = ()
    questions: Annotated[
        tuple[str, ...],
        Field(description="what the customer asks, in their own words, numbered from 1 to 8"),
    ] = ()
    further_question: Annotated[
        str | None,
        Field(description="the ninth question, which says that there are more than are numbered"),
    ] = None
    signals: Annotated[
        tuple[Word, ...],
        Field(
            description="what a person must know before answering: legal_threat,"
            " security_report, injection, card_number, outage, ..."
        ),
    ] = ()

    @property
    def asks(self) -> bool:
        """Whether the message is to be looked up and answered. An unknown kind is."""
        return self.kind not in _SAYS_NOTHING_TO_ANSWER


EXAMPLE: dict[str, JsonValue] = {
    "ticket": {"ticket_id": "TKT-1", "raw_message": "I was charged twice."},
    "reading": {"text": "I was charged twice."},
    "triage": {
        "category": "Billing",
        "subcategory": "Duplicate Charge",
        "priority": "P2",
        "sla_hours": 24,
        "suggested_team": "Finance Team",
        "sentiment": "neutral",
        "confidence": 0.92,
    },
}
"""Example of a `TriagedTicket`. The examples of later stages extend it."""


class TriagedTicket(Event):
    """`triaged-tickets`: an incoming ticket, read and classified."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    ticket: IncomingTicket
    reading: Reading
    triage: TriageOutput
    meta: Meta = Meta()
