"""
Reads the request of a process call: from headers and body to what goes to Kafka.

Whatever is wrong with it is raised as a Refusal: 408, 413, 415 or 422.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from uuid import uuid4

import pydantic
from aiohttp import web
from multidict import CIMultiDictProxy
from pydantic_core import ErrorDetails, from_json

from health.http import responses
from health.http.api_keys import reach
from health.tickets.outcomes import content_digest, ticket_key
from health.tickets.request_reply import Call
from schemas import IncomingTicket, TicketInput
from schemas.envelope import CORRELATION_ID, Headers, event_id, input_identity
from schemas.http import HTTPValidationError, ValidationError
from schemas.ticket import MAX_TICKET_BYTES, TooLarge, parse_ticket
from schemas.topics import PROCESSED
from streams.errors import reason_of
from streams.tracing import TRACEPARENT, TRACESTATE, parse_traceparent

IDEMPOTENCY_KEY = "idempotency-key"
_MOST_STATE = 512
"""Characters of a `tracestate` that have to be passed on; a longer one is left behind."""
_ENCODINGS = ("identity", "gzip", "deflate")
"""Those that aiohttp unpacks wherever it runs; it would pass others on as they are."""
_AT = re.compile(r"line (\d+) column (\d+)$")


@dataclass(frozen=True)
class ProcessRequest:
    """What a caller wants to have processed."""

    ticket: IncomingTicket
    call: Call
    named_by: tuple[str, str]
    """The part of the request that gives the message's id, as in an HTTPValidationError."""


async def read_request(request: web.Request) -> ProcessRequest:
    """Return the ticket that *request* brings. Raises Refusal."""
    ticket = await _ticket(request)
    named_by = ("body", "message_id")
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None:
        keyed = _named(ticket, key)
        if ticket.message_id is None:
            ticket, named_by = keyed, ("header", IDEMPOTENCY_KEY)
    incoming, call = _call(ticket, request.headers)
    return ProcessRequest(incoming, call, named_by)


def used_for_another(asked: ProcessRequest) -> responses.Refusal:
    """Return the answer that the message's id stands for another content already."""
    wrong = ValidationError(
        loc=asked.named_by,
        msg="It was used for this ticket with another content; give a new message a new one",
        type="value_error",
    )
    return responses.Refusal(422, HTTPValidationError(detail=(wrong,)))


async def _ticket(request: web.Request) -> TicketInput:
    if request.content_type != "application/json" or not _is_utf8(request):
        raise responses.problem(415, "Send the ticket as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() not in _ENCODINGS:
        accepted = {"Accept-Encoding": ", ".join(_ENCODINGS)}
        raise responses.problem(415, "Send the ticket as it is, or packed once by gzip.", accepted)
    body = (await responses.read_body(request)).removeprefix(BOM_UTF8)
    _check(body)
    try:
        # Strict: `true` and "5" are no integers, as the document says.
        ticket = TicketInput.model_validate_json(body, strict=True)
    except pydantic.ValidationError as error:
        raise _invalid(error, "body") from None
    return _of_its_tenant(ticket, request)


def _of_its_tenant(ticket: TicketInput, request: web.Request) -> TicketInput:
    """Return *ticket*, its tenant that of the caller's key if it names none."""
    may = reach(request)
    if "tenant" not in ticket.model_fields_set and may.tenant != ticket.tenant:
        ticket = ticket.model_copy(update={"tenant": may.tenant})
    if not may.includes(ticket.tenant):
        raise responses.problem(403, "This API key is not for the tenant that the ticket names.")
    return ticket


def _named(ticket: TicketInput, key: str) -> TicketInput:
    """Return *ticket* with *key* as its message_id."""
    try:
        # The draft of the header (draft-ietf-httpapi-idempotency-key-header) quotes it; few do.
        given = {**ticket.model_dump(exclude_unset=True), "message_id": key.strip('"')}
        return TicketInput.model_validate(given)
    except pydantic.ValidationError as error:
        raise _invalid(error, "header", IDEMPOTENCY_KEY) from None


def _is_utf8(request: web.Request) -> bool:
    return (request.charset or "utf-8").lower() in ("utf-8", "utf8", "us-ascii")


def _check(body: bytes) -> None:
    """Refuse a *body* that is no JSON, or what a worker would refuse: NaN, half a surrogate."""
    try:
        from_json(body, allow_inf_nan=False)
    except ValueError as error:
        found = _AT.search(str(error))
        line, column = map(int, found.groups()) if found else (1, 1)
        before = sum(len(part) + 1 for part in body.split(b"\n")[: line - 1])
        loc = ("body", before + max(0, column - 1))
        wrong = ValidationError(loc=loc, msg="JSON decode error", type="json_invalid")
        raise responses.Refusal(422, HTTPValidationError(detail=(wrong,))) from None


def _invalid(error: pydantic.ValidationError, *where: str) -> responses.Refusal:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    fixed = where if where[0] == "header" else ()
    detail = tuple(
        ValidationError(loc=fixed or (*where, *e["loc"]), msg=_reason(e), type=e["type"])
        for e in found
    )
    return responses.Refusal(422, HTTPValidationError(detail=detail))


def _reason(found: ErrorDetails) -> str:
    """Return why, without the value: what is in parentheses about an e-mail quotes its domain."""
    why = reason_of(found)
    return why.partition(" (")[0] if found["loc"] == ("customer_email",) else why


def _call(ticket: TicketInput, given: CIMultiDictProxy[str]) -> tuple[IncomingTicket, Call]:
    """
    Return *ticket* as it goes to Kafka, and what its result will be called.

    Raises:
        Refusal: 413 or 422 if a worker would not take it.
    """
    value = ticket.model_dump_json(exclude_unset=True).encode()
    try:
        incoming = parse_ticket(value)  # just as a worker reads it
    except TooLarge:
        raise responses.problem(413, f"A ticket has at most {MAX_TICKET_BYTES} bytes.") from None
    except pydantic.ValidationError as error:
        raise _invalid(error, "body") from None
    correlation_id = uuid4().hex
    headers: Headers = [
        ("content-type", b"application/json"),
        (CORRELATION_ID, correlation_id.encode()),
        *_trace(given),
    ]
    result_id = event_id(PROCESSED.ce_type, incoming, input_identity(incoming, headers))
    return incoming, Call(
        ticket.ticket_id,
        value,
        headers,
        result_id,
        correlation_id,
        ticket_key(incoming.tenant, incoming.ticket_id),
        incoming.revision,
        content_digest(incoming),
    )


def _trace(given: CIMultiDictProxy[str]) -> Headers:
    """
    Return the headers of the caller's trace, if it has one.

    None is made here: workers that record traces begin one, and sample it as they are told to.
    """
    parent, state = given.get(TRACEPARENT, ""), ",".join(given.getall(TRACESTATE, ()))
    if not parse_traceparent(parent):
        return []
    states = [(TRACESTATE, state.encode())] if _is_state(state) else []
    return [(TRACEPARENT, parent.encode()), *states]


def _is_state(value: str) -> bool:
    return 0 < len(value) <= _MOST_STATE and value.isascii() and value.isprintable()
