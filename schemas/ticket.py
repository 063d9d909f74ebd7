"""
What a customer wrote: `TicketInput` over HTTP, `IncomingTicket` over Kafka.

`IncomingTicket` takes every `TicketInput` and is more lenient, because customers are:
"Site down" is a message, a phone contact has no e-mail, `anna@corp.local` is one.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, EmailStr, Field, JsonValue, model_validator

from schemas.base import Event, Word

MAX_TICKET_BYTES = 256_000
"""Bytes of JSON in the largest ticket. A larger one becomes a dead letter."""
MAX_NESTING = 100
"""Deepest nesting of metadata and unknown fields. JSON parsers stop at 200, and a ticket travels
inside larger events."""
MAX_INTEGER = 2**63 - 1
"""Largest integer in a known field: readers in other languages have 64 bits."""

DEFAULT_TENANT = "default"
"""Tenant of a ticket without one."""

MAX_ID = 256
"""Most characters of an id."""

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
Text = Annotated[str, Field(max_length=200_000)]
Short = Annotated[str, Field(max_length=1_000)]


def _whole(number: Any) -> Any:
    """Return 3 for 3.0, which is an integer in JSON Schema and none where pydantic is strict."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Whole = Annotated[int, Field(ge=0, le=MAX_INTEGER), BeforeValidator(_whole)]


class PreviousMessage(Event):
    """
    One earlier message of the ticket. Only public text is ever quoted in a draft.

    An unknown role is not the customer's, and an unknown visibility is not public.
    """

    id: Id | None = None
    role: Annotated[Word, Field(description="customer, agent, bot, ...")]
    visibility: Annotated[Word, Field(description="public, internal, ...")] = "public"
    at: datetime | None = None
    text: Text


class Attachment(Event):
    """What was attached, described; never its bytes. `text` is what was read out of it."""

    id: Id | None = None
    name: Short | None = None
    media_type: Short | None = None
    size: Annotated[Whole, Field(description="bytes")] | None = None
    url: Short | None = None
    text: Text | None = None


class _Optional(Event):
    """What both kinds of ticket may carry beside the required fields."""

    message_id: Annotated[Id | None, Field(description="the publisher's id of this message")] = None
    revision: Annotated[
        Whole | None, Field(description="grows with each message of the ticket")
    ] = None
    subject: Short | None = None
    customer_id: Id | None = None
    tenant: Annotated[Id, Field(description="whose knowledge base answers")] = DEFAULT_TENANT
    brand: Annotated[Short | None, Field(description="in whose name drafts speak")] = None
    channel: Annotated[Short | None, Field(description="email, chat, phone, ...")] = None
    language: Annotated[str | None, Field(max_length=35, description="BCP 47, if known")] = None
    created_at: datetime | None = None
    body_format: Annotated[
        Word, Field(description="text, html, markdown, ...; an unknown one is read as text")
    ] = "text"
    previous_messages: Annotated[tuple[PreviousMessage, ...], Field(max_length=200)] = ()
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=100)] = ()
    metadata: Annotated[
        dict[str, Any],
        Field(description=f"echoed in the result; at most {MAX_NESTING} levels deep"),
    ] = {}

    @model_validator(mode="after")
    def _travels_unchanged(self) -> Self:
        free: list[Any] = [self.metadata] if self.metadata else []
        parts: tuple[Event, ...] = (self, *self.previous_messages, *self.attachments)
        for part in parts:
            if part.model_extra:
                free.extend(part.model_extra.values())
        _check_travels_unchanged(free)
        return self


_EXAMPLE: dict[str, JsonValue] = {
    "ticket_id": "TKT-2025-001",
    "raw_message": "I was charged twice for my subscription this month. Please help!",
    "customer_name": "John Doe",
    "customer_email": "john.doe@example.com",
}
_SOMETHING: dict[str, JsonValue] = {"type": "string", "pattern": r"\S"}


class TicketInput(_Optional):
    """Input model for incoming support tickets."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    ticket_id: Id
    raw_message: Annotated[Text, Field(min_length=10)]
    customer_name: Annotated[Short, Field(min_length=1)]
    customer_email: EmailStr
    body_format: Literal["text", "html", "markdown"] = "text"


class IncomingTicket(_Optional):
    """
    What a ticketing system publishes to `incoming-tickets`.

    Required are `ticket_id` and a non-empty `raw_message` or `subject`. Too little to
    answer is escalated, not rejected.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _EXAMPLE,
                {
                    "ticket_id": "TKT-2",
                    "message_id": "m-1",
                    "subject": "Site down",
                    "channel": "phone",
                },
            ],
            "anyOf": [
                {"required": ["raw_message"], "properties": {"raw_message": _SOMETHING}},
                {"required": ["subject"], "properties": {"subject": _SOMETHING}},
            ],
        }
    )

    ticket_id: Id
    raw_message: Text = ""
    customer_name: Short | None = None
    customer_email: Annotated[Short | None, Field(description="any string")] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.raw_message.strip() and not (self.subject or "").strip():
            raise ValueError("give a raw_message or a subject that is not empty")
        return self


class TooLarge(ValueError):
    """A ticket has more than MAX_TICKET_BYTES."""


def parse_ticket(value: bytes) -> IncomingTicket:
    """
    Return the ticket in *value*, a message on incoming-tickets; a byte order mark may precede it.

    Raises:
        TooLarge: The pipeline does not take it.

        pydantic.ValidationError: It is not JSON, or no ticket.
    """
    found = value.removeprefix(BOM_UTF8)
    if len(found) > MAX_TICKET_BYTES:
        raise TooLarge(f"larger than {MAX_TICKET_BYTES:,} bytes")
    return IncomingTicket.model_validate_json(found)


def _check_travels_unchanged(values: list[Any]) -> None:
    """Raise ValueError if JSON *values* would not come out of the pipeline as they went in."""
    for level in range(MAX_NESTING + 1):
        if any(isinstance(value, float) and not isfinite(value) for value in values):
            raise ValueError("metadata and unknown fields hold no number beyond 1.8e308, nor NaN")
        inside = [value for value in values if isinstance(value, dict | list)]
        if not inside:
            return
        if level == MAX_NESTING:
            raise ValueError(f"metadata and unknown fields are nested at most {level} levels deep")
        values = [v for i in inside for v in (i.values() if isinstance(i, dict) else i)]
