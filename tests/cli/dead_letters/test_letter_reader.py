"""Letters, and what they came from, where they lie."""

from __future__ import annotations

import random
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.dead_letters import Place
from schemas.envelope import header
from schemas.topics import DEAD_LETTERS, INCOMING, MAX_DEAD_LETTER_BYTES, TRIAGED, Topic
from streams.backends.kafka import connection, names
from streams.cli.dead_letters.letter_reader import origin_of, original, reading, records
from streams.settings import Settings
from tests.support.dead_letters import (
    Bug,
    Call,
    a_letter,
    bury,
    limit_topic,
    on,
)
from tests.support.stages import dead_letters, publish, read, running, ticket


async def places(settings: Settings) -> list[Place]:
    """Return where the letters lie, in their order."""
    found = await read(settings, DEAD_LETTERS, 1)
    return sorted((record.partition, record.offset) for record in found)


async def values(settings: Settings, *wanted: Place) -> list[bytes]:
    """Return the values of the letters at *wanted*, as they are read."""
    async with aclosing(records(settings, wanted)) as found:
        return [record.value async for record in found]


async def the_letter(settings: Settings) -> ConsumerRecord:
    """Return the one letter that there is."""
    (record,) = await read(settings, DEAD_LETTERS, 1)
    return record


async def test_letters_are_read_where_they_lie(settings: Settings) -> None:
    """
    Those that are wanted, in the order in which they lie; those between are left out.
    """
    await bury(settings, *(a_letter(b"same", b"%d" % number) for number in range(6)))
    lie = await places(settings)

    assert await values(settings, lie[4], lie[1], lie[2]) == [b"1", b"2", b"4"]


async def test_letters_of_all_partitions(settings: Settings) -> None:
    """
    Letters of several partitions are read one partition after the other, none twice.
    """
    await bury(settings, *(a_letter(b"T-%d" % number, b"%d" % number) for number in range(20)))
    lie = await places(settings)

    found = await values(settings, *lie)

    assert len({partition for partition, _ in lie}) > 1
    assert sorted(found, key=int) == [b"%d" % number for number in range(20)]


async def test_letters_that_are_far_apart(settings: Settings) -> None:
    """
    What lies far between two wanted ones is jumped over, and both are found.
    """
    await bury(settings, *(a_letter(b"same", b"%d" % number) for number in range(1200)))
    lie = await places(settings)

    assert await values(settings, lie[0], lie[1199]) == [b"0", b"1199"]


async def test_letters_that_are_not_there(settings: Settings) -> None:
    """
    A place behind the end, or on a partition that there is not, is left out, and nobody waits.
    """
    await bury(settings, a_letter(b"T-1", b"1"))
    ((partition, offset),) = await places(settings)

    found = await values(settings, (partition, offset), (partition, offset + 1), (9_999, 0))

    assert found == [b"1"]


@pytest.mark.parametrize("since", [datetime(1, 1, 1, tzinfo=UTC), "beginning", {}])
async def test_where_reading_begins(settings: Settings, since: Any) -> None:
    """
    At a time, however long ago; at the beginning; and without offsets at the end.
    """
    await bury(settings, a_letter(b"T-1", b"1"))

    async with reading(settings, since) as consumer:
        at = sum([await consumer.position(place) for place in consumer.assignment()])

    assert at == (1 if since == {} else 0)


async def test_the_message_as_it_came(settings: Settings) -> None:
    """
    A letter that has its value is the message, without the headers that tell of its failure.
    """
    await bury(settings, a_letter(b"T-1", b"broken", ("a", b"b"), origin_topic="x"))

    came = await original(settings, await the_letter(settings))

    assert came
    assert (came.topic, came.key, came.value, came.headers) == (
        "x",
        b"T-1",
        b"broken",
        [("a", b"b")],
    )


