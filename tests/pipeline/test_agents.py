"""Delivery through Faust, on the embedded broker and on a real Kafka: no message is lost."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.producer import sender
from aiokafka.protocol.produce import ProduceRequest
from confluent_kafka import Producer

from schemas import IncomingTicket, TriagedTicket
from schemas.envelope import event_id, input_identity
from schemas.topics import DEAD_LETTERS, INCOMING, MAX_EVENT_BYTES, TRIAGED, Topic
from streams.backends.kafka import connection, names, records
from streams.errors import Unavailable
from streams.settings import Settings
from tests.support.stages import (
    all_done,
    committed,
    dead_letters,
    eventually,
    publish,
    read,
    running,
    ticket,
    triaged,
)


def headers(record: ConsumerRecord) -> dict[str, str]:
    """Return the headers of *record*; of repeated ones the last."""
    return {name: value.decode() for name, value in record.headers}


async def test_tickets_that_come_one_by_one_wait_for_nobody(settings: Settings) -> None:
    """
    However long a result may wait for others: where none are on their way, it does not.
    """
    settings = settings.model_copy(update={"linger_ms": 10_000})
    async with running(settings), asyncio.timeout(50):  # ten would wait for 100 s
        for number in range(10):
            await publish(settings, ticket(number))
            await read(settings, TRIAGED, number + 1)


async def test_results_of_a_backlog_share_requests(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A stage with much to do sends many results at a time.
    """
    requests = 0

    def counted(**request: Any) -> ProduceRequest:
        nonlocal requests
        requests += request["required_acks"] == -1
        return ProduceRequest(**request)

    await publish(settings, *(ticket(n) for n in range(400)))
    monkeypatch.setattr(sender, "ProduceRequest", counted)
    async with running(settings):
        await read(settings, TRIAGED, 400)

    assert requests < 100


async def test_every_message_comes_out_with_the_id_that_it_always_has(settings: Settings) -> None:
    """
    A result has the ticket's key, and the id that follows from the input alone.
    """
    async with running(settings):
        await publish(settings, *(ticket(n) for n in range(200)))
        out = await read(settings, TRIAGED, 200)

    assert len(out) == 200
    for record in out:
        event = TriagedTicket.model_validate_json(record.value)
        identity = input_identity(event.ticket, [])
        assert record.key == event.ticket.ticket_id.encode()
        assert headers(record)["ce_id"] == event_id(TRIAGED.ce_type, event.ticket, identity)
        assert headers(record)["ce_subject"] == event.ticket.ticket_id
        assert event.meta.stages["triage"].seconds > 0


async def test_messages_of_one_ticket_keep_their_order(settings: Settings) -> None:
    """
    Two messages of one ticket are never in flight together; different tickets are.
    """
    at_work: defaultdict[str, int] = defaultdict(int)
    most_together = 0

    async def slowly(ticket: IncomingTicket) -> TriagedTicket:
        nonlocal most_together
        at_work[ticket.ticket_id] += 1
        assert at_work[ticket.ticket_id] == 1
        most_together = max(most_together, sum(at_work.values()))
        await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311
        at_work[ticket.ticket_id] -= 1
        return await triaged(ticket)

    sent = [ticket(n % 10, message_id=f"m{n}", revision=n) for n in range(150)]
    async with running(settings, slowly):
        await publish(settings, *sent)
        out = await read(settings, TRIAGED, 150)

    revisions: defaultdict[str, list[int]] = defaultdict(list)
    for record in sorted(out, key=lambda r: (r.partition, r.offset)):
        event = TriagedTicket.model_validate_json(record.value)
        revisions[event.ticket.ticket_id].append(event.ticket.revision or 0)
    assert [len(r) for r in revisions.values()] == [15] * 10
    assert all(r == sorted(r) for r in revisions.values())
    assert most_together > 1


async def test_a_message_that_is_at_fault_becomes_a_dead_letter(settings: Settings) -> None:
    """
    Its bytes, key and headers are untouched, the reason is said, and the next one goes on.
    """
    broken = [b"not json \xff\x00", b'{"ticket_id": "T-1", "raw_message": 7}', b"[]", b""]
    own = [("correlation-id", b"c-1"), ("x", b"1"), ("x", b"2")]
    async with running(settings):
        await publish(settings, *((b"T-1", value, own) for value in broken), ticket(1))
        letters = await dead_letters(settings, len(broken))
        letters.sort(key=lambda letter: int(headers(letter)["origin-offset"]))
        assert len(await read(settings, TRIAGED, 1)) == 1

    assert [letter.value for letter in letters] == broken
    for offset, letter in enumerate(letters):
        assert letter.key == b"T-1"
        assert list(letter.headers[:3]) == own
        assert headers(letter)["error-stage"] == "triage"
        assert headers(letter)["error-class"] == "Unprocessable"
        assert headers(letter)["origin-topic"].endswith("incoming-tickets")
        assert headers(letter)["origin-offset"] == str(offset)
        assert headers(letter)["error-attempts"] == "1"
    assert "raw_message" in headers(letters[1])["error-message"]


