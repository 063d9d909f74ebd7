"""
The topics: what each carries, and how `ticketstream topics` creates it.

This is the only place where their names stand. A prefix from the settings goes in front.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.base import Event
from schemas.draft import DraftedTicket
from schemas.knowledge import Article, GroundedTicket
from schemas.processed import ProcessedTicket
from schemas.spending import Spending
from schemas.ticket import IncomingTicket
from schemas.triage import TriagedTicket

E = TypeVar("E", bound=Event)

DAYS_MS = 24 * 60 * 60 * 1000
MAX_EVENT_BYTES = 1_000_000
"""`max.message.bytes` of the stages' topics. A larger message becomes a dead letter."""
MAX_DEAD_LETTER_BYTES = 2_000_000
"""Larger than all other limits: a dead letter is the whole message plus error headers."""


@dataclass(frozen=True)
class Topic(Generic[E]):
    """
    A topic, and the type of the events on it.

    `ce_type` is the CloudEvents type of what the product itself publishes there. A compacted one
    keeps the last message of each key, for ever if there is no `retention_ms`.
    """

    name: str
    carries: type[E]
    ce_type: str
    partitions: int = 12
    retention_ms: int | None = 7 * DAYS_MS
    compacted: bool = False
    max_message_bytes: int = MAX_EVENT_BYTES

    @property
    def cleanup_policy(self) -> str:
        """Return `cleanup.policy` as Kafka has it."""
        if not self.compacted:
            return "delete"
        return "compact" if self.retention_ms is None else "compact,delete"

    @property
    def dataschema(self) -> str:
        """Return the name of its events' JSON Schema: `$id` in `json/`, header `ce_dataschema`."""
        return f"urn:ticketstream:schema:{self.ce_type}"


INCOMING = Topic(
    "incoming-tickets", IncomingTicket, "ticketstream.ticket.incoming.v1", retention_ms=14 * DAYS_MS
)
TRIAGED = Topic("triaged-tickets", TriagedTicket, "ticketstream.ticket.triaged.v1")
GROUNDED = Topic("grounded-tickets", GroundedTicket, "ticketstream.ticket.grounded.v1")
DRAFTED = Topic("drafted-tickets", DraftedTicket, "ticketstream.ticket.drafted.v1")
PROCESSED = Topic(
    "ticket-processed",
    ProcessedTicket,
    "ticketstream.ticket.processed.v1",
    retention_ms=14 * DAYS_MS,
)
DEAD_LETTERS = Topic(
    "ticket-dead-letters",
    Event,
    "ticketstream.ticket.dead-letter.v1",
    retention_ms=14 * DAYS_MS,
    max_message_bytes=MAX_DEAD_LETTER_BYTES,
)
ARTICLES = Topic(
    "kb-articles",
    Article,
    "ticketstream.article.v1",
    partitions=1,
    retention_ms=None,
    compacted=True,
)

SPENDING = Topic("llm-spending", Spending, "ticketstream.spending.v1", partitions=1, compacted=True)

FLOW: tuple[Topic[Any], ...] = (INCOMING, TRIAGED, GROUNDED, DRAFTED, PROCESSED)
"""Topics on a ticket's way, in order."""

ALL: tuple[Topic[Any], ...] = (*FLOW, DEAD_LETTERS, ARTICLES, SPENDING)

READS: dict[str, Topic[Any]] = {
    "triage": INCOMING,
    "retrieval": TRIAGED,
    "drafting": GROUNDED,
    "policy": DRAFTED,
}
"""Topic that each stage reads, in the order of the route. A test compares it with the route."""

BY_MODEL = ("triage", "drafting")
"""The stages that ask a language model, if there is one, once for a ticket."""
