"""
`POST /api/v1/tickets/process`: a request becomes a message, its outcome becomes the answer.

    200 processed   413, 415, 422, 408 the request is at fault   500 it became a dead letter
    503 Kafka is away, nothing was taken                          504 queued, not through yet
"""

from __future__ import annotations

import re
import secrets
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pydantic
from aiohttp import web
from multidict import CIMultiDictProxy
from pydantic_core import ErrorDetails, from_json

from health import web as ours
from health.exchange import Call, Exchange, TimeUp
from health.follower import RETRY_SECONDS, Follower
from health.outcomes import Outcome, Outcomes, Processed
from schemas import IncomingTicket, TicketInput
from schemas.envelope import CORRELATION_ID, Headers, event_id, input_identity
from schemas.http import HTTPValidationError, ProcessResponse, ValidationError
from schemas.ticket import MAX_TICKET_BYTES
from schemas.topics import PROCESSED
from streams.errors import Unavailable, Unprocessable

IDEMPOTENCY_KEY = "idempotency-key"
TRACEPARENT = "traceparent"
_TRACE = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?"
)
"""https://www.w3.org/TR/trace-context/#traceparent-header; later versions may be longer."""
_ENCODINGS = ("identity", "gzip", "deflate")
"""Those that aiohttp unpacks wherever it runs; it would pass others on as they are."""
_RETRY = {"Retry-After": str(round(RETRY_SECONDS * 5))}
_AT = re.compile(r"line (\d+) column (\d+)$")


class ProcessCall:
    """Handles the call."""

    def __init__(
        self, exchange: Exchange, outcomes: Outcomes, follower: Follower, most_seconds: float
    ) -> None:
        self._exchange = exchange
        self._outcomes = outcomes
        self._follower = follower
        self._most_seconds = most_seconds

    async def handle(self, request: web.Request) -> web.Response:
        """Return what became of the ticket in *request*. Raises Refusal with any other answer."""
        call = _call(await _ticket(request), request.headers)
        wished = _wait(request.headers.getall("prefer", ()))
        if wished is not None and wished <= self._most_seconds:
            seconds, applied = float(wished), {"Preference-Applied": f"wait={wished}"}
        else:
            seconds, applied = self._most_seconds, {}
        outcome = self._outcomes.recall(call.event_id) or await self._ask(call, seconds)
        return _answer(call, outcome, applied)

    async def _ask(self, call: Call, seconds: float) -> Outcome:
        about: dict[str, Any] = {"ticket_id": call.ticket_id, "event_id": call.event_id}
        try:
            await self._follower.following()
            return await self._exchange.ask(call, seconds)
        except Unavailable:
            away = "Kafka does not answer. Send the ticket again: it is processed once."
            raise ours.problem(503, away, _RETRY, **about) from None
        except Unprocessable:
            raise ours.problem(413, "The ticket is larger than Kafka takes.", **about) from None
        except TimeUp:
            queued = (
                f"The ticket is safely queued and not through after {seconds:g} s. Its result will"
                f" be on {PROCESSED.name} with ce_id {call.event_id}. Sent again, it is not"
                " processed twice: the call waits on."
            )
            raise ours.problem(504, queued, **about) from None


async def _ticket(request: web.Request) -> TicketInput:
    """Return the ticket that *request* brings, with `Idempotency-Key` as its message_id."""
    if request.content_type != "application/json" or not _is_utf8(request):
        raise ours.problem(415, "Send the ticket as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() not in _ENCODINGS:
        accepted = {"Accept-Encoding": ", ".join(_ENCODINGS)}
        raise ours.problem(415, "Send the ticket as it is, or packed once by gzip.", accepted)
    body = (await ours.read_body(request)).removeprefix(BOM_UTF8)
    _check(body)
    try:
        # Strict: `true` and "5" are no integers, as the document says.
        ticket = TicketInput.model_validate_json(body, strict=True)
    except pydantic.ValidationError as error:
        raise _invalid(error, "body") from None
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return ticket
    try:
        # The draft of the header (draft-ietf-httpapi-idempotency-key-header) quotes it; few do.
        given = {**ticket.model_dump(exclude_unset=True), "message_id": key.strip('"')}
        keyed = TicketInput.model_validate(given)
    except pydantic.ValidationError as error:
        raise _invalid(error, "header", IDEMPOTENCY_KEY) from None
    return keyed if ticket.message_id is None else ticket


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
        raise ours.Refusal(422, HTTPValidationError(detail=(wrong,))) from None


def _invalid(error: pydantic.ValidationError, *where: str) -> ours.Refusal:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    fixed = where if where[0] == "header" else ()
    detail = tuple(
        ValidationError(loc=fixed or (*where, *e["loc"]), msg=_reason(e), type=e["type"])
        for e in found
    )
    return ours.Refusal(422, HTTPValidationError(detail=detail))


def _reason(found: ErrorDetails) -> str:
    """Return why, without the value: what is in parentheses about an e-mail quotes its domain."""
    why = found["msg"]
    return why.partition(" (")[0] if found["loc"] == ("customer_email",) else why


def _call(ticket: TicketInput, given: CIMultiDictProxy[str]) -> Call:
    """
    Return *ticket* as it goes to Kafka, and what its result will be called.

    Raises:
        Refusal: 413 or 422 if a worker would not take it.
    """
    value = ticket.model_dump_json(exclude_unset=True).encode()
    if len(value) > MAX_TICKET_BYTES:
        raise ours.problem(413, f"A ticket has at most {MAX_TICKET_BYTES} bytes.")
    try:
        incoming = IncomingTicket.model_validate_json(value)  # just as a worker reads it
    except pydantic.ValidationError as error:
        raise _invalid(error, "body") from None
    correlation_id = uuid4().hex
    headers: Headers = [
        ("content-type", b"application/json"),
        (CORRELATION_ID, correlation_id.encode()),
        (TRACEPARENT, _traceparent(given).encode()),
    ]
    result_id = event_id(PROCESSED.ce_type, incoming, input_identity(incoming, headers))
    return Call(ticket.ticket_id, value, headers, result_id, correlation_id)


def _traceparent(given: CIMultiDictProxy[str]) -> str:
    """Return the caller's trace if it is one, else a new one that nobody records."""
    trace = given.get(TRACEPARENT, "")
    if _TRACE.fullmatch(trace):
        return trace
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def _wait(preferences: Iterable[str]) -> int | None:
    """Return the seconds of `Prefer: wait=N` (RFC 7240), or None; what is no number is ignored."""
    for preference in ",".join(preferences).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        seconds = value.strip().strip('"')
        if name.strip().lower() == "wait" and seconds.isdecimal() and seconds.isascii():
            return int(seconds[:9])
    return None


def _answer(call: Call, outcome: Outcome, headers: dict[str, str]) -> web.Response:
    if isinstance(outcome, Processed):
        made = ProcessResponse(success=True, ticket_id=call.ticket_id, result=outcome.result)
        return ours.json(made, headers=headers)
    raise ours.problem(
        500,
        f"The ticket became a dead letter: {outcome.message or 'no reason was given'}.",
        headers,
        ticket_id=call.ticket_id,
        event_id=call.event_id,
        stage=outcome.stage,
        error_class=outcome.error_class,
    )
