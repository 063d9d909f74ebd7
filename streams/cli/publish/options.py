"""`ticketstream publish`: its options and help."""

from __future__ import annotations

from typing import BinaryIO

import click

from streams.cli.parameters import Header
from streams.cli.running import run_quietly


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--header",
    "headers",
    multiple=True,
    type=Header(),
    help="Send this header, name=value, with each ticket; repeat the option for more.",
)
def publish(file: BinaryIO, headers: tuple[tuple[str, str], ...]) -> int:
    """
    Publish the tickets in FILE.

    FILE is JSON Lines; - is standard input. Each line is checked first. Broken lines are
    named, and the others are published.

    \b
    Example:  ticketstream publish deploy/sample/tickets.jsonl --header run=1
    """
    from streams.cli.publish import tickets

    return run_quietly(
        lambda settings: tickets.publish_tickets(settings, file, headers), part="publish"
    )