async def test_a_bug_in_a_stage_stops_only_its_own_ticket(settings: Settings) -> None:
    """
    The dead letter names stage and class, and repeats nothing of what the customer wrote.
    """

    async def buggy(ticket: IncomingTicket) -> TriagedTicket:
        if ticket.ticket_id == "T-1":
            raise KeyError(ticket.raw_message)
        return await triaged(ticket)

    async with running(settings, buggy):
        await publish(settings, *(ticket(n, text="my secret") for n in range(3)))
        (letter,) = await dead_letters(settings, 1)
        assert len(await read(settings, TRIAGED, 2)) == 2

    assert letter.key == b"T-1"
    assert headers(letter)["error-class"] == "KeyError"
    assert "test_agents.py:" in headers(letter)["error-message"]
    assert "secret" not in str(letter.headers)


async def test_an_outage_holds_tickets_and_fills_no_dead_letters(settings: Settings) -> None:
    """
    What a stage depends on is away: its tickets wait, uncommitted, and go on when it is back.
    """
    back = False

    async def depends(ticket: IncomingTicket) -> TriagedTicket:
        if not back:
            raise Unavailable("away")
        return await triaged(ticket)

    async with running(settings, depends):
        await publish(settings, *(ticket(n) for n in range(20)))
        await asyncio.sleep(1.5)
        assert await committed(settings) == 0
        back = True
        await read(settings, TRIAGED, 20)
        await all_done(settings, 20)
        await publish(settings, (b"x", b"broken", ()))
        assert len(await dead_letters(settings, 1)) == 1


async def test_an_event_that_outgrows_its_topic_becomes_a_dead_letter(
    settings: Settings, limits: None
) -> None:
    """
    It is not retried for ever, and the input is kept as it came.
    """

    async def inflates(ticket: IncomingTicket) -> TriagedTicket:
        made = await triaged(ticket)
        if ticket.ticket_id == "T-1":
            noise = "".join(chr(random.randrange(0x4E00, 0x9FFF)) for _ in range(MAX_EVENT_BYTES))  # noqa: S311
            return made.model_copy(update={"noise": noise})
        return made

    sent = ticket(1)
    async with running(settings, inflates):
        await publish(settings, sent, ticket(2))
        (letter,) = await dead_letters(settings, 1)
        assert len(await read(settings, TRIAGED, 1)) == 1

    assert letter.value == sent[1]
    assert headers(letter)["error-class"] == "Outgrown"


async def test_a_dead_letter_is_measured_as_the_broker_does(
    settings: Settings, limits: None
) -> None:
    """
    Compressed, a message of many megabytes may fit into a topic, and then its dead letter fits too.
    """
    huge = b"a" * 5_000_000  # compressed, next to nothing
    async with running(settings):
        await publish(settings, (b"T-1", huge, ()))
        (letter,) = await dead_letters(settings, 1)
    assert (letter.key, letter.value) == (b"T-1", huge)


async def test_a_dead_letter_that_does_not_fit_goes_without_what_is_too_large(
    settings: Settings, limits: None
) -> None:
    """
    An operator's topic may take less than ours; what is left out is said, and the next goes on.
    """
    await _limit(settings, DEAD_LETTERS, 200_000)
    dense = random.randbytes(400_000)  # noqa: S311  # no compression helps
    async with running(settings):
        await publish(
            settings, (b"T-1", dense, ()), (None, dense, ()), (dense, b"x", ()), ticket(2)
        )
        letters = await dead_letters(settings, 3)
        assert len(await read(settings, TRIAGED, 1)) == 1

    found = {headers(letter)["error-value-omitted"]: letter for letter in letters}
    assert {(letter.key, letter.value) for letter in letters} == {
        (b"T-1", None),
        (None, b""),
    }
    assert set(found) == {"400000", "1"}
    assert headers(found["1"])["error-key-omitted"] == "400000"


async def _limit(settings: Settings, topic: Topic[Any], size: int) -> None:
    """Let *topic* take no message of more than *size* bytes."""
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        name, wanted = names.topic(settings, topic), {"max.message.bytes": str(size)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, wanted)])
    finally:
        await admin.close()


async def test_a_message_without_a_value_is_skipped(settings: Settings) -> None:
    """
    Null on incoming-tickets is reserved: it is neither a ticket nor a dead letter.
    """
    async with running(settings):
        await publish(settings, (b"T-1", None, ()), ticket(1))
        assert len(await read(settings, TRIAGED, 1)) == 1
        await all_done(settings, 2)


async def test_a_publishers_own_event_id_makes_the_identity(settings: Settings) -> None:
    """
    The same text with two ids is two events; the same id twice is one; a run is a new one.
    """

    def said(event_id: bytes, *more: tuple[str, bytes]) -> tuple[bytes, bytes | None, list]:  # type: ignore[type-arg]
        return b"T-1", ticket(1)[1], [("ce_source", b"desk"), ("ce_id", event_id), *more]

    own = settings.model_copy(update={"remembered": 0})
    async with running(own):
        await publish(own, said(b"1"), said(b"2"), said(b"1"), said(b"1", ("run", b"1")))
        out = await read(own, TRIAGED, 4)

    first, second, again, rerun = (headers(r)["ce_id"] for r in out)
    assert first == again
    assert len({first, second, rerun}) == 3


