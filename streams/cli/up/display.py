"""
What `ticketstream up` shows: tickets as they come out, one full draft, and the addresses.

To a person at a terminal: a table that grows while tickets come out, and a draft as a
reader would see it. To a program: one `ProcessedTicket` a line on standard output, and
everything else on standard error.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from schemas import IncomingTicket, ProcessedTicket
from streams.cli import terminal
from streams.cli.publish.tickets import BrokenLine
from streams.cli.up import draft, texts
from streams.cli.up.line_writer import LineWriter
from streams.cli.up.reasons import reasons, shortened
from streams.cli.up.score import Score

_COLUMNS = {
    "ticket": 13,
    "category": 15,
    "prio": 4,
    "verdict": 9,
    "cites": 17,
    "seconds": 7,
    "team": 18,
}
"""Headings and widths of what stands before *why*."""
_SPARED = ("team", "seconds", "cites")
"""Columns that a narrow terminal leaves out, in this order, so that *why* fits."""
_WHY = 30
"""Columns of a terminal that say why in a few words."""

_OUTCOMES = ("passed", "warning", "failed", "dead letter")
_SEVERAL = {"dead letter": "dead letters"}
_MOST_BROKEN = 10
"""Lines that are named as broken: in a file of another form, all are."""


class Display:
    """Shows what comes out, and remembers the best draft so far."""

    def __init__(self, score: Score | None = None) -> None:
        self._person = terminal.is_read_by_person()
        self._console = Console(highlight=False, stderr=not self._person)
        self._columns = terminal.fitting(_COLUMNS, _SPARED, _WHY)
        self._best: tuple[ProcessedTicket, IncomingTicket] | None = None
        self._score = score
        self._has_head = False
        self._counts: Counter[str] = Counter()
        self._progress = Progress(
            TextColumn("tickets"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("", total=0)
        self._lines = LineWriter()

    async def flushed(self) -> None:
        """Return when standard output has all that was shown, which is never if it `failed`."""
        await self._lines.written()

    async def failed(self) -> None:
        """
        Wait until standard output takes nothing more.

        Raises:
            stdio.ReaderGone, stdio.Unwritable: It does not, and why.
        """
        await self._lines.failed()

    def say(self, text: str) -> None:
        """Say *text*, wrapped between words at a terminal."""
        self._console.print(
            Text(terminal.plain_lines(text)), soft_wrap=not self._console.is_terminal
        )

    def say_as_it_is(self, text: str) -> None:
        """Say *text* in lines that are not broken, so that they can be copied."""
        self._console.print(Text(terminal.plain_lines(text)), soft_wrap=True)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Show below the table how many tickets came out, until the block ends."""
        with self._progress:
            yield

    def broken(self, where: str, line: BrokenLine) -> None:
        """Name a line that is no ticket, unless there were many."""
        self._counts["broken"] += 1
        if self._counts["broken"] <= _MOST_BROKEN:
            self._complain(f"{where}, {line}")

    def expect_one(self) -> None:
        """Expect one more ticket to come out."""
        self._counts["expected"] += 1
        self._progress.update(self._task, total=self._counts["expected"])

    def processed(
        self, value: bytes, ticket: ProcessedTicket, asked: IncomingTicket | None
    ) -> None:
        """Show one that came out; *asked* is what we sent, where it was us."""
        check = ticket.policy_check.compliance
        self._count(check)
        if asked and (not self._best or draft.worth(ticket) > draft.worth(self._best[0])):
            self._best = ticket, asked
        if self._score:
            self._score.add(ticket)
        if not self._person:
            self._lines.put(value)
            return
        priority, stages = ticket.triage.priority, ticket.meta.stages if ticket.meta else {}
        verdict = f"{draft.MARK.get(check, '?')} {check}"
        self._row(
            {
                "ticket": ticket.ticket_id,
                "category": ticket.triage.category,
                "prio": priority,
                "verdict": Text(verdict, style=terminal.COLOURS.get(check, "")),
                "cites": " ".join(c.doc_id for c in ticket.citations) or "-",
                "seconds": f"{sum(stage.seconds for stage in stages.values()):.2f}",
                "team": ticket.triage.suggested_team,
            },
            reasons(ticket),
        )

    def dead_letter(self, key: str, letter: str, error: str, reason: str) -> None:
        """Show one that could not be processed, in one line: why, and where all of it is."""
        self._count("dead letter")
        about = f"dead letter {letter} ({error}): {reason}"
        named = f"{key}  {about}" if key else about
        line = terminal.plain(f"{named}; ticketstream dead-letters show {letter}")
        self._console.print(Text(line, style="red"), soft_wrap=True)

    def summary(self) -> None:
        """Say how many came out, show the best draft, and say how good they are."""
        if self._counts["broken"]:
            self._complain(texts.broken_lines(self._counts["broken"]))
        if not self._counts["expected"]:
            return
        counts = {one: self._counts[one] for one in _OUTCOMES if self._counts[one]}
        named = [texts.counted(n, one, _SEVERAL.get(one, one)) for one, n in counts.items()]
        total = texts.counted(sum(counts.values()), "ticket", "tickets")
        self.say(f"\n{total} came out: {', '.join(named)}.")
        if self._best:
            self._console.print()
            self._console.print(draft.shown(*self._best, width=self._console.width))
            self._console.print()

    def score(self) -> None:
        """Say how well the sample tickets came out, if they were the sample's."""
        if self._score:
            self.say(str(self._score))

    def _complain(self, text: str) -> None:
        """Say what is wrong on standard error; at a terminal above the bar, as the rows are."""
        if sys.stderr.isatty():
            self._console.print(Text(terminal.plain_lines(text), style="red"))
        else:
            terminal.complain(text)

    def _head(self) -> None:
        self._console.print()
        cells = [(Text(name, style="bold"), width) for name, width in self._columns.items()]
        terminal.line(cells, Text("why", style="bold"), self._console)
        self._has_head = True

    def _row(self, cells: dict[str, object], why: list[str]) -> None:
        """Print a row of the table; an id is never cut, for half of one finds nothing."""
        if not self._has_head:
            self._head()
        uncut = {"ticket": terminal.width_of(cells["ticket"])}
        shown = [(cells[n], max(width, uncut.get(n, 0))) for n, width in self._columns.items()]
        room = self._console.width - sum(width + terminal.BETWEEN for _, width in shown)
        terminal.line(shown, shortened(why, room), self._console)

    def _count(self, what: str) -> None:
        self._counts[what] += 1
        self._progress.advance(self._task)
