"""Stage 3 adds an answer, every claim of which cites a passage."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from schemas import knowledge
from schemas.base import Event
from schemas.knowledge import DocId, GroundedTicket

_DRAFT: dict[str, JsonValue] = {
    "greeting": "Hi John,",
    "body": "The second charge is returned within 5 business days [KB-1234].",
    "closing": "Best regards,\nSupport Team",
    "tone": "empathetic_professional",
}


class AnswerDraft(Event):
    """Draft response structure."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DRAFT]})

    greeting: Annotated[str, Field(description="Personalized greeting")]
    body: Annotated[str, Field(description="Main response body with [DOC-ID] citations")]
    closing: Annotated[str, Field(description="Professional closing")]
    tone: Annotated[
        str,
        Field(description="Response tone: empathetic_professional | formal | casual"),
    ] = "empathetic_professional"


_CITATION: dict[str, JsonValue] = {
    "doc_id": "KB-1234",
    "chunk_id": "KB-1234-c-45",
    "title": "Duplicate Charge Resolution",
    "score": 0.89,
    "url": "https://kb.company.com/billing/duplicate",
}


class CitationOutput(Event):
    """Citation reference for knowledge base articles."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CITATION]})

    doc_id: Annotated[DocId, Field(description="Document ID")]
    chunk_id: Annotated[str, Field(description="Specific chunk ID")]
    title: Annotated[str, Field(description="Document title")]
    score: Annotated[float, Field(ge=0, le=1, description="Relevance score")]
    url: Annotated[str, Field(description="Knowledge base URL; empty if the article has none")]


class DraftedTicket(GroundedTicket):
    """`drafted-tickets`: + the draft and what it cites, in the order of first citation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {**knowledge.EXAMPLE, "answer_draft": _DRAFT, "citations": [_CITATION]},
            ]
        }
    )

    answer_draft: AnswerDraft
    citations: tuple[CitationOutput, ...]
    unanswered: Annotated[
        tuple[str, ...],
        Field(description="what the customer asked and no passage answers"),
    ] = ()
