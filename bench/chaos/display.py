"""
How rows are shown: a table that grows at a terminal, JSON Lines in a pipe.

The progress bar is on standard error, the rows on standard output, each as soon as it is there.
"""

from __future__ import annotations

import json
import sys
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.chaos.row import RunRow
from bench.chaos.run import Run

COLUMNS = (
    ("scenario", 22),
    ("tickets", 7),
    ("processed", 9),
    ("dead letters", 7),
    ("lost", 5),
    ("repeats", 7),
    ("another id", 7),
    ("out of order", 6),
    ("LLM calls beyond need", 10),
    ("seconds to recover", 10),
)


class Shown:
    """Shows a run while it goes on, and its row."""

    def __init__(self) -> None:
        self._console = Console()
        self._bar: Progress | None = None
        self._first = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_bar()

    def begin(self, run: Run) -> None:
        """Say that *run* begins."""
        self._bar = Progress(
            TextColumn(run.title),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("out"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not sys.stderr.isatty(),
        )
        self._bar.add_task("", total=None)
        self._bar.start()

    def progress(self, out: int, of: int) -> None:
        """Show how many messages are out."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=out, total=of)

    def row(self, row: RunRow) -> None:
        """Show what came of the run, and on standard error what failed."""
        self._end_bar()
        if sys.stdout.isatty():
            self._console.print(_table(row, with_names=self._first))
            self._first = False
        else:
            click.echo(json.dumps(row.as_json()))
        for failure in row.failures:
            verdict = "FAILED: " if row.fails else ""
            click.echo(f"{row.run.title}: {verdict}{failure}", err=True)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _table(row: RunRow, *, with_names: bool) -> Table:
    """Return *row* as a table of one line, so that it can be shown before the next one is there."""
    table = Table(show_header=with_names, box=None, header_style="bold", pad_edge=False)
    for number, (name, width) in enumerate(COLUMNS):
        table.add_column(name, justify="right" if number else "left", width=width)
    table.add_column("what happened", min_width=30, style="dim")
    table.add_row(*_cells(row), style="red" if row.fails else None)
    return table


def _cells(row: RunRow) -> list[str]:
    counts = row.counts
    if counts is None:
        return [row.run.title, *[""] * (len(COLUMNS) - 1), row.happened]
    numbers = (
        counts.tickets,
        counts.processed,
        counts.dead_lettered,
        counts.lost,
        counts.repeats,
        counts.other_id,
        counts.out_of_order,
        row.calls_again,
    )
    recovery = "" if row.recovery is None else f"{row.recovery:.1f}"
    return [row.run.title, *(f"{n:,}" for n in numbers), recovery, row.happened]
