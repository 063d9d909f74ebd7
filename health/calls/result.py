"""
`GET /api/v1/tickets/{ticket_id}/result`: the latest of a ticket, whoever had it processed.

    200 processed   202 in flight   404 nothing is known of it   500 it became a dead letter
    503 nothing is known of it, and Kafka is away or what happened lately is still being read
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from health.calls.process import RETRY, in_flight, outcome_answer
from health.http import responses
from health.http.api_keys import reach
from health.tickets.follower import Follower
from health.tickets.memory import Latest, Tickets

SETTLE_SECONDS = 0.5
"""Seconds from another sidecar's 202 until the ticket is known here."""
_LOOK_SECONDS = 0.05


class ResultCall:
    """Handles the call."""

    def __init__(self, tickets: Tickets, follower: Follower) -> None:
        self._tickets = tickets
        self._follower = follower

    async def handle(self, request: web.Request) -> web.Response:
        """Return the latest result of the ticket. Raises Refusal with any other answer."""
        ticket_id = request.match_info["ticket_id"]
        may = reach(request)
        tenant = request.query.get("tenant", may.tenant)
        if not may.includes(tenant):
            raise _nothing(ticket_id)
        found = await self._find(tenant, ticket_id)
        if found is None:
            raise self._unknown(ticket_id)
        if found.outcome is None:
            return in_flight(ticket_id, found.event_id, {})
        return outcome_answer(ticket_id, found.event_id, found.outcome)

    async def _find(self, tenant: str, ticket_id: str) -> Latest | None:
        if not self._follower.all_read_back:
            return None  # what we have read already may not be the latest
        found = self._tickets.latest(tenant, ticket_id)
        until = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while found is None and self._follower.up and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            found = self._tickets.latest(tenant, ticket_id)
        return found

    def _unknown(self, ticket_id: str) -> responses.Refusal:
        if not self._follower.up:
            away = "Kafka cannot be read now, and nothing is remembered of this ticket."
            return responses.problem(503, away, RETRY, ticket_id=ticket_id)
        if not self._follower.all_read_back:
            reading = "What happened lately is still being read. Ask again in a moment."
            return responses.problem(503, reading, RETRY, ticket_id=ticket_id)
        return _nothing(ticket_id)


def _nothing(ticket_id: str) -> responses.Refusal:
    return responses.problem(404, "Nothing is known of this ticket.", ticket_id=ticket_id)
