"""
How commands speak: data to standard output, everything else to standard error.

Rows become a table on a terminal and JSON Lines where a program reads them. Progress bars
show on a terminal only. `NO_COLOR` is honoured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from tqdm import tqdm

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


def is_read_by_person() -> bool:
    """Say whether standard output is a terminal."""
    return sys.stdout.isatty()


def show(rows: Iterable[Row], title: str = "") -> None:
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
        print(", ".join(f"{number:,} {what}" for what, number in counts.items()))
    else:
        json_line(counts)


def json_line(value: object) -> None:
    """Write *value* as one line of JSON, at once."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def line(cells: Iterable[tuple[object, int]]) -> None:
    """Write one line of cells, each (value, width), cut to the terminal's width."""
    console, text = Console(), Text(no_wrap=True, overflow="ellipsis", end="")
    for value, width in cells:
        cell = _cell(value)
        cell.truncate(width, overflow="ellipsis", pad=True)
        text.append_text(cell).append("  ")
    text.truncate(console.width, overflow="ellipsis")
    console.print(text, end="\n")


def note(message: str) -> None:
    """Say something to the person, not to the program that reads standard output."""
    tqdm.write(message, file=sys.stderr)


def complain(message: str) -> None:
    """Say on standard error what is wrong; in red on a terminal."""
    red = sys.stderr.isatty() and not Console(stderr=True).no_color
    note(f"\033[31m{message}\033[0m" if red else message)


def progress(total: int | None, what: str) -> tqdm[Any]:
    """Return a progress bar of *what*, to be updated, that shows on a terminal only."""
    return tqdm(total=total, unit=f" {what}", file=sys.stderr, disable=None, leave=False)


def _cell(value: object) -> Text:
    shown = "" if value is None else str(value).replace("\n", " ")
    return Text(shown, style=COLOURS.get(shown, ""))
