"""A ticket, and what people say of it: which articles answer it, and what a reply must say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from schemas import IncomingTicket
from schemas.knowledge import DocId
from schemas.triage import Priority
from streams.cli.evaluate.facts import finder_of

MessageKey = tuple[str, str | None]
"""A ticket's id and its message's."""


def _usable(fact: str) -> str:
    try:
        finder_of(fact)
    except ValueError as error:
        raise ValueError(f"is not a text or a pattern of Rust's regex: {error}") from None
    return fact


def _is_list(given: Any) -> Any:
    texts = isinstance(given, list | tuple) and all(isinstance(one, str) for one in given)
    if not texts:
        raise ValueError("must be a list of texts, even of one")
    return given


_TEXTS = BeforeValidator(_is_list)


class TicketLabels(BaseModel):
    """What people say of a ticket. What is not given is not measured."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    answered_by: Annotated[tuple[DocId, ...], _TEXTS] | None = None
    """Articles one of which a right reply cites; none if nothing in the knowledge base answers."""
    facts: Annotated[tuple[Annotated[str, AfterValidator(_usable)], ...], _TEXTS] = ()
    """What a right reply says, all of it."""
    answer: str | None = None
    """A reply that somebody would have sent."""
    answerable: bool | None = None
    """Whether the knowledge base answers; by default, whether an article or a fact is given."""
    kind: str = "question"
    """What the message is: `thanks` and `auto_reply` want no answer from an article."""
    category: str | None = None
    priority: Priority | None = None

    @property
    def can_be_answered(self) -> bool | None:
        """Whether the knowledge base answers; None if nobody says."""
        if self.answerable is not None:
            return self.answerable
        if self.answered_by is None:
            return True if self.facts else None
        return bool(self.answered_by)


@dataclass(frozen=True)
class LabelledTicket:
    """A ticket, and its labels."""

    ticket: IncomingTicket
    labels: TicketLabels

    @property
    def key(self) -> MessageKey:
        """Return what names the ticket's message."""
        return self.ticket.ticket_id, self.ticket.message_id


LABELS = tuple(TicketLabels.model_fields)
ALIASES = {"id": "ticket_id", "message": "raw_message"}
"""Columns that stand for others."""
COLUMNS = (*ALIASES, *IncomingTicket.model_fields, *LABELS)
"""The columns that a file of labelled tickets may have."""
