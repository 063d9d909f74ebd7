"""
`ticketstream dead-letters list` and `show`: what could not be processed, and why.

`list` shows nothing that a customer wrote. `show` does, because somebody asks for it.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord

from schemas.dead_letters import Place, failure, is_mark, letter_id, place_of
from streams.cli import stdio, terminal
from streams.cli.dead_letters import register as dead_letters
from streams.cli.dead_letters.register import Filter, Letter, Mark, Register, reading
from streams.cli.exit_codes import DONE
from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.stage import Message

HINT = '"ticketstream dead-letters list" shows them'
GONE = "its value did not fit into the dead letter, and is not where it came from any more"
STANDARD_OUTPUT = "-"
_WIDEST_KEY, _NARROW_KEY, _NARROW = 36, 20, 100
"""Columns: of a key, of one on a narrow terminal, and below which a terminal is narrow."""
_SPARED = ("origin", "tries", "stage", "when", "replayed")
"""What a narrow terminal does without, one after the other, to leave room for the reason."""
_REASON = 0.4
"""How much of a terminal's width reasons have, if one is that long, before what can be spared."""
_MOST_SHOWN = 20_000
"""Characters of a value, and of a header, that a terminal shows."""
_JOINERS = "\u200c\u200d"
"""Of letters and emoji: not to be seen, and no harm."""


async def list_(settings: Settings, wanted: Filter) -> int:
    """
    Show the letters that are *wanted*, oldest first, and say how many there are of each class.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic does not exist.
    """
    async with reading(settings, wanted.since or "beginning") as consumer:
        register = Register(consumer, wanted.wants)
        await read(register)
    letters = register.chosen(wanted.replayed)
    if not letters:
        terminal.note(nothing(register, wanted))
        return DONE
    if terminal.is_read_by_person():
        _table([(letter, register.marks.get(letter.place)) for letter in letters])
    else:
        for letter in letters:
            terminal.json_line(_row(letter, register.marks.get(letter.place)))
    classes = Counter(letter.error_class or "without a class" for letter in letters)
    replayed = sum(letter.place in register.marks for letter in letters)
    counted = ", ".join(f"{number:,} {name}" for name, number in classes.most_common())
    letter_s = "dead letter" if len(letters) == 1 else "dead letters"
    terminal.note(f"{len(letters):,} {letter_s}: {counted}; {replayed:,} replayed")
    return DONE


async def read(register: Register) -> None:
    """Read the topic into *register*, with a progress bar."""
    with terminal.progress(await register.missing(), "letters") as bar:
        await register.catch_up(bar.update)


def nothing(register: Register, wanted: Filter) -> str:
    """Return why no letter is *wanted* of those that *register* has seen."""
    seen = register.seen
    if not seen:
        return "there are no dead letters" + (" since then" if wanted.since else "")
    stages = ", ".join(sorted({stage for stage, _ in seen}))
    classes = ", ".join(sorted({error_class for _, error_class in seen}))
    return (
        f"none of {sum(seen.values()):,} dead letters matches;"
        f" they are of the stages {stages} and the classes {classes}"
    )


def place(asked: str) -> Place:
    """Return where the letter with this ID lies. Raises ConfigurationError if it is no ID."""
    try:
        return place_of(asked)
    except ValueError:
        raise ConfigurationError(f"{asked} is not the ID of a dead letter: {HINT}") from None


def _row(letter: Letter, mark: Mark | None) -> dict[str, Any]:
    """Return what a program reads of *letter*."""
    partition, offset = letter.origin or (None, None)
    return {
        "id": letter.id,
        "at": letter.at.isoformat(),
        "key": letter.key,
        "stage": letter.stage,
        "class": letter.error_class,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "origin_topic": letter.origin_topic,
        "origin_partition": partition,
        "origin_offset": offset,
        "replay_of": letter.replay_of,
        "replayed_at": mark.at if mark else None,
        "replayed_to": mark.to if mark else None,
    }


def _table(rows: Sequence[tuple[Letter, Mark | None]]) -> None:
    cells = [_cells(letter, mark) for letter, mark in rows]
    widest = _WIDEST_KEY if terminal.width() >= _NARROW else _NARROW_KEY
    widths = {
        name: max(len(name), *(terminal.width_of(row[name]) for row in cells)) for name in cells[0]
    }
    widths["ticket"] = min(widths["ticket"], widest)
    longest = max(terminal.width_of(letter.reason) for letter, _ in rows)
    reason = min(longest, int(_REASON * terminal.width()))
    widths = terminal.fitting(widths, _SPARED, reason)
    terminal.line(widths.items(), "reason")
    for row, (letter, _) in zip(cells, rows, strict=True):
        terminal.line([(row[name], width) for name, width in widths.items()], letter.reason)


def _cells(letter: Letter, mark: Mark | None) -> dict[str, object]:
    origin = "-".join(map(str, letter.origin or ()))
    return {
        "id": letter.id,
        "when": letter.at.astimezone().strftime("%m-%d %H:%M:%S"),
        "ticket": letter.key,
        "stage": letter.stage,
        "class": letter.error_class,
        "tries": letter.attempts,
        "replayed": "yes" if mark else "no",
        "origin": f"{letter.origin_topic or ''} {origin}".strip(),
    }


# show


async def show(settings: Settings, asked: str, output: str | None) -> int:
    """
    Show all there is of one letter, its value included; or write its value's bytes to *output*.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: There is no such letter, or *output* cannot be written.
    """
    at = place(asked)
    record = await _found(settings, at)
    came = await dead_letters.original(settings, record)
    if output is not None:
        _write(came, output)
        return DONE
    async with reading(settings, {at[0]: at[1]}) as consumer:
        register = Register(consumer, lambda letter: letter.place == at)
        await read(register)
    letter, mark = dead_letters.letter_of(record), register.marks.get(at)
    if terminal.is_read_by_person():
        _page(letter, mark, record, came)
    else:
        terminal.json_line(_row(letter, mark) | _content(record, came))
    if came is None:
        terminal.note(GONE)
    return DONE


async def _found(settings: Settings, at: Place) -> ConsumerRecord:
    async with aclosing(dead_letters.records(settings, [at])) as records:
        async for record in records:
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
        stdio.write(value)
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
        parsed = json.loads(value.decode(), object_pairs_hook=_without_repeats)
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


def _text_of(value: bytes) -> str:
    """Return *value* as text; bytes that are not UTF-8 become escapes, such as `\\xff`."""
    return value.decode("utf-8", "backslashreplace")


def _visible(text: str) -> str:
    """Return *text* as one line in which all is seen, as Python's escapes, and nothing obeyed."""
    cut = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
    return "".join(c if c.isprintable() or c in _JOINERS else _escaped(c) for c in cut)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
