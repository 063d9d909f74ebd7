"""
What `ticketstream up` shows: tickets as they come out, one full draft, and the addresses.

To a person at a terminal: a table that grows while tickets come out, and a draft as a
reader would see it. To a program: one `ProcessedTicket` a line on standard output, and
everything else on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from schemas import ProcessedTicket
from streams import terminal

_COLUMNS = {"ticket": 14, "category": 16, "priority": 8, "team": 20, "cites": 24, "verdict": 10}
"""Headings and widths; the last column, seconds, takes what is left."""
_MARK = {"passed": "✓", "warning": "!", "failed": "✗"}


class Showing:
    """Shows what comes out, and remembers the best draft so far."""

    def __init__(self) -> None:
        self._person = terminal.is_read_by_person()
        self._console = Console(highlight=False, stderr=not self._person)
        self._best: ProcessedTicket | None = None
        self._progress: Progress | None = None
        self._count = 0

    @contextmanager
    def samples(self, total: int) -> Iterator[None]:
        """Count the *total* sample tickets while they come out, below the table."""
        self._say(f"{total} sample tickets are on their way through the pipeline.")
        if self._person:
            self._console.print(_line(*_COLUMNS, "seconds", style="bold"))
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

    def processed(self, value: bytes, ticket: ProcessedTicket, seconds: float | None) -> None:
        """Show one that came out, *seconds* after it was published if that is known."""
        self._counted()
        if _worth(ticket) > _worth(self._best):
            self._best = ticket
        if not self._person:
            sys.stdout.write(value.decode() + "\n")
            sys.stdout.flush()
            return
        check = ticket.policy_check
        verdict = Text(f"{_MARK[check.compliance]} {check.compliance}")
        verdict.stylize(terminal.COLOURS[check.compliance])
        row = _line(
            ticket.ticket_id,
            ticket.triage.category,
            Text(ticket.triage.priority, style=terminal.COLOURS.get(ticket.triage.priority, "")),
            ticket.triage.suggested_team,
            " ".join(c.doc_id for c in ticket.citations) or "-",
            verdict,
            "" if seconds is None else f"{seconds:.2f}",
        )
        self._console.print(row)

    def dead_letter(self, ticket_id: str, error: str) -> None:
        """Show one that could not be processed."""
        self._counted()
        self._console.print(Text(f"{ticket_id}: dead letter, {error}", style="red"))

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
        letter = Text(f"{draft.greeting}\n\n{draft.body}\n\n{draft.closing}")
        parts = Group(letter, "", sources, "", Text(facts, style="dim"))
        self._console.print()
        self._console.print(
            Panel(
                Padding(parts, (1, 2)),
                title=f"Draft for {ticket.ticket_id}",
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
        self._console.print(Text(text))

    def _counted(self) -> None:
        self._count += 1
        if self._progress:
            self._progress.advance(self._progress.task_ids[0])


def _line(*cells: str | Text, style: str = "") -> Table:
    """Return *cells* as one row of the table; all rows have the same widths."""
    row = Table.grid(padding=(0, 2))
    for width in _COLUMNS.values():
        row.add_column(width=width, no_wrap=True, overflow="ellipsis", style=style)
    row.add_column(no_wrap=True, style=style)
    row.add_row(*cells)
    return row


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
