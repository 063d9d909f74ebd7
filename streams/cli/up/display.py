"""
What `ticketstream up` shows: tickets as they come out, one full draft, and the addresses.

To a person at a terminal: a table that grows while tickets come out, and a draft as a
reader would see it. To a program: one `ProcessedTicket` a line on standard output, and
everything else on standard error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Queue
from threading import Thread

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from schemas import ProcessedTicket
from streams.cli import stdio, terminal

_COLUMNS = {
    "ticket": 14,
    "category": 15,
    "priority": 8,
    "verdict": 9,
    "seconds": 7,
    "cites": 17,
    "team": 18,
}
"""Headings and widths in the order of what they are worth: a narrow terminal shows the first."""
_BETWEEN = 2
_MARK = {"passed": "✓", "warning": "!", "failed": "✗"}


class Showing:
    """Shows what comes out, and remembers the best draft so far."""

    def __init__(self) -> None:
        self._person = terminal.is_read_by_person()
        self._console = Console(highlight=False, stderr=not self._person)
        self._best: ProcessedTicket | None = None
        self._progress: Progress | None = None
        self._count = 0
        self._lines = _Lines()

    @property
    def is_through(self) -> bool:
        """Say whether all sample tickets came out."""
        return self._progress is None and self._count > 0

    async def flushed(self) -> None:
        """Return when standard output has all that was shown, which is never if it `failed`."""
        await self._lines.written()

    async def failed(self) -> None:
        """
        Wait until standard output takes nothing more.

        Raises:
            standard.ReaderGone, standard.Unwritable: It does not, and why.
        """
        await self._lines.failed()

    @contextmanager
    def samples(self, total: int) -> Iterator[None]:
        """Count the *total* sample tickets while they come out, below the table."""
        self._say(f"{total} sample tickets are on their way through the pipeline.")
        if self._person:
            self._row(*_COLUMNS, style="bold")
        self._progress = Progress(
            TextColumn("tickets"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        with self._progress:
            self._progress.add_task("", total=total)
            yield
        self._progress = None
        self._say(f"{self._count} tickets came out.")

    def processed(self, value: bytes, ticket: ProcessedTicket) -> None:
        """Show one that came out, with the seconds that the stages took for it."""
        self._counted()
        if _worth(ticket) > _worth(self._best):
            self._best = ticket
        if not self._person:
            self._lines.put(value)
            return
        check, priority = ticket.policy_check.compliance, ticket.triage.priority
        stages = ticket.meta.stages if ticket.meta else {}
        self._row(
            ticket.ticket_id,
            ticket.triage.category,
            Text(priority, style=terminal.COLOURS.get(priority, "")),
            Text(f"{_MARK[check]} {check}", style=terminal.COLOURS[check]),
            f"{sum(stage.seconds for stage in stages.values()):.2f}",
            " ".join(c.doc_id for c in ticket.citations) or "-",
            ticket.triage.suggested_team,
        )

    def dead_letter(self, key: str, letter: str, error: str, reason: str) -> None:
        """Show one that could not be processed, in one line: why, and where all of it is."""
        self._counted()
        about = f"dead letter {letter} ({error}): {reason}"
        named = f"{key}  {about}" if key else about
        line = terminal.plain(f"{named}; ticketstream dead-letters show {letter}")
        self._console.print(Text(line, style="red"), soft_wrap=True)

    def one_draft(self) -> None:
        """Show the best draft so far whole, as its reader would see it."""
        ticket = self._best
        if ticket is None:
            return
        draft, check = ticket.answer_draft, ticket.policy_check
        sources = Table.grid(padding=(0, 2))
        for cited in ticket.citations:
            sources.add_row(f"[{cited.doc_id}]", cited.title, cited.url, f"{cited.score:.2f}")
        facts = (
            f"{ticket.triage.category} / {ticket.triage.subcategory}, {ticket.triage.priority},"
            f" due in {ticket.triage.sla_hours} h, {ticket.triage.suggested_team},"
            f" {ticket.triage.sentiment}"
        )
        letter = Text(_plain(f"{draft.greeting}\n\n{draft.body}\n\n{draft.closing}"))
        parts = Group(letter, "", sources, "", Text(facts, style="dim"))
        self._console.print()
        self._console.print(
            Panel(
                Padding(parts, (1, 2)),
                title=Text(terminal.plain(f"Draft for {ticket.ticket_id}")),
                subtitle=f"{_MARK[check.compliance]} {check.compliance}",
                width=min(100, self._console.width),
            )
        )

    def addresses(self, url: str, brokers: str) -> None:
        """Say where everything is."""
        self._say(f"""
API      {url}/api/v1/tickets/process
Index    {url}/
Kafka    {brokers}

  curl -s {url}/api/v1/tickets/process -H 'content-type: application/json' -d '
    {{"ticket_id": "TKT-1", "customer_name": "Ada", "customer_email": "ada@example.com",
     "raw_message": "I was charged twice this month. How do I get my money back?"}}'

Tickets that come in are shown here. Ctrl-C ends it; nothing is kept.""")

    def _say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)  # what is copied must not be broken

    def _row(self, *cells: str | Text, style: str = "") -> None:
        """Print a row of the table: as many columns as fit, all rows with the same widths."""
        row, room = Table.grid(padding=(0, _BETWEEN)), self._console.width
        shown = []
        for (name, width), cell in zip(_COLUMNS.items(), cells, strict=True):
            if name == "ticket":
                width = max(width, Text(str(cell)).cell_len)  # an id is never cut
            room -= width + _BETWEEN
            if room < -_BETWEEN:
                break
            row.add_column(width=width, no_wrap=True, overflow="ellipsis", style=style)
            shown.append(cell if isinstance(cell, Text) else terminal.plain(cell))
        row.add_row(*shown)
        self._console.print(row)

    def _counted(self) -> None:
        self._count += 1
        if self._progress:
            self._progress.advance(self._progress.task_ids[0])


def _plain(text: str) -> str:
    return "\n".join(map(terminal.plain, text.splitlines()))


class _Lines:
    """Lines on their way to standard output. A reader that does not read holds up only them."""

    def __init__(self) -> None:
        self._waiting: Queue[bytes | Future[None]] = Queue()
        self._failed: Future[None] = Future()
        Thread(target=self._write, daemon=True).start()

    def put(self, line: bytes) -> None:
        """Have *line* written once all before it are."""
        self._waiting.put(line)

    async def written(self) -> None:
        """Return when all is written, which is never if `failed` raises."""
        mark: Future[None] = Future()
        self._waiting.put(mark)
        await asyncio.wrap_future(mark)

    async def failed(self) -> None:
        """Raise what is in the way of writing, once something is."""
        await asyncio.wrap_future(self._failed)

    def _write(self) -> None:
        try:
            while True:
                line = self._waiting.get()
                if isinstance(line, bytes):
                    stdio.write(line + b"\n")
                elif line.set_running_or_notify_cancel():
                    line.set_result(None)
        except (stdio.ReaderGone, stdio.Unwritable) as error:
            if self._failed.set_running_or_notify_cancel():
                self._failed.set_exception(error)


def _worth(ticket: ProcessedTicket | None) -> tuple[bool, int, int]:
    """Return how good an example *ticket*'s draft is: sendable, several sources, readable."""
    if ticket is None:
        return (False, -1, 0)
    length = len(ticket.answer_draft.body)
    return (
        ticket.policy_check.compliance == "passed",
        min(len(ticket.citations), 3),
        -abs(length - 700),
    )
