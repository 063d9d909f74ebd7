"""
From a dead letter to the message that takes its ticket through once more. No Kafka here.

In go the message as it came, and where to; out comes what is to be published: under the
ticket's id, because order is promised only there, and with headers by which the result gets
the `ce_id` that it would have had if nothing had failed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from schemas import Event, IncomingTicket
from schemas.dead_letters import REPLAY_OF
from schemas.envelope import INPUT_ID, Headers, header, input_identity, outgoing
from schemas.topics import INCOMING, Topic
from streams.errors import Unprocessable
from streams.stage import Message, Stage, ticket_of


def again(
    came: Message, read_from: Topic[Any], *, letter_id: str, mended: bytes | None, from_start: bool
) -> Message:
    """
    Return the message to publish, on its topic's name without a prefix.

    Args:
        came: the message as it came to the stage that reads *read_from*.
        mended: a value that takes the place of what came.
        from_start: begin with the first stage, with the ticket that is in the event.

    Raises:
        Unprocessable: The stage that it would go to would not take it; the message says which
        fields are at fault. Or its result would have another `ce_id`.
    """
    to = INCOMING if from_start else read_from
    if to is read_from:
        value, headers = came.value, came.headers
        event = _reading(to).decode(Message(to.name, None, value if mended is None else mended, []))
    elif mended is None:
        value, headers, event = _at_the_start(came, read_from)
    else:
        value, event = mended, _reading(to).decode(Message(to.name, None, mended, []))
        headers = _restored(came.headers, event, header(came.headers, INPUT_ID))
    return Message(
        to.name,
        ticket_of(event).ticket_id.encode(),
        value if mended is None else mended,
        [h for h in headers if h[0] != REPLAY_OF] + [(REPLAY_OF, letter_id.encode())],
    )


def _reading(topic: Topic[Any]) -> Stage[Any, Any]:
    """Return a stage that reads *topic* as the real one does."""
    return Stage("replay", topic, _unchanged, topic)


async def _unchanged(event: Event) -> Event:
    return event


def _at_the_start(came: Message, read_from: Topic[Any]) -> tuple[bytes, Headers, IncomingTicket]:
    """Return value, headers and ticket of the incoming message that *came* was made of."""
    stage = _reading(read_from)
    event = stage.decode(came)
    ticket, identity = ticket_of(event), stage.identity(event, came)
    value = ticket.model_dump_json(exclude_defaults=True).encode()
    incoming = _reading(INCOMING).decode(Message(INCOMING.name, None, value, []))
    headers = _restored(came.headers, incoming, identity)
    if input_identity(incoming, headers) != identity:
        raise Unprocessable(
            "from the start its result would have another ce_id, because its identity cannot be"
            " restored: replay it without --from-start"
        )
    return value, headers, incoming


def _restored(
    headers: Sequence[tuple[str, bytes]], ticket: IncomingTicket, identity: str | None
) -> Headers:
    """Return *headers* of an event on its way as those of the incoming message."""
    of_stages = {name for name, _ in outgoing(INCOMING, ticket, "", [], source="replay")}
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
