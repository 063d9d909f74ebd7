"""What a stage has made lately is not made again, whoever sends it twice, and whoever died."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from structlog.testing import capture_logs

from health.sidecar import Sidecar
from schemas import IncomingTicket, TriagedTicket
from schemas.dead_letters import REPLAY_OF
from schemas.envelope import ANSWERED_SINCE, NEVER
from schemas.topics import PROCESSED, TRIAGED
from streams.backends.kafka import admin, clients, names
from streams.delivery.deduplication import Deduplication
from streams.settings import Settings
from streams.worker import Worker
from tests.support.kafka import RealKafka
from tests.support.machine import needs_real_servers
from tests.support.stages import (
    Does,
    all_done,
    committed,
    dead_letters,
    held_up,
    publish,
    read,
    running,
    ticket,
    triaged,
)


class Counted:
    """A stage's work, and how often each ticket was worked on."""

    def __init__(self, does: Does = triaged) -> None:
        self.tries: Counter[str] = Counter()
        self._does = does

    async def __call__(self, ticket: IncomingTicket) -> TriagedTicket:
        """Do it once more."""
        self.tries[ticket.ticket_id] += 1
        return await self._does(ticket)


async def test_a_ticket_that_is_published_twice_has_one_result(settings: Settings) -> None:
    """
    The second message is taken and committed, and nothing is made of it.
    """
    work = Counted()
    async with running(settings, work):
        await publish(settings, ticket(1), ticket(1), ticket(2), ticket(1))
        await all_done(settings, 4)

    assert work.tries == {"T-1": 1, "T-2": 1}
    assert len(await read(settings, TRIAGED, 2)) == 2


