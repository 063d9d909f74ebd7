"""
`ticketstream dead-letters list`: what could not be processed, and why.

It shows nothing that a customer wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from streams.cli import terminal
from streams.cli.dead_letters.letter_reader import reading
from streams.cli.dead_letters.letters import catch_up, row_of, why_none
from streams.cli.dead_letters.register import Filter, Letter, Mark, Register
from streams.cli.exit_codes import DONE
from streams.settings import Settings

_WIDEST_KEY, _NARROW_KEY, _NARROW = 36, 20, 100
"""Columns: of a key, of one on a narrow terminal, and below which a terminal is narrow."""
_SPARED = ("origin", "tries", "stage", "when", "replayed")
"""Columns that a narrow terminal leaves out, in this order, so that the reason fits."""
_REASON = 0.4
"""How much of a terminal's width reasons have, if one is that long, before what can be spared."""


async def list_letters(settings: Settings, wanted: Filter) -> int:
    """
    Show the letters that are *wanted*, oldest first, and say how many there are of each class.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic does not exist.
    """
    async with reading(settings, wanted.since or "beginning") as consumer:
        register = Register(consumer, wanted.wants)
        await catch_up(register)
    letters = register.chosen(wanted.replayed)
    if not letters:
        terminal.note(why_none(register, wanted))
        return DONE
    if terminal.is_read_by_person():
        _table([(letter, register.marks.get(letter.place)) for letter in letters])
    else:
        for letter in letters:
            terminal.json_line(row_of(letter, register.marks.get(letter.place)))
    classes = Counter(letter.error_class or "without a class" for letter in letters)
    replayed = sum(letter.place in register.marks for letter in letters)
    counted = ", ".join(f"{number:,} {name}" for name, number in classes.most_common())
    letter_s = "dead letter" if len(letters) == 1 else "dead letters"
    terminal.note(f"{len(letters):,} {letter_s}: {counted}; {replayed:,} replayed")
    return DONE


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
