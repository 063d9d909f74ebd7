"""`ticketstream dead-letters list`: what a person and a program read."""

from __future__ import annotations

import asyncio

from schemas.topics import TRIAGED
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.command_line import on_terminal, screen
from tests.support.dead_letters import Call, a_letter, bury
from tests.support.process import environment
from tests.support.stages import dead_letters, publish, running


async def test_the_reason_is_in_our_words(settings: Settings, call: Call) -> None:
    """
    A rule of ours is told as it is written, without a library's words in front.
    """
    async with running(settings):
        await publish(settings, (b"T-1", b'{"ticket_id": "T-1"}', ()))
        await dead_letters(settings, 1)
    (row,) = (await call("list")).rows

    assert row["reason"] == "message: give a raw_message or a subject that is not empty"


async def test_on_a_terminal(settings: Settings) -> None:
    """
    A person reads lines that fit, and the terminal obeys no byte of them.
    """
    hostile = b"Z\x1b]2;PWNED\x07\x1b[2J\xff\xe2\x80\xae"
    await bury(settings, a_letter(hostile, hostile, ("\x1b[2J", hostile)))
    seen = {}
    for columns in (80, 120):
        env = environment(settings, COLUMNS=str(columns), NO_COLOR="1")
        listed = screen(await asyncio.to_thread(on_terminal, "dead-letters", "list", env=env))
        assert max(map(len, listed)) <= columns
        seen[columns] = listed[0].split()

    assert not {"\x1b", "\x07", "\u202e"} & {*"\n".join(listed)}
    assert set(seen[80]) >= {"id", "ticket", "class", "replayed", "reason"}
    assert {"when", "stage"} <= set(seen[120])


async def test_a_wider_terminal_shows_more_of_the_reason(settings: Settings, call: Call) -> None:
    """
    The reason has first claim on the room that is left: other columns come where it has enough.
    """
    reason = "".join(chr(ord("a") + n % 26) for n in range(100))
    origin = {"origin_topic": names.topic(settings, TRIAGED), "origin_partition": "0"}
    letter = a_letter(
        b"a-key-that-is-as-long-as-some-keys-are", b"1", error_message=reason, **origin
    )
    await bury(settings, letter)
    room = []
    for columns in (80, 100, 120, 240):
        env = environment(settings, COLUMNS=str(columns), NO_COLOR="1")
        listed = screen(await asyncio.to_thread(on_terminal, "dead-letters", "list", env=env))
        shown = listed[1].split()[-1].rstrip("…")
        assert reason.startswith(shown)
        room.append(len(shown))

    assert room == sorted(room)
    assert room[0] >= 30
    assert room[-1] == len(reason)
