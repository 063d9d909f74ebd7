"""`ticketstream evaluate`: its commands, their options and help."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.evaluate.goals import Goal, GoalOption
from streams.cli.parameters import Group
from streams.cli.running import run_to_end, settings_here

OF_VERIFIER = ("wrong_passed", "wrong_failed", "honest_passed", "honest_not_failed", "right")
"""The figures of `evaluate verifier`."""


@click.group(cls=Group)
def evaluate() -> None:
    """
    Measure drafts and verdicts on cases whose right answer is known.

    \b
    Example:  ticketstream evaluate verifier cases/
    """


@evaluate.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything.")
@click.option(
    "--min",
    "least",
    multiple=True,
    type=GoalOption("least", OF_VERIFIER),
    help="Exit with 1 if a figure is lower, such as honest_passed=0.9; repeat the option for more.",
)
@click.option(
    "--max",
    "most",
    multiple=True,
    type=GoalOption("most", OF_VERIFIER),
    help="Exit with 1 if a figure is higher, such as wrong_passed=0; repeat the option for more.",
)
def verifier(path: Path, as_json: bool, least: tuple[Goal, ...], most: tuple[Goal, ...]) -> int:
    """
    Judge the drafts at PATH, a file or a folder of JSON or JSON Lines.

    Each has a ticket, passages and an answer, and says what must become of it. The policy stage
    judges them with your policy and taxonomy. No language model, Kafka or knowledge base is asked.

    \b
    wrong_passed       wrong drafts that passed
    wrong_failed       wrong drafts that failed
    honest_passed      honest drafts that passed
    honest_not_failed  honest drafts that did not fail
    right              drafts whose verdict is as it must be

    \b
    Example:  ticketstream evaluate verifier cases/
              ticketstream evaluate verifier cases/ --max wrong_passed=0
    """
    import streams.cli.evaluate.verifier
    from streams.service import logs

    logs.quiet()
    return run_to_end(
        streams.cli.evaluate.verifier.evaluate_verifier(
            settings_here(), path, (*least, *most), as_json=as_json
        )
    )
