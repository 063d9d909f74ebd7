"""
What a message on the followed topics says of its ticket.

    incoming-tickets      an `Arrival`: from now on the ticket is in flight
    ticket-processed      a `Settled` with its result
    ticket-dead-letters   a `Settled` with a `DeadLetter`

Each names the *event*: the `ce_id` that the message's result has or would have, which follows
from the message alone, so that every replica knows the same one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from schemas import IncomingTicket, TicketOutput
from schemas.dead_letters import REPLAY_OF, failure
from schemas.envelope import ANSWERED_SINCE, INPUT_ID, TENANT, header, input_identity, result_id
from schemas.ticket import DEFAULT_TENANT, TooLarge, parse_ticket
from schemas.topics import PROCESSED


class Record(Protocol):
    """A message as aiokafka's consumer gives it."""

    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102


@dataclass(frozen=True)
class Processed:
    """A ticket came through."""

    event_id: str
    result: TicketOutput


@dataclass(frozen=True)
class DeadLetter:
    """A ticket could not be processed."""

    stage: str | None
    error_class: str | None
    message: str | None


Outcome = Processed | DeadLetter
Of = TypeVar("Of", bound=Outcome, covariant=True)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message lies on incoming-tickets. Its text is not kept."""

    event_id: str
    ticket: bytes
    """Which ticket it is of: `ticket_key`."""
    revision: int | None
    fingerprint: bytes
    """The digest of its content: see `content_digest`."""
    partition: int
    offset: int
    at: int
    """The time of publication: Unix time in milliseconds, by its publisher's clock."""
    again: bool = False
    """Whether workers do it again if they have done it before: a replay, or a call over HTTP."""


@dataclass(frozen=True, slots=True)
class Settled(Generic[Of]):
    """What became of a message."""

    event_id: str
    ticket: bytes
    revision: int | None
    at: int
    outcome: Of
    value: bytes = b""
    """The JSON of a result; empty for a dead letter."""
    tenant: str | None = None
    """The ticket's tenant; None if it can no longer be read."""


def ticket_key(tenant: str, ticket_id: str) -> bytes:
    """Return 16 bytes that stand for a ticket: ids are long at will, memory is not."""
    return _digest([tenant, ticket_id])


def content_digest(ticket: IncomingTicket) -> bytes:
    """Return 16 bytes that change with anything in *ticket* but its `message_id`."""
    return _digest(ticket.model_dump(mode="json", exclude_defaults=True, exclude={"message_id"}))


def arrival(record: Record) -> Arrival | None:
    """Return what a message of incoming-tickets is, or None if it is no ticket."""
    ticket = _incoming(record.value)
    if ticket is None:
        return None
    return Arrival(
        _event_of(ticket, record.headers, input_identity(ticket, record.headers)),
        ticket_key(ticket.tenant, ticket.ticket_id),
        ticket.revision,
        content_digest(ticket),
        record.partition,
        record.offset,
        record.timestamp,
        again=any(header(record.headers, name) for name in (REPLAY_OF, ANSWERED_SINCE)),
    )


def processed(record: Record) -> Settled[Processed] | None:
    """Return what a message of ticket-processed says, or None if it cannot be read."""
    event, value = header(record.headers, "ce_id"), record.value or b""
    try:
        result = TicketOutput.model_validate_json(value)
    except ValidationError:
        return None
    if event is None:
        return None
    tenant = header(record.headers, TENANT) or DEFAULT_TENANT
    return Settled(
        event,
        ticket_key(tenant, result.ticket_id),
        result.revision,
        record.timestamp,
        Processed(event, result),
        value,
        tenant,
    )


def dead_letter(record: Record) -> DeadLetter:
    """Return what a message of ticket-dead-letters says in its headers."""
    said = failure(record.headers)
    return DeadLetter(said.stage, said.error_class, said.reason)


def settled_by(record: Record, letter: DeadLetter) -> Settled[DeadLetter] | None:
    """
    Return which message ended as the dead *letter* in *record*, or None if it was no ticket.

    A dead letter is the input of the stage that failed: the first one's is the incoming
    message, the others' have it inside, and its identity in their headers.
    """
    ticket, carried = _incoming(record.value), None
    if ticket is None:  # by what it is, not by its headers: a publisher may set any
        ticket, carried = _carried(record.value), header(record.headers, INPUT_ID)
    if ticket is None:
        return None
    identity = carried or input_identity(ticket, record.headers)
    return Settled(
        _event_of(ticket, record.headers, identity),
        ticket_key(ticket.tenant, ticket.ticket_id),
        ticket.revision,
        record.timestamp,
        letter,
        tenant=ticket.tenant,
    )


class _Carrier(BaseModel):
    ticket: IncomingTicket


def _incoming(value: bytes | None) -> IncomingTicket | None:
    try:
        return parse_ticket(value or b"")
    except (TooLarge, ValidationError):
        return None


def _carried(value: bytes | None) -> IncomingTicket | None:
    try:
        return _Carrier.model_validate_json(value or b"").ticket
    except ValidationError:
        return None


def _event_of(ticket: IncomingTicket, headers: Sequence[tuple[str, bytes]], identity: str) -> str:
    return result_id(PROCESSED, ticket, identity, headers)


def _digest(content: object) -> bytes:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).digest()
