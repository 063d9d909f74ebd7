"""`ticketstream evaluate`: its commands, their options and help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from streams.cli.evaluate.goals import Goal, GoalOption
from streams.cli.parameters import Group
from streams.cli.running import run_to_end, settings_here

OF_VERIFIER = {
    "wrong_passed": "wrong drafts that passed",
    "wrong_failed": "wrong drafts that failed",
    "honest_passed": "honest drafts that passed",
    "honest_not_failed": "honest drafts that did not fail",
    "must_pass": "drafts that must pass, and did",
    "right": "drafts whose verdict is as it must be",
}
"""The figures of `evaluate verifier`, and what each is."""
OF_TICKETS = {
    "right_first": "a right article is the first that is found",
    "right_found": "a right article is found",
    "answered": "the draft cites a right article and has all facts",
    "right_passed": "it does, and passes; of tickets that can be answered",
    "right_of_passed": "of drafts that pass, those that are right",
    "wrong_passed": "the draft passes and is wrong; of all labelled tickets",
    "passed": "the draft passes",
    "ready": "the reply can be sent as it is",
    "holding": "something is asked, and the draft answers nothing",
    "escalated": "a person has to take over",
    "degraded": "a stage fell back to its embedded backend",
    "likeness": "words that draft and expected answer share (F1)",
    "category": "the category is right",
    "priority": "the priority is right",
    "seconds_p50": "half of the tickets take at most so long",
    "seconds_p95": "19 of 20 tickets take at most so long",
    "tokens": "of the language model, a ticket",
    "dollars": "of the language model, a ticket",
}
"""The figures of `evaluate tickets`, and what each is."""
AMOUNTS = ("seconds_p50", "seconds_p95", "tokens", "dollars")
"""Those that are no shares."""
OF_READING = {
    "right": "inputs all of whose checks hold",
    "checks": "checks that hold",
}
"""The figures of `evaluate reading`, and what each is."""


def _listed(figures: Mapping[str, str]) -> str:
    """Return *figures* as help shows them."""
    wide = max(map(len, figures))
    return "\b\nFigures:\n" + "\n".join(
        f"  {name:{wide}}  {what}" for name, what in figures.items()
    )


_READABLE = click.Path(path_type=Path, exists=True)
_BY = click.option(
    "--by", default="kind", show_default=True, help="Field by whose values to count."
)
_AT_ONCE = click.option(
    "--at-once",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Tickets that are under way at the same time.",
)


@click.group(cls=Group)
def evaluate() -> None:
    """
    Measure readings, drafts and verdicts on cases whose right answer is known.

    \b
    Example:  ticketstream evaluate tickets tickets.csv --kb docs/
              ticketstream evaluate verifier cases/
              ticketstream evaluate reading cases/
    """


def _shared(figures: Mapping[str, str], least: str, most: str) -> Callable[[Any], Any]:
    """Return the options of all commands, for one of *figures*; the others are examples."""

    def decorated(command: Any) -> Any:
        for option in (
            click.option(
                "--max",
                "most",
                multiple=True,
                type=GoalOption("most", figures, AMOUNTS),
                help=f"Exit with 1 if a figure is higher, such as {most}; may be repeated.",
            ),
            click.option(
                "--min",
                "least",
                multiple=True,
                type=GoalOption("least", figures, AMOUNTS),
                help=f"Exit with 1 if a figure is lower, such as {least}; may be repeated.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print everything as one object."),
        ):
            command = option(command)
        return command

    return decorated


@evaluate.command(epilog=_listed(OF_VERIFIER))
@click.argument("path", type=_READABLE)
@_BY
@_shared(OF_VERIFIER, "honest_passed=0.9", "wrong_passed=0")
def verifier(
    path: Path, by: str, as_json: bool, least: tuple[Goal, ...], most: tuple[Goal, ...]
) -> int:
    """
    Judge the drafts at PATH, a file or a folder of JSON or JSON Lines.

    Each has a ticket, passages and an answer, and says what must become of it. The policy stage
    judges them with your policy and taxonomy. No language model, Kafka or knowledge base is asked.

    \b
    Example:  ticketstream evaluate verifier cases/
              ticketstream evaluate verifier cases/ --max wrong_passed=0
    """
    import streams.cli.evaluate.verifier
    from streams.service import logs

    logs.quiet()
    return run_to_end(
        streams.cli.evaluate.verifier.evaluate_verifier(
            settings_here(), path, (*least, *most), by=by, as_json=as_json
        )
    )


@evaluate.command(epilog=_listed(OF_TICKETS))
@click.argument("file", type=_READABLE)
@click.option(
    "--labels",
    type=_READABLE,
    help="File with the labels, if they do not stand in FILE: by ticket_id and message_id.",
)
@click.option(
    "--kb",
    type=_READABLE,
    help="Files or folder of articles; by default those that your workers have.",
)
@_AT_ONCE
@click.option("--save", type=click.Path(path_type=Path), help="Keep the run in this file.")
@click.option("--against", type=_READABLE, help="List what changed since this kept run.")
@click.option(
    "--show",
    is_flag=True,
    help="Show messages and drafts, too, and what each sentence rests on.",
)
@_shared(OF_TICKETS, "answered=0.7", "wrong_passed=0")
def tickets(least: tuple[Goal, ...], most: tuple[Goal, ...], **given: Any) -> int:
    """
    Send the tickets in FILE (JSON Lines or CSV) through all stages, and compare with their labels.

    The language model and the knowledge base are those of your settings. Nothing is published.
    Columns are those of a ticket (subject, message, customer_name, ...) and the labels:

    \b
    answered_by  articles of which a right reply cites one; empty if none answers
    facts        what a right reply says: texts, or /regular expressions/
    answer       a reply that somebody would have sent
    answerable   false if the knowledge base does not answer
    kind         thanks or auto_reply, if nothing is asked
    category, priority

    \b
    Example:  ticketstream evaluate tickets tickets.csv --kb docs/
              ticketstream evaluate tickets tickets.jsonl --save now.json
              ticketstream evaluate tickets tickets.jsonl --against now.json
    """
    import streams.cli.evaluate.tickets
    from streams.service import logs

    logs.quiet()
    asked = streams.cli.evaluate.tickets.TicketsAsked(**given, goals=(*least, *most))
    return run_to_end(streams.cli.evaluate.tickets.evaluate_tickets(settings_here(), asked))


@evaluate.command("reading", epilog=_listed(OF_READING))
@click.argument("path", type=_READABLE)
@click.option(
    "--kb",
    type=_READABLE,
    help="Articles for inputs that bring none; by default those of the sample.",
)
@_BY
@_AT_ONCE
@click.option("--show", is_flag=True, help="Show what was found in texts, too.")
@_shared(OF_READING, "right=0.9", "right=0.5")
def send_inputs(least: tuple[Goal, ...], most: tuple[Goal, ...], **given: Any) -> int:
    """
    Send the inputs at PATH, a file or a folder of JSON or JSON Lines, through all stages.

    Each has a ticket, perhaps articles, and checks of how it must be read. The language model is
    that of your settings, the knowledge base is in memory. Nothing is published.

    \b
    Example:  ticketstream evaluate reading cases/
              ticketstream evaluate reading cases/ --min right=0.9
    """
    import streams.cli.evaluate.reading
    from streams.service import logs

    logs.quiet()
    asked = streams.cli.evaluate.reading.ReadingAsked(**given, goals=(*least, *most))
    return run_to_end(streams.cli.evaluate.reading.evaluate_reading(settings_here(), asked))