async def test_a_stopped_worker_lets_go_and_the_next_one_takes_over(settings: Settings) -> None:
    """
    What waits is let go at once, what works gets the grace time; nothing of it is lost.
    """
    settings = settings.model_copy(update={"grace_seconds": 1.0, "concurrency": 5})
    for_ever = asyncio.Event()

    async def stuck(ticket: IncomingTicket) -> TriagedTicket:
        if int(ticket.ticket_id[2:]) % 3:
            await for_ever.wait()
        return await triaged(ticket)

    await publish(settings, *(ticket(n) for n in range(30)))
    loop = asyncio.get_running_loop()
    async with running(settings, stuck):
        await read(settings, TRIAGED, 1)
        began = loop.time()
    assert loop.time() - began < 10  # and not for ever, as with Faust's own wait

    async with running(settings):
        out = await read(settings, TRIAGED, 30)

        async def all_out() -> bool:
            keys = {r.key for r in await read(settings, TRIAGED, 30)}
            return keys == {f"T-{n}".encode() for n in range(30)}

        await eventually(all_out)
    ids = defaultdict(set)
    for record in out:
        ids[record.key].add(headers(record)["ce_id"])
    assert all(len(found) == 1 for found in ids.values())


async def test_a_second_worker_may_join_while_tickets_are_in_flight(
    settings: Settings, groups: None
) -> None:
    """
    A rebalance repeats at most what was in flight, and loses nothing.
    """

    async def slowly(ticket: IncomingTicket) -> TriagedTicket:
        await asyncio.sleep(0.05)
        return await triaged(ticket)

    settings = settings.model_copy(update={"concurrency": 4})
    async with running(settings, slowly):
        await publish(settings, *(ticket(n) for n in range(100)))
        async with running(settings, slowly):
            await publish(settings, *(ticket(n) for n in range(100, 200)))

            async def all_out() -> bool:
                return len({r.key for r in await read(settings, TRIAGED, 1)}) == 200

            await eventually(all_out, seconds=60)


async def test_a_result_is_asked_of_all_in_sync_replicas(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A broker that dies takes with it what it alone has: neither we nor who publishes relies on that.
    """
    acks = []

    def asked(**request: Any) -> ProduceRequest:
        acks.append(request["required_acks"])
        return ProduceRequest(**request)

    monkeypatch.setattr(sender, "ProduceRequest", asked)
    async with running(settings):
        await publish(settings, ticket(1), (b"T-2", b"broken", ()))
        await read(settings, TRIAGED, 1)
        await dead_letters(settings, 1)

    assert len(acks) >= 3
    assert set(acks) == {-1}


async def test_nothing_is_lost_while_workers_come_and_go(settings: Settings, groups: None) -> None:
    """
    Rebalance after rebalance under load: every message comes out, and the offsets say so.
    """

    async def slowly(ticket: IncomingTicket) -> TriagedTicket:
        await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311
        return await triaged(ticket)

    settings = settings.model_copy(update={"concurrency": 8, "grace_seconds": 0.5})
    sent = 600

    async def keep_publishing() -> None:
        for n in range(0, sent, 10):
            await publish(settings, *(ticket(i, message_id=f"m{i}") for i in range(n, n + 10)))

    async def come_and_go(wait: float) -> None:
        await asyncio.sleep(wait)
        for _ in range(4):
            async with running(settings, slowly):
                await asyncio.sleep(random.uniform(0.5, 2.5))  # noqa: S311

    async with running(settings, slowly):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_publishing())
            tasks.create_task(come_and_go(0))
            tasks.create_task(come_and_go(0.7))
        await all_done(settings, sent, seconds=60)
    keys = {record.key for record in await read(settings, TRIAGED, sent)}
    assert keys == {f"T-{n}".encode() for n in range(sent)}


@pytest.mark.parametrize("packed", ["gzip", "lz4", "zstd"])
async def test_a_batch_that_would_fill_the_memory(settings: Settings, packed: str) -> None:
    """
    Some kilobytes that stand for many megabytes are not unpacked: a dead letter says where it is.
    """
    producer = Producer(
        {
            "bootstrap.servers": settings.kafka_brokers,
            "compression.type": packed,
            "message.max.bytes": 1_000_000_000,
            "partitioner": "murmur2_random",
        }
    )
    topic = names.topic(settings, INCOMING)
    producer.produce(topic, b" " * (records.MOST_UNPACKED + 1), b"T-1")
    producer.flush(30)
    async with running(settings):
        await publish(settings, ticket(1), ticket(2, "x" * 100_000))
        out = await read(settings, TRIAGED, 2)
        (letter,) = await dead_letters(settings, 1)

    assert {record.key for record in out} == {b"T-1", b"T-2"}
    assert (letter.key, letter.value) == (None, b"")
    assert headers(letter)["error-class"] == "Unprocessable"
    assert headers(letter)["origin-offset"] == "0"
