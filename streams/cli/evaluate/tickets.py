"""`ticketstream evaluate tickets`: what drafts a team's own tickets get, and how good they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams.cli import terminal
from streams.cli.evaluate.figures import Figure
from streams.cli.evaluate.goals import Goal
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.labelled_tickets import LabelsOf, labelled_tickets, read_labels
from streams.cli.evaluate.report import ended, show_figures
from streams.cli.evaluate.route_run import NotThrough, assembled, through_route
from streams.cli.evaluate.run_file import changes, kept, load_run, not_in_both, save
from streams.cli.evaluate.shown_evidence import evidence_row
from streams.cli.evaluate.ticket_figures import figures_of_tickets
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.cli.exit_codes import DONE, PARTLY
from streams.errors import ConfigurationError
from streams.settings import Settings


@dataclass(frozen=True)
class TicketsAsked:
    """What is to be evaluated, and how it is shown."""

    file: Path
    labels: Path | None = None
    kb: Path | None = None
    at_once: int = 1
    save: Path | None = None
    against: Path | None = None
    as_json: bool = False
    show: bool = False
    goals: tuple[Goal, ...] = ()


@dataclass
class _Run:
    """What came out, and what did not come through."""

    outcomes: list[TicketOutcome] = field(default_factory=list)
    faults: int = 0


async def evaluate_tickets(settings: Settings, asked: TicketsAsked) -> int:
    """
    Send the tickets through the route, and show what came out, beside their labels.

    Returns 1 if a row was broken, a ticket did not come through, or a goal was missed.

    Raises:
        Unavailable: The knowledge base does not answer, or a backend refuses us.

        ConfigurationError: A setting, file or column is wrong.
    """
    before = load_run(asked.against) if asked.against else None
    run = _Run()
    tickets = _tickets(asked, run)
    await _send(settings, asked, tickets, run)
    figures = figures_of_tickets(run.outcomes)
    after = kept(run.outcomes, figures, datetime.now(UTC))
    if asked.save:
        save(after, asked.save)
    changed = list(changes(before, after)) if before else None
    _tell(asked, run, figures, changed)
    if before and (lone := not_in_both(before, after)):
        terminal.note(f"{lone} tickets are in one of the runs only")
    return PARTLY if ended(asked.goals, figures) or run.faults else DONE


def _tickets(asked: TicketsAsked, run: _Run) -> list[LabelledTicket]:
    """Return the tickets that can be read, and name the rows that cannot."""
    labels = _labels(asked.labels, run) if asked.labels else {}
    found: list[LabelledTicket] = []
    for made in labelled_tickets(asked.file, labels):
        if isinstance(made, BrokenRow):
            _name(made, run)
        else:
            found.append(made)
    if not found:
        raise ConfigurationError(f"{asked.file}: no ticket that can be read")
    ids = {key for one in found for key in (one.key, (one.ticket.ticket_id, None))}
    if lost := [ticket_id for ticket_id, message in labels if (ticket_id, message) not in ids]:
        terminal.note(f"{asked.labels}: {len(lost)} labels are of no ticket here, as {lost[0]}")
    return found


def _labels(file: Path, run: _Run) -> LabelsOf:
    labels: LabelsOf = {}
    for made in read_labels(file):
        if isinstance(made, BrokenRow):
            _name(made, run)
        else:
            labels[made[0]] = made[1]
    return labels


async def _send(
    settings: Settings, asked: TicketsAsked, tickets: Sequence[LabelledTicket], run: _Run
) -> None:
    async with assembled(settings, asked.kb) as parts:
        with terminal.progress(len(tickets), "tickets") as bar:
            made = await through_route(parts, tickets, at_once=asked.at_once, done=bar.update)
    for one in made:
        if isinstance(one, NotThrough):
            _name(one, run)
        else:
            run.outcomes.append(one)


def _name(fault: BrokenRow | NotThrough, run: _Run) -> None:
    run.faults += 1
    terminal.complain(str(fault))


def _tell(
    asked: TicketsAsked,
    run: _Run,
    figures: Sequence[Figure],
    changed: list[dict[str, Any]] | None,
) -> None:
    rows = [one.row(show=asked.show) for one in run.outcomes]
    if asked.as_json:
        found = {"figures": [vars(figure) for figure in figures], "tickets": rows}
        terminal.json_line(found | ({} if changed is None else {"changed": changed}))
    elif terminal.is_read_by_person():
        _show(run.outcomes, figures, changed, show=asked.show)
    else:
        for row in rows:
            terminal.json_line(row)
        for change in changed or ():
            terminal.json_line({"changed": change})
        show_figures(figures)


def _show(
    outcomes: Sequence[TicketOutcome],
    figures: Sequence[Figure],
    changed: list[dict[str, Any]] | None,
    *,
    show: bool,
) -> None:
    if to_look_at := list(_to_look_at(outcomes)):
        terminal.show_rows([row for _, row in to_look_at], title="Not as their labels say:")
        print()
    if show:
        for one in outcomes:
            print(_texts(one))
            terminal.show_rows(map(evidence_row, one.evidence), title="What it rests on:")
            print(_verdict(one))
    if changed:
        terminal.show_rows(map(_change, changed), title="Changed:")
        print()
    elif changed is not None:
        print("Nothing has changed.\n")
    show_figures(figures)


def _to_look_at(outcomes: Sequence[TicketOutcome]) -> Iterator[tuple[TicketOutcome, terminal.Row]]:
    """Yield the tickets whose drafts passed wrongly, then those that should be answered."""
    wrong = [(one, "wrong passed") for one in outcomes if one.is_wrong_passed]
    open_ones = [
        (one, "not answered")
        for one in outcomes
        if one.is_answered is False and not one.is_wrong_passed
    ]
    for one, what in (*wrong, *open_ones):
        yield (
            one,
            {
                "ticket": one.labelled.ticket.ticket_id,
                "what": what,
                "verdict": one.verdict,
                "cited": " ".join(one.cited),
                "expected": " ".join(one.labelled.labels.answered_by or ()),
                "not said": "; ".join(one.missing_facts),
            },
        )


def _change(change: dict[str, Any]) -> terminal.Row:
    return {
        "ticket": change["ticket_id"],
        "was": f"{change['verdict_was']} {' '.join(change['cited_was'])}",
        "is": f"{change['verdict']} {' '.join(change['cited'])}",
        "lines": f"{len(change['lines_new'])} new, {len(change['lines_gone'])} gone",
    }


def _texts(one: TicketOutcome) -> str:
    message = one.labelled.ticket.raw_message or one.labelled.ticket.subject or ""
    parts = (f"--- {one.labelled.ticket.ticket_id}", message, "--- draft", one.reply, "")
    return "\n".join(map(terminal.plain_lines, parts))


def _verdict(one: TicketOutcome) -> str:
    return "\n".join((f"\n--- {one.verdict}", *(one.processed.policy_check.issues or ()), ""))
