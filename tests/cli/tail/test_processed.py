"""`ticketstream tail`: what a person and a program read."""

from __future__ import annotations

import json

import pytest

from streams.settings import Settings
from tests.support.command_line import (
    SECRET,
    Env,
    call,
    on_terminal,
    parts,
    process,
    processed,
    rows,
    started,
)


async def test_tail(env: Env, settings: Settings) -> None:
    """
    A program reads each event whole, unknown fields included, a line each.
    """
    await process(settings, processed("A"), processed("B"))
    done = call("tail", "--from-beginning", "--count", "2", env=env)

    assert done.returncode == 0
    assert rows(done.stdout) == [json.loads(processed("A")), json.loads(processed("B"))]


async def test_tail_on_a_terminal(env: Env, settings: Settings) -> None:
    """
    A person reads a line a ticket: id, priority, verdict, and the draft's beginning.
    """
    await process(settings, processed("A-ticket"))
    head, row = on_terminal("tail", "--from-beginning", "--count", "1", env=env).splitlines()

    assert head.split()[:3] == ["at", "ticket", "priority"]
    for shown in ("A-ticket", "P2", "passed", "Finance Team", "I understand"):
        assert shown in row


@pytest.mark.parametrize("columns", [80, 140])
async def test_tail_fits_the_terminal(env: Env, settings: Settings, columns: int) -> None:
    """
    On any terminal ids are whole and the draft is to be seen; a narrow one has no team.
    """
    long = "customer-4711/2026-11-23/ticket-000042"
    await process(settings, processed("T-1"), processed(long))
    sized = {**env, "COLUMNS": str(columns), "NO_COLOR": "1"}
    seen = on_terminal("tail", "--from-beginning", "--count", "2", env=sized).splitlines()
    head, first, second = seen

    assert max(map(len, seen)) <= columns
    assert len(first) > columns - 20
    assert first[head.index("draft") :].startswith("I understand your")
    assert long in second
    assert ("Finance Team" in first) is ("team" in head) is (columns == 140)


async def test_a_terminal_does_not_obey_customers(env: Env, settings: Settings) -> None:
    """
    Text that a customer sent changes neither the terminal's title nor its colours.
    """
    await process(settings, processed("Z\x1b]2;PWNED\x07\x1b[2J\x1b[31m\x9b31m\u202e"))
    seen = on_terminal("tail", "--from-beginning", "--count", "1", env={**env, "NO_COLOR": "1"})

    assert "Z\ufffd]2;PWNED\ufffd" in seen
    assert not {"\x1b]", "\x1b[2J", "\x1b[31m", "\x07", "\x9b", "\u202e"} & parts(seen)


async def test_tail_passes_over_what_is_no_event(env: Env, settings: Settings) -> None:
    """
    What is no event is named by its place, and the next one is shown: exit code 1.
    """
    await process(settings, SECRET.encode(), processed("A"))
    done = call("tail", "--from-beginning", "--count", "1", env=env)

    assert [row["ticket_id"] for row in rows(done.stdout)] == ["A"]
    assert done.returncode == 1
    assert "offset 0: not a processed ticket" in done.stderr
    assert SECRET not in done.stderr


async def test_reader_that_has_enough(env: Env, settings: Settings) -> None:
    """
    `ticketstream tail | head -1` ends without a complaint.
    """
    with started("tail", "--from-beginning", env=env) as running:
        assert running.stdout
        assert running.stderr
        await process(settings, processed("A"))
        assert running.stdout.readline()
        running.stdout.close()
        while running.poll() is None:
            await process(settings, processed("B"))

        assert running.stderr.read() == ""
        assert running.returncode == 141
