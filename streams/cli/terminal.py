"""
How commands speak: data to standard output, everything else to standard error.

Rows become a table on a terminal and JSON Lines where a program reads them. Progress bars
show on a terminal only. `NO_COLOR` is honoured. Whatever a terminal shows goes through `plain`:
customers' text moves no cursor, sets no title and hides no other text.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.cli.progress_bar import ProgressBar

Row = Mapping[str, Any]

COLOURS = {
    "created": "green",
    "ok": "green",
    "passed": "green",
    "warning": "yellow",
    "wrong": "red",
    "away": "red",
    "failed": "red",
    "P1": "red",
    "P2": "yellow",
}
"""How a cell with one of these words is shown on a terminal."""

BETWEEN = 2
"""Columns of a terminal between the cells of a line."""

_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_CONTROLS = (
    (0x00, 0x1F),  # C0, with the escape that begins a terminal's commands
    (0x7F, 0x9F),  # DEL and C1, whose 0x9B is an escape, too
    (0x202A, 0x202E),  # these and the next show text in another order than it is
    (0x2066, 0x2069),
    (0xD800, 0xDFFF),  # halves of characters, which cannot be written at all
)
_PLAIN = {code: "\ufffd" for first, last in _CONTROLS for code in range(first, last + 1)}
_PLAIN |= {ord(space): " " for space in _SPACES}


def is_read_by_person() -> bool:
    """Say whether standard output is a terminal."""
    return sys.stdout.isatty()


def plain(text: str) -> str:
    """
    Return *text* as one line that a terminal shows and does not obey.

    What ends a line, and a tab, becomes a space; control characters (C0, DEL, C1) and what
    overrides the direction of text (U+202A-202E, U+2066-2069) become U+FFFD. The rest stays.
    """
    return text.translate(_PLAIN)


def width() -> int:
    """Return how many columns the terminal has."""
    return Console().width


def width_of(value: object) -> int:
    """Return how many columns of a terminal a cell with *value* takes whole."""
    return cell_len(_cell(value).plain)


def show_rows(rows: Iterable[Row], title: str = "") -> None:
    """Write *rows*: a table with their keys as headings on a terminal, JSON Lines elsewhere."""
    if not is_read_by_person():
        for row in rows:
            json_line(row)
        return
    rows = list(rows)
    table = Table(
        title=title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for number, heading in enumerate(rows[0] if rows else ()):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console().print(table)


def count(**counts: int) -> None:
    """Write what was done how often: `12 published, 0 broken`, or a line of JSON."""
    if is_read_by_person():
        print(", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items()))
    else:
        json_line(counts)


def json_line(value: object) -> None:
    """Write *value* as one line of JSON, at once."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def line(cells: Iterable[tuple[object, int]], rest: object, console: Console | None = None) -> None:
    """
    Write one line: *cells*, each (value, width) and cut to it, then what fits of *rest*.

    Cells that are wider together than the terminal go on in its next line, without a rest.
    """
    console, text = console or Console(), Text()
    for value, room in cells:
        cell = _cell(value)
        cell.truncate(room, overflow="ellipsis", pad=True)
        text.append_text(cell).append(" " * BETWEEN)
    if (room := console.width - text.cell_len) > 0:
        last = _cell(rest)
        last.truncate(room, overflow="ellipsis")
        text.append_text(last)
    text.rstrip()
    console.print(text, soft_wrap=True)


def fitting(columns: Mapping[str, int], spared: Iterable[str], rest: int) -> dict[str, int]:
    """
    Return those of *columns*, each with its width, that leave *rest* of the terminal to `line`.

    While they leave less, those of *spared* are left out, one after the other.
    """
    fit = dict(columns)
    for name in spared:
        if sum(fit.values()) + BETWEEN * len(fit) + rest <= width():
            break
        del fit[name]
    return fit


def note(message: str) -> None:
    """Say something, its lines as they are, to the person and not to standard output's reader."""
    _say(plain_lines(message))


def complain(message: str) -> None:
    """Say on standard error what is wrong; in red on a terminal."""
    _say(plain_lines(message), style="red")


def agrees(question: str) -> bool:
    """
    Ask the person at the terminal; return whether the answer is yes.

    Raises:
        click.Abort: It is Ctrl-C, which a loop that runs would not tell a read that waits.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(plain(question), err=True)
    finally:
        signal.signal(signal.SIGINT, before)


def progress(total: int | None, what: str) -> ProgressBar:
    """Return a progress bar of *what*, to be updated, that shows on a terminal only."""
    return ProgressBar(total, what)


def _say(message: str, style: str = "") -> None:
    console = ProgressBar.console_above()
    styled = style if sys.stderr.isatty() else ""  # whatever FORCE_COLOR says
    console.print(Text(message, style=styled), soft_wrap=True)


def plain_lines(text: str) -> str:
    """Return *text* as a terminal shows it and does not obey it, its lines as they are."""
    return "\n".join(map(plain, text.split("\n")))


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value.copy()
    shown = "" if value is None else plain(str(value))
    return Text(shown, style=COLOURS.get(shown, ""))
