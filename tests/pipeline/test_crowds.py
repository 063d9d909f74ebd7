"""Back-pressure: what waits takes bounded room, and holds up as little as possible."""

from __future__ import annotations

import asyncio

import pytest

from schemas import IncomingTicket, TriagedTicket
from schemas.topics import TRIAGED
from streams.delivery import entry, held_partition, room
from streams.settings import Settings
from tests.support.stages import (
    all_done,
    held_up,
    on_one_partition,
    publish,
    read,
    running,
    ticket,
    triaged,
)

BUFFERED = 100
"""More than Faust has on its way to a stage: 64 and what it hands over at once."""


async def test_a_ticket_with_many_messages_holds_up_no_other_one(settings: Settings) -> None:
    """
    Its messages wait for their turn beside the window, not in it.
    """
    may_go_on = asyncio.Event()

    few = settings.model_copy(update={"window": 8, "concurrency": 4})
    hot = [ticket(0, message_id=f"m{n}") for n in range(200)]
    others = [ticket(n) for n in range(1, 50)]
    async with running(few, held_up(may_go_on, "T-0")):
        await publish(settings, *map(on_one_partition, hot + others))
        out = await read(settings, TRIAGED, len(others))
        assert {record.key for record in out} == {key for key, _, _ in others}
        may_go_on.set()
        assert len(await read(settings, TRIAGED, len(hot + others))) == len(hot + others)


@pytest.mark.parametrize("limit", ["MOST_ASIDE", "MOST_BYTES_ASIDE"])
async def test_of_a_ticket_with_many_messages_only_some_are_taken_at_once(
    settings: Settings, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The others stay in Kafka until there is room, and then all come out in their order.
    """
    bounds = {"MOST_ASIDE": 50, "MOST_BYTES_ASIDE": 50 * entry.weight(ticket(1)[1] or b"")}
    monkeypatch.setattr(held_partition, limit, bounds[limit])
    most = 0
    published = asyncio.Event()
    async with running(settings, lambda ticket: does(ticket)) as agent:

        async def does(ticket: IncomingTicket) -> TriagedTicket:
            nonlocal most
            await published.wait()
            await asyncio.sleep(0.005)
            most = max(most, len(agent._window))
            return await triaged(ticket)

        await publish(settings, *(ticket(1, message_id=f"m{n}", revision=n) for n in range(500)))
        published.set()
        out = await read(settings, TRIAGED, 500)

    assert 50 <= most < 50 + BUFFERED
    made = [TriagedTicket.model_validate_json(record.value) for record in out]
    assert [event.ticket.revision for event in made] == list(range(500))


async def test_behind_a_message_that_does_not_finish_only_some_are_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its partition rests then, the others go on; when it is through, so does the partition.
    """
    monkeypatch.setattr(held_partition, "MOST_BEHIND", 50)
    may_go_on = asyncio.Event()

    async with running(settings, held_up(may_go_on, "T-0")) as agent:
        await publish(settings, *(on_one_partition(ticket(n)) for n in range(400)))
        await read(settings, TRIAGED, 49)
        await publish(settings, *(ticket(n) for n in range(400, 700)))
        out = {record.key for record in await read(settings, TRIAGED, 49 + 200)}
        assert 50 <= len(agent._window) < 50 + BUFFERED
        may_go_on.set()
        out = {record.key for record in await read(settings, TRIAGED, 700)}
        assert out == {b"T-%d" % n for n in range(700)}
        await all_done(settings, 700)


async def test_a_few_large_messages_fill_the_window(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    No more are taken than there is room for, though there are places; and all come out.
    """
    monkeypatch.setattr(room, "MOST_BYTES", 5 * entry.weight(ticket(1)[1] or b""))
    at_work = most = 0

    async def does(ticket: IncomingTicket) -> TriagedTicket:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1
        return await triaged(ticket)

    async with running(settings, does):
        await publish(settings, *(ticket(n) for n in range(100, 200)))
        assert len(await read(settings, TRIAGED, 100)) == 100

    assert 1 < most <= 5
