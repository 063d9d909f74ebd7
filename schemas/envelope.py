"""
What travels beside an event: its identity and its headers.

Headers are CloudEvents 1.0 in Kafka's binary mode; whatever else the publisher set
travels along unchanged. A header list is `[(name, bytes), ...]` as Kafka has it: names
may repeat.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from schemas.ticket import IncomingTicket
from schemas.topics import Topic

Headers = list[tuple[str, bytes]]

NAMESPACE = UUID("6f0c2d0e-5b0e-5e55-9d6b-2f1d0c9a7a11")
"""Namespace of all our event ids (UUIDv5, RFC 9562). A change of it changes every id."""
SOURCE = "ticketstream"
INPUT_ID = "ce_inputid"
"""CloudEvents extension: identity of the incoming message behind an event."""
INPUT_TIME = "ce_inputtime"
"""CloudEvents extension: when the incoming message behind an event was published."""
TENANT = "ce_tenant"
"""CloudEvents extension: the ticket's tenant. The body of a result does not have it."""
RUN = "run"
"""Header: any value but 0 has the ticket processed again, with a new event id."""
ANSWERED_SINCE = "answered-since"
"""
Header: Unix time in milliseconds. Only a result that was made later may answer a repeated
message; with NEVER, none may. Without the header, any remembered result may.
"""
NEVER = "never"
CORRELATION_ID = "correlation-id"

_FORMAT = JSONFormat()


def header(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    """Return the last value of *name* as text, or None. Bytes that are not UTF-8 are escaped."""
    found = None
    for key, value in headers:
        if key == name and value is not None:
            found = value.decode("utf-8", "backslashreplace")
    return found


def input_identity(ticket: IncomingTicket, headers: Iterable[tuple[str, bytes]]) -> str:
    """
    Return what identifies the incoming message, the same every time it is delivered.

    It is the publisher's CloudEvents source and id; else `message_id`; else a SHA-256 of
    the validated ticket in canonical form (defaults left out, keys sorted).
    """
    headers = list(headers)
    source, event_id = header(headers, "ce_source"), header(headers, "ce_id")
    if source and event_id:
        return json.dumps(["event", source, event_id])
    if ticket.message_id:
        return json.dumps(["message", ticket.message_id])
    return json.dumps(["hash", ticket_hash(ticket)])


def ticket_hash(ticket: IncomingTicket) -> str:
    """Return a SHA-256, in hexadecimal, that two tickets share only if they are equal."""
    canonical = json.dumps(
        ticket.model_dump(mode="json", exclude_defaults=True),
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def input_time(headers: Iterable[tuple[str, bytes]]) -> datetime | None:
    """Return when the incoming message behind an event was published; None if nothing says it."""
    try:
        found = datetime.fromisoformat(header(headers, INPUT_TIME) or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def event_id(ce_type: str, ticket: IncomingTicket, identity: str, run: str = "0") -> str:
    """Return the `ce_id` of the event of *ce_type* that an input becomes: a UUIDv5."""
    name = json.dumps([ce_type, ticket.tenant, ticket.ticket_id, identity, run])
    return str(uuid5(NAMESPACE, name))


def result_id(
    topic: Topic[Any],
    ticket: IncomingTicket,
    identity: str,
    headers: Iterable[tuple[str, bytes]],
) -> str:
    """Return the `ce_id` of the event on *topic* that a message with *headers* becomes."""
    return event_id(topic.ce_type, ticket, identity, header(headers, RUN) or "0")


def outgoing(
    topic: Topic[Any],
    ticket: IncomingTicket,
    identity: str,
    headers: Sequence[tuple[str, bytes]],
    *,
    source: str,
    now: datetime | None = None,
    published: datetime | None = None,
) -> Headers:
    """
    Return the headers of the event on *topic* that a message with *headers* becomes.

    Args:
        source: the stage that made it; `ce_source` is `ticketstream/<source>`.
        now: the event's `ce_time`, for tests; by default the present moment.
        published: when the incoming message was; by default what *headers* say.
    """
    published = published or input_time(headers)
    known = {"inputtime": published.isoformat(timespec="milliseconds")} if published else {}
    event = CloudEvent(
        {
            "id": result_id(topic, ticket, identity, headers),
            "source": f"{SOURCE}/{source}",
            "type": topic.ce_type,
            "subject": ticket.ticket_id,
            "time": now or datetime.now(UTC),
            "dataschema": topic.dataschema,
            "datacontenttype": "application/json",
            "inputid": identity,
            "tenant": ticket.tenant,
            **known,
        }
    )
    made = to_binary(event, _FORMAT).headers
    ours = {*made, INPUT_TIME}
    return [(k, v) for k, v in headers if k not in ours] + list(made.items())
