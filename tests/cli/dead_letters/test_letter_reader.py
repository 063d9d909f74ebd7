"""Letters, and what they came from, where they lie."""

from __future__ import annotations

import random
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.envelope import header
from schemas.topics import DEAD_LETTERS, INCOMING, MAX_DEAD_LETTER_BYTES, Topic
from streams.backends.kafka import connection, names
from streams.settings import Settings
from tests.support.dead_letters import (
    Bug,
    Call,
    limit_topic,
    on,
)
from tests.support.stages import dead_letters, publish, running, ticket


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
