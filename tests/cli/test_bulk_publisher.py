"""How fast commands may publish to the embedded Kafka."""

from __future__ import annotations

import asyncio

from schemas import IncomingTicket, TriagedTicket
from schemas.topics import INCOMING, TRIAGED
from streams.backends.kafka import names
from streams.cli.bulk_publisher import ROOM_BYTES, Pace
from streams.settings import Settings
from tests.support.stages import publish, running, ticket, triaged


async def test_what_does_not_fit_waits_for_its_stage(settings: Settings) -> None:
    """
    When a topic has as much as surely fits, publishing waits until its stage has read all of it;
    how much is on other topics does not matter.
    """
    happened: list[str] = []

    async def does(ticket: IncomingTicket) -> TriagedTicket:
        happened.append("read")
        return await triaged(ticket)

    async def confirm() -> None:
        happened.append("confirmed")

    async def take() -> None:
        await pace.take(names.topic(settings, INCOMING), 1)
        happened.append("taken")

    pace = Pace(settings, confirm)
    await publish(settings, ticket(1))
    await pace.take(names.topic(settings, TRIAGED), ROOM_BYTES - 1)
    await pace.take(names.topic(settings, INCOMING), ROOM_BYTES - 1)
    waiting = asyncio.create_task(take())
    async with running(settings, does), asyncio.timeout(60):
        await waiting
        await take()

    assert happened == ["confirmed", "read", "taken", "taken"]
