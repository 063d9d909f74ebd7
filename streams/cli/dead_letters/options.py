"""`ticketstream dead-letters`: its commands, their options and help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import click

from streams.cli.parameters import Group, StageName, Time, Utf8Text
from streams.cli.running import run_quietly


@click.group("dead-letters", cls=Group)
def dead_letters() -> None:
    """Find, show and replay tickets that could not be processed."""


def _filters(command: Callable[..., int]) -> Callable[..., int]:
    """Give *command* the options that say which dead letters are meant."""
    for option in (
        click.option("--until", type=Time(), help="Those that failed before this time."),
        click.option(
            "--since", type=Time(), help="Those that failed since this time: ISO 8601, or 2h, 3d."
        ),
        click.option(
            "--class",
            "classes",
            multiple=True,
            type=Utf8Text(),
            help="Those with an error of this class.",
        ),
        click.option(
            "--stage",
            "stages",
            multiple=True,
            type=StageName(),
            help="Those that failed in this stage.",
        ),
    ):
        command = option(command)
    return command


@dead_letters.command("list")
@_filters
@click.option(
    "--replayed/--not-replayed", default=None, help="Only those that were, or were not, replayed."
)
def list_dead_letters(replayed: bool | None, **filters: Any) -> int:
    """
    List the dead letters.

    It writes a table to a terminal, and JSON Lines to a file or pipe. It shows nothing that a
    customer wrote.

    \b
    Example:  ticketstream dead-letters list --since 2h --class Unprocessable
    """
    from streams.cli.dead_letters.list_letters import list_letters
    from streams.cli.dead_letters.register import Filter

    return run_quietly(
        lambda s: list_letters(s, Filter(replayed=replayed, **filters)), part="dead-letters"
    )


@dead_letters.command("show")
@click.argument("letter", metavar="ID", type=Utf8Text())
@click.option(
    "--output", metavar="FILE", help="Write the value's bytes to this file; - is standard output."
)
def show_dead_letter(letter: str, output: str | None) -> int:
    """
    Show one dead letter whole.

    It shows the headers, the reason and the value, which may be a customer's words.

    \b
    Example:  ticketstream dead-letters show 7-1204 --output broken.json
    """
    from streams.cli.dead_letters.show_letter import show_letter

    return run_quietly(lambda settings: show_letter(settings, letter, output), part="dead-letters")


@dead_letters.command("replay")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=Utf8Text())
@_filters
@click.option("--all", "all_", is_flag=True, help="Replay all that were not replayed yet.")
@click.option(
    "--with",
    "mended",
    metavar="FILE",
    type=click.File("rb"),
    help="Replay this mended value instead, for one ID.",
)
@click.option(
    "--from-start",
    is_flag=True,
    help="Start at the first stage, not where it failed. This uses only the ticket in the event;"
    " with --with, FILE is that ticket, or an event with it.",
)
@click.option(
    "--other-ticket", is_flag=True, help="Let the value of --with have another ticket's id."
)
@click.option("--again", is_flag=True, help="Also replay letters that were replayed before.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
def replay_dead_letters(
    ids: tuple[str, ...],
    all_: bool,
    mended: BinaryIO | None,
    from_start: bool,
    other_ticket: bool,
    again: bool,
    dry_run: bool,
    **filters: Any,
) -> int:
    """
    Send dead letters through once more.

    Name them by ID, or choose them by options. Each goes to the stage where it failed, and is
    not replayed twice without --again. Its result has the ce_id that it would have had.

    \b
    Example:  ticketstream dead-letters replay 7-1204 --with mended.json
    """
    meant = bool(ids) + (any(filters.values()) or all_)
    if meant != 1:
        raise click.UsageError("Give IDs, or options that choose letters, or --all.")
    if mended and len(ids) != 1:
        raise click.UsageError("--with needs one ID.")
    if other_ticket and not mended:
        raise click.UsageError("--other-ticket is for a value that --with gives.")
    from streams.cli.dead_letters.register import Filter
    from streams.cli.dead_letters.replay import Order, replay_letters

    order = Order(ids, Filter(**filters), mended, from_start, other_ticket, again, dry_run)
    return run_quietly(lambda settings: replay_letters(settings, order), part="replay")
