"""What traces show of one stage at work: a span a message, from its arrival to its outcome."""

from __future__ import annotations

from contextlib import AbstractContextManager

from schemas import Event, Meta
from streams import tracing
from streams.backends.kafka import message_spans
from streams.delivery.entry import Entry
from streams.stage import Message, ticket_of
from streams.tracing import TraceSpan

STAGE = "ticketstream.stage"
TICKET = "ticketstream.ticket_id"
OUTCOME = "ticketstream.outcome"
BACKEND = "ticketstream.backend"
DEGRADED = "ticketstream.degraded"
RETRY = "ticketstream.retry"
"""An event: the stage tries once more."""
ATTEMPT = "ticketstream.attempt"


class StageSpans:
    """The spans of a stage. What is said of a message is said of the current one."""

    def __init__(self, stage: str, group: str) -> None:
        """*group*: the stage's consumer group."""
        self._stage = stage
        self._group = group

    def carrying(self, message: Message, entry: Entry) -> AbstractContextManager[TraceSpan]:
        """Return the span of what a block does with *message*."""
        return message_spans.receiving(
            *entry.partition, entry.offset, message.headers, group=self._group
        )

    def decoded(self, event: Event) -> None:
        """Say which ticket it is about."""
        tracing.current().set(TICKET, ticket_of(event).ticket_id)

    def made(self, result: Event) -> None:
        """Say with which backend the stage made *result*, and whether it fell back to that."""
        meta = getattr(result, "meta", None)
        if isinstance(meta, Meta) and self._stage in meta.stages:
            span = tracing.current()
            span.set(BACKEND, meta.stages[self._stage].backend)
            span.set(DEGRADED, self._stage in meta.degraded)

    def retried(self, error: Exception, attempt: int) -> None:
        """Say that try number *attempt* failed with *error*, and another one follows."""
        about: dict[str, tracing.Attribute] = {"error.type": type(error).__name__, ATTEMPT: attempt}
        tracing.current().event(RETRY, about)

    def gave_up(self, error: Exception) -> None:
        """Say that the message becomes a dead letter because of *error*."""
        tracing.current().failed(type(error).__name__)