async def test_an_id_that_was_given_twice_is_said(settings: Settings) -> None:
    """
    To us it is one message, so nobody answers the second one: its publisher has to know.
    """
    first, second = ticket(1, "The first.", message_id="1"), ticket(1, "Another.", message_id="1")
    with capture_logs() as logs:
        async with running(settings):
            await publish(settings, first, first, second)
            await all_done(settings, 3)

    (said,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert (said["event"], said["ticket_id"]) == ("passed over: another message had this id", "T-1")
    assert "Another." not in str(logs)


async def test_what_was_answered_does_not_expire(settings: Settings) -> None:
    """
    A repeat that has become too old is still a repeat; what has no result is a dead letter.
    """
    async with running(settings):
        await publish(settings, ticket(1))
        await all_done(settings, 1)
    async with running(settings.model_copy(update={"max_ticket_age_hours": 1e-6})):
        await publish(settings, ticket(1), ticket(2))
        await all_done(settings, 3)

    assert [letter.key for letter in await dead_letters(settings, 1)] == [b"T-2"]


async def test_another_worker_knows_what_was_made_before(settings: Settings) -> None:
    """
    What is remembered is read from the topic that the stage writes, by whoever is next.
    """
    first, second = Counted(), Counted()
    async with running(settings, first):
        await publish(settings, *(ticket(n) for n in range(50)))
        await all_done(settings, 50)
    async with running(settings, second):
        await publish(settings, *(ticket(n) for n in range(50)), ticket(50))
        await all_done(settings, 101)

    assert second.tries == {"T-50": 1}
    assert len(await read(settings, TRIAGED, 51)) == 51


async def test_what_others_made_before_our_own_is_read(settings: Settings) -> None:
    """
    A worker that wakes up and publishes has not read what others have published meanwhile.
    """
    async with clients.producer(settings) as producer:
        for name in ("ours", "theirs", "ours too"):
            there = await producer.send_and_wait(
                names.topic(settings, TRIAGED),
                b"{}",
                partition=0,
                headers=[("ce_id", name.encode())],
            )
    deduplication = Deduplication(settings, TRIAGED)
    deduplication.add("ours", 0, 0)
    deduplication.add("ours too", 0, there.offset)

    deduplication.assigned([0])
    await deduplication.caught_up()
    await deduplication.stop()

    assert all(deduplication.has(name, [], None) for name in ("ours", "theirs", "ours too"))


async def test_whoever_waits_for_what_is_read_waits_for_all_of_it(settings: Settings) -> None:
    """
    A rebalance comes in the middle of the reading: the results of its partitions are read, too.
    """
    name = names.topic(settings, TRIAGED)
    async with clients.producer(settings) as producer:
        for n in (0, 1):
            headers = [("ce_id", f"on {n}".encode())]
            await producer.send_and_wait(name, b"{}", partition=n, headers=headers)
    deduplication = Deduplication(settings, TRIAGED)
    deduplication.assigned([0])
    waits = asyncio.create_task(deduplication.caught_up())
    await asyncio.sleep(0)

    deduplication.assigned([0, 1])
    await waits

    assert all(deduplication.has(f"on {n}", [], None) for n in (0, 1))
    await deduplication.stop()


async def test_only_the_last_results_are_remembered(settings: Settings) -> None:
    """
    Behind as many others of its partition as the setting says, a repeat is processed again.
    """
    own = settings.model_copy(update={"remembered": 2})
    work = Counted()
    (_, sent, _), others = ticket(0), [ticket(0, f"Other {n}") for n in range(3)]
    async with running(own, work):
        await publish(own, *others, others[2], others[1], (b"T-0", sent, ()), others[2])
        await all_done(own, 7)
        assert work.tries == {"T-0": 4}
        await publish(own, others[0])
        await all_done(own, 8)

    assert work.tries == {"T-0": 5}


@pytest.mark.parametrize(
    ("name", "value"),
    [(REPLAY_OF, "0-1"), (ANSWERED_SINCE, NEVER), (ANSWERED_SINCE, "99999999999999")],
)
async def test_who_wants_it_made_again_gets_it(settings: Settings, name: str, value: str) -> None:
    """
    A dead letter that was replayed, and a message that no earlier result answers, are no repeats.
    """
    work = Counted()
    key, sent, _ = ticket(1)
    async with running(settings, work):
        await publish(settings, ticket(1), (key, sent, [(name, value.encode())]))
        await all_done(settings, 2)

    first, second = await read(settings, TRIAGED, 2)
    assert work.tries == {"T-1": 2}
    assert dict(first.headers)["ce_id"] == dict(second.headers)["ce_id"]


@pytest.mark.parametrize("since", ["0", "", "soon", "-1", "9" * 40])
async def test_what_an_answer_must_be_may_be_said_badly(settings: Settings, since: str) -> None:
    """
    A time that is none, or one that lies before the result, does not make a repeat another.
    """
    work = Counted()
    key, sent, _ = ticket(1)
    async with running(settings, work):
        await publish(settings, ticket(1), (key, sent, [(ANSWERED_SINCE, since.encode())]))
        await all_done(settings, 2)

    assert work.tries == {"T-1": 1}


async def test_a_worker_that_ends_leaves_only_what_was_in_flight(settings: Settings) -> None:
    """
    One message holds up the position of its partition; those behind it are not done again.
    """
    own = settings.model_copy(update={"grace_seconds": 0.5, "remembered": 0})
    first, second = Counted(held_up(asyncio.Event(), "T-0")), Counted()
    async with running(own, first):
        await publish(own, *(ticket(n) for n in range(100)))
        await read(own, TRIAGED, 99)
    async with running(own, second):
        await all_done(own, 100)

    assert second.tries == {"T-0": 1}
    assert len(await read(own, TRIAGED, 100)) == 100


@pytest.mark.real
async def test_a_broker_that_takes_short_notes_only(settings: Settings) -> None:
    """
    Offsets are committed without what is finished behind them; it is done again, and known.
    """
    may_end, slow = asyncio.Event(), [f"T-{n}" for n in range(0, 100, 10)]
    needs_real_servers()
    with RealKafka(properties={"offset.metadata.max.bytes": "40"}) as kafka_:
        own = settings.model_copy(update={"kafka_brokers": kafka_.brokers})
        await admin.create_topics(own)
        async with running(own, held_up(may_end, *slow)):
            await publish(own, *(ticket(n) for n in range(100)))
            await read(own, TRIAGED, 90)
            assert await committed(own) < 90
            may_end.set()
            await all_done(own, 100)


@asynccontextmanager
async def _sidecar(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    own = settings.model_copy(update={"sidecar_http_port": 0, "process_seconds": 20.0})
    async with Sidecar(own) as sidecar, aiohttp.ClientSession(sidecar.url) as session:
        yield session


BODY = {
    "ticket_id": "T-1",
    "raw_message": "I was charged twice.",
    "customer_name": "Ada",
    "customer_email": "ada@example.com",
}


async def _process(session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
    return await session.post("/api/v1/tickets/process", json=BODY)


async def test_two_replicas_asked_at_once(settings: Settings) -> None:
    """
    Both publish the ticket, it is processed once, and both callers get the result.
    """
    own = settings.model_copy(update={"worker_http_port": 0})
    async with _sidecar(own) as one, _sidecar(own) as other, Worker(own):
        answers = await asyncio.gather(_process(one), _process(other), _process(one))
        bodies = [await answer.json() for answer in answers]

    assert [answer.status for answer in answers] == [200] * 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert len(await read(own, PROCESSED, 1)) == 1


async def test_a_replica_that_does_not_know_the_result(settings: Settings) -> None:
    """
    A caller gets an answer also where workers remember the ticket, and the sidecar does not.
    """
    own = settings.model_copy(update={"worker_http_port": 0, "readback_hours": 0.0})
    async with Worker(own):
        async with _sidecar(own) as one:
            first = await _process(one)
        async with _sidecar(own) as other:
            second, third = await _process(other), await _process(other)

    assert [answer.status for answer in (first, second, third)] == [200] * 3
    out = await read(own, PROCESSED, 2)
    assert len({dict(record.headers)["ce_id"] for record in out}) == 1
