"""`ticketstream dead-letters show`."""

from __future__ import annotations

import asyncio

from streams.settings import Settings
from tests.support.command_line import on_terminal, screen
from tests.support.dead_letters import Call, a_letter, bury
from tests.support.process import environment


async def test_on_a_terminal(settings: Settings, call: Call) -> None:
    """
    A person reads lines that fit, and a page that shows each byte and obeys none.
    """
    hostile = b"Z\x1b]2;PWNED\x07\x1b[2J\xff\xe2\x80\xae"
    await bury(settings, a_letter(hostile, hostile, ("\x1b[2J", hostile)))
    (row,) = (await call("list")).rows
    seen = {}
    for columns in (80, 120):
        env = environment(settings, COLUMNS=str(columns), NO_COLOR="1")
        listed = screen(await asyncio.to_thread(on_terminal, "dead-letters", "list", env=env))
        assert max(map(len, listed)) <= columns
        seen[columns] = listed[0].split()
    page = await asyncio.to_thread(on_terminal, "dead-letters", "show", row["id"], env=env)
    shown = "\n".join(screen(page))

    assert not {"\x1b", "\x07", "\u202e"} & {*"\n".join(listed), *shown}
    assert set(seen[80]) >= {"id", "ticket", "class", "replayed", "reason"}
    assert {"when", "stage"} <= set(seen[120])
    assert shown.count(r"Z\x1b]2;PWNED\x07\x1b[2J\xff\u202e") == 3
