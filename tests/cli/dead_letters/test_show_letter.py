"""`ticketstream dead-letters show`: all there is of one letter, for a person and for a program."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from streams.settings import Settings
from tests.support.command_line import on_terminal, screen
from tests.support.dead_letters import Call, a_letter, bury
from tests.support.process import environment


async def page(settings: Settings, call: Call) -> str:
    """Return what a person reads of the one letter that there is."""
    (row,) = (await call("list")).rows
    env = environment(settings, COLUMNS="120", NO_COLOR="1")
    seen = await asyncio.to_thread(on_terminal, "dead-letters", "show", row["id"], env=env)
    return "\n".join(screen(seen))


async def test_a_page_is_not_obeyed(settings: Settings, call: Call) -> None:
    """
    A person reads a page that shows each byte, and the terminal obeys none.
    """
    hostile = b"Z\x1b]2;PWNED\x07\x1b[2J\xff\xe2\x80\xae"
    await bury(settings, a_letter(hostile, hostile, ("\x1b[2J", hostile)))

    shown = await page(settings, call)

    assert not {"\x1b", "\x07", "\u202e"} & {*shown}
    assert shown.count(r"Z\x1b]2;PWNED\x07\x1b[2J\xff\u202e") == 3


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (b'{"a":[1,"\xc3\xbc"]}', ['  "a": [', "    1,", '    "ü"']),
        (b'{"a": 1, "a": 2}', ['{"a": 1, "a": 2}']),
        (b'{"a": 12345678.123456789012}', ['{"a": 12345678.123456789012}']),
        (b'{"a": 1e999}', ['{"a": 1e999}']),
        (b'{"a": 1.50}', ['  "a": 1.5']),
        (b"[" * 2000, ["[" * 100]),
        (b"not JSON\n  at all", ["not JSON", "  at all"]),
    ],
)
async def test_a_value_as_a_person_reads_it(
    settings: Settings, call: Call, value: bytes, lines: list[str]
) -> None:
    """
    JSON is indented; where that would hide something, the value stands as it is.
    """
    await bury(settings, a_letter(b"T-1", value))

    shown = await page(settings, call)

    assert f"value, {len(value):,} bytes" in shown
    assert "\n".join(lines) in shown


async def test_a_long_value(settings: Settings, call: Call) -> None:
    """
    A terminal gets the beginning, and is told where the rest is.
    """
    await bury(settings, a_letter(b"T-1", b"x" * 20_123))

    shown = await page(settings, call)

    assert "… and 123 characters more: --output FILE has all" in shown


async def test_a_letter_without_a_key_or_a_reason(settings: Settings, call: Call) -> None:
    """
    What a letter does not say is left out of the page, and null for a program.
    """
    await bury(settings, (None, b"1", [("error-stage", b"triage")]))

    shown = await page(settings, call)
    (row,) = (await call("list")).rows
    (told,) = (await call("show", row["id"])).rows

    names = {line.split()[0] for line in shown.splitlines() if line and line[0] != " "}
    assert names >= {"id", "when", "stage", "replayed", "headers"}
    assert not names & {"key", "class", "reason", "attempts", "origin"}
    assert (told["key"], told["class"], told["reason"]) == (None, None, None)


async def test_for_a_program(settings: Settings, call: Call) -> None:
    """
    Text is text, and bytes that are none are base64 under another name: nothing is changed.
    """
    await bury(settings, a_letter(b"\xff", "ü\n".encode(), ("h", b"\x00\xff")))
    (row,) = (await call("list")).rows

    (shown,) = (await call("show", row["id"])).rows

    assert row.items() <= shown.items()
    assert (shown["value"], shown["value_from"]) == ("ü\n", "dead letter")
    assert base64.b64decode(shown["key_base64"]) == b"\xff"
    assert shown["headers"][0] == {"name": "h", "value_base64": "AP8="}


async def test_to_a_file(settings: Settings, call: Call, tmp_path: Path) -> None:
    """
    A file gets the bytes as they came, and no file that is there is written over.
    """
    value = b"\xff\x00 broken"
    await bury(settings, a_letter(b"T-1", value))
    (row,) = (await call("list")).rows
    file = tmp_path / "value"

    done = await call("show", row["id"], "--output", str(file))
    again = await call("show", row["id"], "--output", str(file))
    nowhere = await call("show", row["id"], "--output", str(tmp_path / "no" / "folder"))

    assert (done.code, done.rows, file.read_bytes()) == (0, [], value)
    assert f"9 bytes written to {file}" in done.said
    assert again.code == 2
    assert "exists already" in again.said
    assert nowhere.code == 2
    assert "cannot be written (No such file or directory)" in nowhere.said
    assert file.read_bytes() == value


async def test_bytes_are_not_for_a_terminal(settings: Settings, call: Call) -> None:
    """
    `--output -` gives a pipe the bytes, and refuses a terminal, which may obey them.
    """
    await bury(settings, a_letter(b"T-1", b"\x1b[2J"))
    (row,) = (await call("list")).rows
    env = environment(settings, COLUMNS="200", NO_COLOR="1")

    seen = await asyncio.to_thread(
        on_terminal, "dead-letters", "show", row["id"], "--output", "-", env=env
    )

    assert "a terminal may obey these bytes: give a file, or a pipe" in seen
    assert "\x1b[2J" not in seen


async def test_a_mark_is_no_letter(settings: Settings, call: Call) -> None:
    """
    The place of a mark has no letter to be shown.
    """
    mark = ("ce_type", b"ticketstream.dead-letter.replayed.v1")
    await bury(settings, (b"T-1", b"", [mark]), a_letter(b"T-1", b"1"))
    (row,) = (await call("list")).rows
    partition, offset = map(int, row["id"].split("-"))

    done = await call("show", f"{partition}-{offset - 1}")

    assert (done.code, done.rows) == (2, [])
    assert "no dead letter has the ID" in done.said
