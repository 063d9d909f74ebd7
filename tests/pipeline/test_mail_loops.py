"""Mail loops: a ticket with too many messages waits, and only that ticket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from aiokafka import ConsumerRecord

from schemas import IncomingTicket, TriagedTicket
from schemas.dead_letters import ERROR_CLASS
from schemas.envelope import header
from schemas.topics import TRIAGED
from streams.delivery import held_partition
from streams.settings import Settings
from tests.support.figures_of import counted
from tests.support.stages import (
    all_done,
    dead_letters,
    on_one_partition,
    publish,
    read,
    running,
    ticket,
)


def limited(settings: Settings, seconds: float) -> Settings:
    """Return *settings* by which a loop waits for so many *seconds*."""
    return settings.model_copy(update={"loop_messages": 5, "loop_minutes": seconds / 60})


def revisions(records: Sequence[ConsumerRecord], ticket_id: str = "T-0") -> list[int]:
    """Return the revisions of a ticket in the order in which they came out."""
    events = [TriagedTicket.model_validate_json(record.value).ticket for record in records]
    return [event.revision or 0 for event in events if event.ticket_id == ticket_id]


def times(records: Sequence[ConsumerRecord]) -> list[float]:
    """Return when messages of T-0 came out."""
    return [r.timestamp / 1000 for r in records if header(r.headers, "ce_subject") == "T-0"]


async def test_a_loop_waits_and_others_go_on(settings: Settings) -> None:
    """
    Five messages come out, the others when their time has come, all of them in order. Tickets on
    the same partition do not wait, though the window has few places.
    """
    few = limited(settings, 4).model_copy(update={"window": 4, "concurrency": 2})
    loop = [ticket(0, message_id=f"m{n}", revision=n) for n in range(12)]
    others = [ticket(n) for n in range(1, 40)]
    async with running(few):
        began = time.time()
        await publish(settings, *map(on_one_partition, loop + others))
        await read(settings, TRIAGED, 5 + len(others), seconds=30)
        assert time.time() - began < 4 or counted("ticketstream_loops_waiting") == 1
        out = await read(settings, TRIAGED, len(loop + others))
        await all_done(settings, len(loop + others))

    assert revisions(out) == list(range(12))
    came = times(out)
    assert came[5] - came[0] > 3
    assert came[10] - came[5] > 3
    keys = [header(record.headers, "ce_subject") for record in out]
    sixth = [n for n, key in enumerate(keys) if key == "T-0"][5]
    assert set(keys[:sixth]) == {f"T-{n}" for n in range(40)}
    assert counted("ticketstream_loops_waiting") == 0


async def test_a_repeat_is_no_message(settings: Settings) -> None:
    """
    What is delivered twice is passed over as ever: it neither waits nor counts.
    """
    async with running(limited(settings, 600)):
        same = [ticket(0, message_id="m", revision=1)] * 20
        await publish(settings, *same, *(ticket(0, message_id=f"n{n}") for n in range(4)), *same)
        await all_done(settings, 44)
    assert len(await read(settings, TRIAGED, 5)) == 5


async def test_a_wait_goes_on_after_a_restart(settings: Settings) -> None:
    """
    What waits is uncommitted, so the next worker reads it again. It knows from the results how
    many messages have gone, and when; the wait neither ends nor begins anew.
    """
    short = limited(settings, 12)
    began = time.time()
    async with running(short):
        await publish(settings, *(ticket(0, message_id=f"m{n}", revision=n) for n in range(7)))
        await all_done(settings, 5)
    async with running(short):
        await publish(settings, ticket(0, message_id="m7", revision=7))
        out = await read(settings, TRIAGED, 8)

    assert revisions(out) == list(range(8))
    came = times(out)
    assert came[4] - began < 11
    assert came[5] - began + 1 >= 12
    assert came[5] - began < 24


async def test_a_loop_that_would_fill_its_partition_becomes_dead_letters(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    So much of it that others are not held up. The rest waits, and nothing is lost.
    """
    monkeypatch.setattr(held_partition, "MOST_ASIDE", 20)
    loop = [ticket(0, message_id=f"m{n}", revision=n) for n in range(60)]
    others = [ticket(n) for n in range(1, 40)]
    async with running(limited(settings, 600)):
        await publish(settings, *map(on_one_partition, loop + others))
        out = await read(settings, TRIAGED, 5 + len(others))
        await dead_letters(settings, 45)
        assert revisions(out) == list(range(5))
        assert counted("ticketstream_loops_waiting") == 1
    async with running(settings.model_copy(update={"loop_messages": 0})):
        await all_done(settings, 99)
    letters = await dead_letters(settings, 45)
    rest = revisions(await read(settings, TRIAGED, 99 - len(letters)))

    assert {header(letter.headers, ERROR_CLASS) for letter in letters} == {"MailLoop"}
    assert len(letters) < 55
    assert rest == sorted(rest)
    assert len(rest) + len(letters) == 60


async def test_a_flood_makes_no_dead_letter_of_another_ticket(settings: Settings) -> None:
    """
    A customer's sixth message waits for its time. A monitor floods the same partition meanwhile,
    and alone gives way.
    """
    customer = [ticket(7, message_id=f"c{n}", revision=n) for n in range(6)]
    flood = [ticket(0, message_id=f"m{n}", revision=n) for n in range(605)]
    async with running(limited(settings, 600)):
        await publish(settings, *map(on_one_partition, customer))
        await read(settings, TRIAGED, 5)
        await publish(settings, *map(on_one_partition, flood))
        letters = await dead_letters(settings, 100)
        out = await read(settings, TRIAGED, 10)
        await asyncio.sleep(2.5)
        letters = await dead_letters(settings, 100)
        assert counted("ticketstream_loops_waiting") == 2

    lost = [IncomingTicket.model_validate_json(letter.value or b"") for letter in letters]
    assert {event.ticket_id for event in lost} == {"T-0"}
    assert len(letters) <= 110
    assert revisions(out, "T-7") == list(range(5))


async def test_a_message_goes_early_before_others_are_held_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    So much finishes behind it that its partition would rest. It becomes no dead letter, its
    ticket's order holds, and no other ticket waits for it.
    """
    monkeypatch.setattr(held_partition, "MOST_BEHIND", 200)
    customer = [ticket(0, message_id=f"c{n}", revision=n) for n in range(7)]
    others = [ticket(n) for n in range(1, 401)]
    early = counted("ticketstream_loops_early_total")
    async with running(limited(settings, 600)):
        await publish(settings, *map(on_one_partition, customer))
        await read(settings, TRIAGED, 5)
        await publish(settings, *map(on_one_partition, others))
        out = await read(settings, TRIAGED, 407, seconds=20)
        await all_done(settings, 407)
        assert not await dead_letters(settings, 0)

    assert revisions(out) == list(range(7))
    assert {record.key for record in out} == {key for key, _, _ in [customer[0], *others]}
    assert counted("ticketstream_loops_early_total") == early + 2
    assert counted("ticketstream_loops_waiting") == 0


async def test_no_limit(settings: Settings) -> None:
    """
    With TICKETSTREAM_LOOP_MESSAGES=0 nothing waits.
    """
    async with running(limited(settings, 600).model_copy(update={"loop_messages": 0})):
        await publish(settings, *(ticket(0, message_id=f"m{n}") for n in range(20)))
        async with asyncio.timeout(30):
            assert len(await read(settings, TRIAGED, 20)) == 20
