"""
From a dead letter to the message that takes its ticket through once more. No Kafka here.

It is the message as it came, under the ticket's id, because order is promised only there. By its
headers the result gets the `ce_id` that it would have had if nothing had failed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas import Event, IncomingTicket
from schemas.dead_letters import REPLAY_OF
from schemas.envelope import (
    INPUT_ID,
    INPUT_TIME,
    TENANT,
    Headers,
    header,
    input_identity,
    outgoing,
)
from schemas.ticket import DEFAULT_TENANT, MAX_ID
from schemas.topics import INCOMING, Topic
from streams.errors import Unprocessable
from streams.stage import Message, Stage, ticket_of


class _AnyEvent(Event):
    """An event of which only the ticket matters."""

    ticket: IncomingTicket


def again(
    came: Message,
    read_from: Topic[Any],
    *,
    letter_id: str,
    mended: bytes | None,
    from_start: bool,
    other_ticket: bool = False,
) -> Message:
    """
    Return the message to publish, on its topic's name without a prefix.

    Args:
        came: the message as it came to the stage that reads *read_from*.
        mended: a value that takes the place of what came.
        from_start: begin with the first stage, with the ticket that is in the event; *mended* may
            be either of these.
        other_ticket: *mended* may be of another ticket than what came.

    Raises:
        Unprocessable: The stage that it would go to would not take it; the message says which
        fields are at fault. Or its result would have another `ce_id`, or *mended* is of another
        ticket.
    """
    to = INCOMING if from_start else read_from
    value = came.value if mended is None else mended
    if to is not read_from and (mended is None or _has_ticket(mended)):
        value = _ticket_in(value, read_from)
    event = _reading(to).decode(Message(to.name, None, value, []))
    ticket = ticket_of(event)
    if mended is not None and not other_ticket:
        _check_same(ticket, came, read_from)
    if to is read_from:
        headers = came.headers
    elif mended is None:
        headers = _headers_at_the_start(came, ticket)
    else:
        headers = _restored(came.headers, ticket, header(came.headers, INPUT_ID))
    return Message(
        to.name,
        ticket.ticket_id.encode(),
        value,
        [h for h in headers if h[0] != REPLAY_OF] + [(REPLAY_OF, letter_id.encode())],
    )


def _reading(topic: Topic[Any]) -> Stage[Any, Any]:
    """Return a stage that reads *topic* as the real one does."""
    return Stage("replay", topic, _unchanged, topic)


async def _unchanged(event: Event) -> Event:
    return event


def _has_ticket(value: bytes) -> bool:
    """Return whether *value* is an event with a ticket in it, rather than a ticket."""
    said = _object(value)
    return "ticket_id" not in said and isinstance(said.get("ticket"), dict)


def _ticket_in(value: bytes | None, read_from: Topic[Any]) -> bytes:
    """Return the ticket that is in an event, whatever else is in it."""
    event = _reading(replace(read_from, carries=_AnyEvent)).decode(
        Message(read_from.name, None, value, [])
    )
    return ticket_of(event).model_dump_json(exclude_defaults=True).encode()


def _check_same(ticket: IncomingTicket, came: Message, read_from: Topic[Any]) -> None:
    """Raise Unprocessable if *came* says that it is of another ticket than *ticket*."""
    ticket_id, tenant = _whose(came, read_from)
    for what, own, given in (
        ("ticket", ticket_id, ticket.ticket_id),
        ("tenant", tenant, ticket.tenant),
    ):
        if own is not None and own != given:
            raise Unprocessable(
                f"it is of {what} {own}, and the value given is of {what} {given}:"
                " give the right one, or --other-ticket if it was the id that was broken"
            )


def _whose(came: Message, read_from: Topic[Any]) -> tuple[str | None, str | None]:
    """Return id and tenant of the ticket that *came* is of; None for what it does not say."""
    said = _object(came.value)
    ticket = said if read_from is INCOMING else said.get("ticket")
    if isinstance(ticket, dict) and "ticket_id" in ticket:
        return _id(ticket["ticket_id"]), _id(ticket.get("tenant", DEFAULT_TENANT))
    tenant = None if read_from is INCOMING else header(came.headers, TENANT)
    try:
        return _id((came.key or b"").decode()), tenant
    except UnicodeDecodeError:
        return None, tenant


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ID else None


def _object(value: bytes | None) -> dict[str, Any]:
    """Return the JSON object that *value* is, an empty one if it is none."""
    try:
        said = json.loads(value or b"")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _headers_at_the_start(came: Message, ticket: IncomingTicket) -> Headers:
    """Return the headers of the incoming message that *came*, which has *ticket*, was made of."""
    identity = header(came.headers, INPUT_ID) or input_identity(ticket, came.headers)
    headers = _restored(came.headers, ticket, identity)
    if input_identity(ticket, headers) != identity:
        raise Unprocessable(
            "from the start its result would have another ce_id, because its identity cannot be"
            " restored: replay it without --from-start"
        )
    return headers


def _restored(
    headers: Sequence[tuple[str, bytes]], ticket: IncomingTicket, identity: str | None
) -> Headers:
    """Return *headers* of an event on its way as those of the incoming message."""
    of_stages = {name for name, _ in outgoing(INCOMING, ticket, "", [], source="replay")}
    of_stages.add(INPUT_TIME)
    kept = [(name, value) for name, value in headers if name not in of_stages]
    said = {"content-type": "application/json"}
    if event := _publishers(identity):
        source, event_id = event
        said |= {
            "ce_specversion": "1.0",
            "ce_type": INCOMING.ce_type,
            "ce_source": source,
            "ce_id": event_id,
        }
    return kept + [(name, value.encode()) for name, value in said.items()]


def _publishers(identity: str | None) -> tuple[str, str] | None:
    """Return the publisher's CloudEvents source and id, if *identity* is made of these."""
    try:
        kind, *rest = json.loads(identity or "[null]")
        source, event_id = rest if kind == "event" else (None, None)
    except (ValueError, TypeError, RecursionError):
        return None
    return (source, event_id) if isinstance(source, str) and isinstance(event_id, str) else None
