"""
`ticketstream dead-letters show`: all there is of one dead letter.

It shows what a customer wrote, because somebody asks for it.
"""

from __future__ import annotations

import base64
import json
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord

from schemas.dead_letters import Place, failure, is_mark, letter_id
from streams.cli import stdio, terminal
from streams.cli.dead_letters.letter_reader import original, reading, records
from streams.cli.dead_letters.letters import GONE, HINT, catch_up, place, row_of
from streams.cli.dead_letters.register import Letter, Mark, Register, letter_of
from streams.cli.exit_codes import DONE
from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.stage import Message

STANDARD_OUTPUT = "-"
_MOST_SHOWN = 20_000
"""Characters of a value, and of a header, that a terminal shows."""
_JOINERS = "\u200c\u200d"
"""Invisible parts of letters and emoji. They do no harm."""


async def show_letter(settings: Settings, asked: str, output: str | None) -> int:
    """
    Show all there is of one letter, its value included; or write its value's bytes to *output*.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: There is no such letter, or *output* cannot be written.
    """
    at = place(asked)
    record = await _found(settings, at)
    came = await original(settings, record)
    if output is not None:
        _write(came, output)
        return DONE
    async with reading(settings, {at[0]: at[1]}) as consumer:
        register = Register(consumer, lambda letter: letter.place == at)
        await catch_up(register)
    letter, mark = letter_of(record), register.marks.get(at)
    if terminal.is_read_by_person():
        _page(letter, mark, record, came)
    else:
        terminal.json_line(row_of(letter, mark) | _content(record, came))
    if came is None:
        terminal.note(GONE)
    return DONE


async def _found(settings: Settings, at: Place) -> ConsumerRecord:
    async with aclosing(records(settings, [at])) as found:
        async for record in found:
            if not is_mark(record.headers):
                return record
    raise ConfigurationError(f"no dead letter has the ID {letter_id(at)}: {HINT}")


def _write(came: Message | None, output: str) -> None:
    if came is None:
        raise ConfigurationError(GONE)
    value = came.value or b""
    if output == STANDARD_OUTPUT:
        if terminal.is_read_by_person():
            raise ConfigurationError("a terminal may obey these bytes: give a file, or a pipe")
        stdio.write_bytes(value)
        return
    path = Path(output)
    if path.is_file():
        raise ConfigurationError(f"{output} exists already: choose another name, or remove it")
    try:
        path.write_bytes(value)
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written ({error.strerror})") from None
    terminal.note(f"{len(value):,} bytes written to {output}")


def _content(record: ConsumerRecord, came: Message | None) -> dict[str, Any]:
    """Return headers, key and value for a program: text, or base64 where it is none."""
    omitted = failure(record.headers).value_omitted is not None
    return {
        "headers": [{"name": name} | _text("value", value) for name, value in record.headers],
        **_text("key", came.key if came else record.key),
        **_text("value", came.value if came else None),
        "value_from": None if came is None else "origin" if omitted else "dead letter",
    }


def _text(name: str, value: bytes | None) -> dict[str, str | None]:
    if value is None:
        return {name: None}
    try:
        return {name: value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value).decode()}


def _page(letter: Letter, mark: Mark | None, record: ConsumerRecord, came: Message | None) -> None:
    """Write what a person reads."""
    origin = letter.origin and f", partition {letter.origin[0]}, offset {letter.origin[1]}"
    key = came.key if came else record.key
    about = {
        "id": letter.id,
        "when": letter.at.astimezone().isoformat(sep=" ", timespec="seconds"),
        "stage": letter.stage,
        "class": letter.error_class,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "origin": f"{letter.origin_topic or ''}{origin or ''}",
        "replay of": letter.replay_of,
        "replayed": f"{mark.at}, to {mark.to}" if mark else "no",
        "key": None if key is None else _text_of(key),
    }
    for name, said in about.items():
        if said not in (None, ""):
            print(f"{name:<10} {_visible(str(said))}")
    print("\nheaders")
    for name, value in record.headers:
        print(f"  {_visible(name)} = {_visible(_text_of(value or b''))}")
    if came is not None:
        value = came.value or b""
        print(f"\nvalue, {len(value):,} bytes", end="")
        omitted = failure(record.headers).value_omitted is not None
        print(f", from {letter.origin_topic}" if omitted else "")
        print(_pretty(value))


def _pretty(value: bytes) -> str:
    """Return *value* as indented JSON; or where that would hide something, as it is."""
    try:
        parsed = json.loads(
            value.decode(), object_pairs_hook=_without_repeats, parse_float=_exactly
        )
        text = json.dumps(parsed, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = _text_of(value)
    shown = "\n".join(map(_visible, text[:_MOST_SHOWN].split("\n")))
    if len(text) > _MOST_SHOWN:
        shown += f"\n… and {len(text) - _MOST_SHOWN:,} characters more: --output FILE has all"
    return shown


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _exactly(number: str) -> float:
    made = float(number)
    if Decimal(repr(made)) != Decimal(number):
        raise ValueError
    return made


def _text_of(value: bytes) -> str:
    """Return *value* as text; bytes that are not UTF-8 become escapes, such as `\\xff`."""
    return value.decode("utf-8", "backslashreplace")


def _visible(text: str) -> str:
    """Return *text* as one line in which all is seen, as Python's escapes, and nothing obeyed."""
    cut = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
    return "".join(c if c.isprintable() or c in _JOINERS else _escaped(c) for c in cut)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
