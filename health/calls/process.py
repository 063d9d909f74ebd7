"""
`POST /api/v1/tickets/process`: a request becomes a message, its outcome becomes the answer.

    200 processed   413, 415, 422, 408 the request is at fault   500 it became a dead letter
    503 Kafka is away or refuses us, or too many wait; nothing was taken
    504 queued, not through yet: 202 for a caller who prefers `respond-async`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from health.calls import process_request
from health.http import responses
from health.http.prefer_header import granted
from health.tickets.follower import RETRY_SECONDS, Follower
from health.tickets.memory import Tickets
from health.tickets.outcomes import DeadLetter, Outcome, Processed
from health.tickets.request_reply import Call, Exchange, Reused, TimeUp, TooManyWaiting
from schemas import IncomingTicket
from schemas.http import ProcessResponse, TicketAccepted
from schemas.ticket import DEFAULT_TENANT
from schemas.topics import PROCESSED
from streams.errors import Refused, Unavailable, Unprocessable

RETRY = {"Retry-After": str(round(RETRY_SECONDS * 5))}
"""Sent when Kafka is away or refuses us, or we are busy."""
SOON = {"Retry-After": "1"}
"""Sent while a ticket is in flight: most are through within a second or a few."""


class ProcessCall:
    """Handles the call."""

    def __init__(
        self, exchange: Exchange, tickets: Tickets, follower: Follower, most_seconds: float
    ) -> None:
        self._exchange = exchange
        self._tickets = tickets
        self._follower = follower
        self._most_seconds = most_seconds

    async def handle(self, request: web.Request) -> web.Response:
        """Return what became of the ticket in *request*. Raises Refusal with any other answer."""
        asked = await process_request.read_request(request)
        call = asked.call
        wishes = granted(request.headers.getall("prefer", ()), self._most_seconds)
        try:
            outcome = await self._outcome(call, wishes.seconds)
        except Reused:
            raise process_request.used_for_another(asked) from None
        except TimeUp:
            if not wishes.respond_async:
                raise _time_is_up(call, wishes.seconds) from None
            headers = {**wishes.applied(202), "Location": _location(asked.ticket)}
            return in_flight(call.ticket_id, call.event_id, headers)
        return outcome_answer(call.ticket_id, call.event_id, outcome, wishes.applied(200))

    async def _outcome(self, call: Call, seconds: float) -> Outcome:
        """Return what became of *call*'s ticket. Raises Refusal, TimeUp or Reused."""
        about: dict[str, Any] = {"ticket_id": call.ticket_id, "event_id": call.event_id}
        try:
            return self._recall(call) or await self._ask(call, seconds)
        except Refused:
            refused = (
                "Kafka does not let the sidecar take tickets now: an operator must mend that."
                " Nothing was taken: send the ticket later."
            )
            raise responses.problem(503, refused, RETRY, **about) from None
        except Unavailable:
            away = "Kafka does not answer. Send the ticket again: it is processed once."
            raise responses.problem(503, away, RETRY, **about) from None
        except TooManyWaiting:
            busy = "Too many callers wait already. Nothing was taken: send the ticket later."
            raise responses.problem(503, busy, RETRY, **about) from None
        except Unprocessable:
            raise responses.problem(
                413, "The ticket is larger than Kafka takes.", **about
            ) from None

    async def _ask(self, call: Call, seconds: float) -> Outcome:
        await self._follower.following()
        await self._follower.read_back()
        try:
            outcome = self._recall(call) or await self._exchange.ask(call, seconds)
        except TimeUp:
            self._compare(call)
            raise
        self._compare(call)  # another replica may have published another content before ours
        return outcome

    def _recall(self, call: Call) -> Processed | None:
        """Return the ticket's result if it is remembered. Raises Reused."""
        self._compare(call)
        return self._tickets.recall(call.event_id)

    def _compare(self, call: Call) -> None:
        """Raise Reused if the first message with *call*'s event id has another content."""
        first = self._tickets.fingerprint(call.event_id)
        if first and first != call.fingerprint:
            raise Reused


def in_flight(ticket_id: str, event_id: str, headers: Mapping[str, str]) -> web.Response:
    """Return the answer that a ticket is queued, and its result not there yet."""
    accepted = TicketAccepted(ticket_id=ticket_id, event_id=event_id, status="in_flight")
    return responses.json(accepted, 202, {**SOON, **headers})


def outcome_answer(
    ticket_id: str, event_id: str, outcome: Outcome, headers: Mapping[str, str] = {}
) -> web.Response:
    """Return *outcome* as an answer, or raise Refusal: a dead letter is a 500."""
    if isinstance(outcome, DeadLetter):
        raise responses.problem(
            500,
            f"The ticket became a dead letter: {outcome.message or 'no reason was given'}.",
            headers,
            ticket_id=ticket_id,
            event_id=event_id,
            stage=outcome.stage,
            error_class=outcome.error_class,
        )
    made = ProcessResponse(success=True, ticket_id=ticket_id, result=outcome.result)
    return responses.json(made, headers=headers)


def _time_is_up(call: Call, seconds: float) -> responses.Refusal:
    queued = (
        f"The ticket is safely queued and not through after {seconds:g} s. Its result will"
        f" be on {PROCESSED.name} with ce_id {call.event_id}. Sent again, it is not"
        " processed twice: the call waits on."
    )
    return responses.problem(504, queued, ticket_id=call.ticket_id, event_id=call.event_id)


def _location(ticket: IncomingTicket) -> str:
    """Return where the ticket's result is to be had."""
    tenant = "" if ticket.tenant == DEFAULT_TENANT else f"?tenant={quote(ticket.tenant, safe='')}"
    ticket_id = quote(ticket.ticket_id, safe="")
    if ticket_id in (".", ".."):  # in a path those are other places
        ticket_id = ticket_id.replace(".", "%2E")
    return f"/api/v1/tickets/{ticket_id}/result{tenant}"
