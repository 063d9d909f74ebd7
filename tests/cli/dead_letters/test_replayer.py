"""Publishing replays and marking them."""

from __future__ import annotations

import random

from schemas.dead_letters import mark
from schemas.envelope import Headers, header
from schemas.topics import INCOMING
from streams.backends.kafka import names
from streams.cli.dead_letters.letter_reader import reading
from streams.cli.dead_letters.register import Register
from streams.cli.dead_letters.replayer import Ready, replaying
from streams.settings import Settings
from streams.stage import Message
from tests.support.dead_letters import NOW, Bug, Call, a_letter, bury, limit_topic
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID, recorded
from tests.support.stages import dead_letters, publish, read, running, ticket


async def test_two_people_at_the_same_time(settings: Settings) -> None:
    """
    What somebody else has replayed since we looked is left out, unless it is to be done again.
    """
    await bury(settings, a_letter(b"T-1", b"1"))
    (letter,) = await dead_letters(settings, 1)
    place = letter.partition, letter.offset
    refused: list[str] = []
    async with reading(settings, "beginning") as consumer:
        register = Register(consumer, lambda letter: True)
        await register.catch_up()
        name = names.topic(settings, INCOMING)
        ready = [Ready(place, letter.key, Message(name, *ticket(1)[:2], []))]
        async with replaying(settings, register, lambda _, why: refused.append(why)) as replayer:
            assert register.chosen(replayed=False)
            await bury(settings, (b"T-1", None, mark(place, to="x", at=NOW)))

            assert await replayer.replay(ready, again=False) == []
            assert await replayer.replay(ready, again=True) == ready
    assert refused == ["somebody else has replayed it just now"]
    assert len(await read(settings, INCOMING, 1)) == 1


async def test_a_replay_is_part_of_the_letters_trace(settings: Settings) -> None:
    """
    The message goes on with the trace that its letter carries; the mark is of none.
    """
    headers: Headers = [("traceparent", CALLER.encode())]
    with recorded() as spans:
        async with reading(settings, "beginning") as consumer:
            name = names.topic(settings, INCOMING)
            ready = [Ready((0, 0), b"T-1", Message(name, *ticket(1)[:2], headers))]
            register = Register(consumer, lambda letter: True)
            async with replaying(settings, register, lambda *_: None) as replayer:
                await replayer.replay(ready, again=True)

    (message,) = await read(settings, INCOMING, 1)
    (sent,) = spans
    assert (sent.trace_id, sent.parent_id) == (TRACE_ID, SPAN_ID)
    assert header(message.headers, "traceparent") == f"00-{TRACE_ID}-{sent.span_id}-01"


async def test_a_letter_that_does_not_fit(settings: Settings, call: Call, limits: None) -> None:
    """
    What the topic does not take is refused by name, and the others are replayed and marked.
    """
    async with running(settings, Bug("triage").triage):
        noise = random.randbytes(75_000).hex()  # noqa: S311
        await publish(settings, ticket(1, noise), ticket(2))
        await dead_letters(settings, 2)
    await limit_topic(settings, INCOMING, "max.message.bytes", "50000")

    done = await call("replay", "--all")

    assert done.code == 1
    assert done.rows[-1] == {"replayed": 1, "refused": 1}
    assert "does not fit" in done.said
    assert [row["key"] for row in (await call("list", "--not-replayed")).rows] == ["T-1"]
