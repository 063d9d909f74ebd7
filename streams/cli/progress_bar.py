"""A progress bar on standard error, at a terminal only. What is said meanwhile goes above it."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

BYTES = "bytes"
"""Shown in kB, MB and so on."""
QUICK_SECONDS = 0.3
"""Seconds before a bar shows. Shorter work would only make it flicker."""


class ProgressBar:
    """Shows how many of *total* are done; a *total* of None is unknown."""

    _above: Console | None = None

    def __init__(self, total: int | None, what: str) -> None:
        console = Console(stderr=True)
        counted = [DownloadColumn()] if what == BYTES else [MofNCompleteColumn(), TextColumn(what)]
        self._progress = Progress(
            BarColumn(),
            *counted,
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not sys.stderr.isatty() or console.is_dumb_terminal,
        )
        self._task = self._progress.add_task("", total=total)
        self._from = time.monotonic() + QUICK_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hide()

    def update(self, steps: int = 1) -> None:
        """Move by *steps*, and show the bar, if it was hidden, too."""
        self._progress.advance(self._task, steps)
        self._show()

    def hide(self) -> None:
        """Take the bar away until the next `update`: something else writes to the terminal."""
        self._progress.stop()
        ProgressBar._above = None

    @classmethod
    def console_above(cls) -> Console:
        """Return what writes to standard error, above the bar that shows now if one does."""
        return cls._above or Console(stderr=True)

    def _show(self) -> None:
        if time.monotonic() < self._from:
            return
        self._progress.start()
        ProgressBar._above = self._progress.console