@pytest.mark.parametrize(
    ("more", "is_there"),
    [
        ({}, True),
        ({"error_value_omitted": "7"}, False),
        ({"origin_offset": "99"}, False),
        ({"origin_partition": "99"}, False),
        ({"origin_topic": "somebody-elses"}, False),
    ],
)
async def test_a_value_that_lies_where_it_came_from(
    settings: Settings, more: dict[str, str], is_there: bool
) -> None:
    """
    An omitted value is read at its origin; what lies there now and is another one is not taken.
    """
    await publish(settings, (b"T-1", b"large", [("a", b"b")]))
    (came,) = await read(settings, INCOMING, 1)
    said = {
        "origin_topic": came.topic,
        "origin_partition": str(came.partition),
        "origin_offset": str(came.offset),
        "error_value_omitted": "5",
    }
    await bury(settings, a_letter(b"T-1", b"", **{**said, **more}))

    found = await original(settings, await the_letter(settings))

    assert (found is not None) is is_there
    if found:
        assert (found.key, found.value, found.headers) == (b"T-1", b"large", [("a", b"b")])


async def test_a_topic_that_was_made_anew(settings: Settings) -> None:
    """
    Where another ticket lies at the letter's origin, of the same size, it is not taken for it.
    """
    await publish(settings, (b"T-2", b"large", []))
    (came,) = await read(settings, INCOMING, 1)
    letter = a_letter(
        b"T-1",
        b"",
        origin_topic=came.topic,
        origin_partition=str(came.partition),
        origin_offset=str(came.offset),
        error_value_omitted="5",
    )
    await bury(settings, letter)

    assert await original(settings, await the_letter(settings)) is None


async def test_whose_topic_it_came_from(settings: Settings) -> None:
    """
    Topics that a stage of this installation reads are ours; another's with the same name behind
    its prefix is not.
    """
    for number, name in enumerate((names.topic(settings, TRIAGED), TRIAGED.name)):
        await bury(settings, a_letter(b"same", b"%d" % number, origin_topic=name))
    found = sorted(await read(settings, DEAD_LETTERS, 2), key=lambda record: record.offset)

    assert [origin_of(settings, record) for record in found] == [TRIAGED, None]


async def test_a_value_that_was_omitted_is_read_where_it_came_from(
    settings: Settings, call: Call, limits: None
) -> None:
    """
    A letter without its value is shown and replayed whole, as long as its origin is there.
    """
    await limit_topic(settings, DEAD_LETTERS, "max.message.bytes", "100000")
    noise = random.randbytes(75_000).hex()  # noqa: S311
    key, value, _ = ticket(1, noise)
    async with running(settings, Bug("triage").triage):
        await publish(settings, (key, value, [("large", noise.encode()[:50_000]), ("a", b"b")]))
        (letter,) = await dead_letters(settings, 1)
    assert letter.value is None
    await limit_topic(settings, DEAD_LETTERS, "max.message.bytes", str(MAX_DEAD_LETTER_BYTES))
    (row,) = (await call("list")).rows

    (shown,) = (await call("show", row["id"])).rows
    assert shown["value_from"] == "origin"
    assert shown["value"].encode() == value
    assert (await call("replay", row["id"])).code == 0
    *_, again = await on(settings, INCOMING, 2)
    assert again.value == value
    assert header(again.headers, "a") == "b"

    await _delete(settings, INCOMING)
    (shown,) = (await call("show", row["id"])).rows
    assert (shown["value"], shown["value_from"]) == (None, None)
    gone = await call("replay", row["id"], "--again")
    assert gone.code == 2
    assert "--with FILE" in gone.said


async def _delete(settings: Settings, topic: Topic[Any]) -> None:
    """Delete what is on *topic*, as retention does."""
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        name = names.topic(settings, topic)
        (found,) = await admin.describe_topics([name])
        places = [TopicPartition(name, p["partition"]) for p in found["partitions"]]
        await admin.delete_records({place: RecordsToDelete(before_offset=-1) for place in places})
    finally:
        await admin.close()
