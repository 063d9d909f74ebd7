"""`ticketstream dead-letters`: its commands, their options and help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import click

from streams.cli.parameters import Group, StageName, Text, Time
from streams.cli.running import run_quietly


@click.group("dead-letters", cls=Group)
def dead_letters() -> None:
    """Find, look at and replay what could not be processed."""


def _filters(command: Callable[..., int]) -> Callable[..., int]:
    """Give *command* the options that say which dead letters are meant."""
    for option in (
        click.option("--until", type=Time(), help="What failed before then."),
        click.option("--since", type=Time(), help="What failed from then on: ISO 8601, or 2h, 3d."),
        click.option("--class", "classes", multiple=True, type=Text(), help="Of the error."),
        click.option("--stage", "stages", multiple=True, type=StageName(), help="Where it failed."),
    ):
        command = option(command)
    return command


@dead_letters.command("list")
@_filters
@click.option("--replayed/--not-replayed", default=None, help="By default both.")
def list_dead_letters(replayed: bool | None, **filters: Any) -> int:
    """
    List the dead letters that there are.

    A table on a terminal, JSON Lines elsewhere. Nothing that a customer wrote is shown.

    \b
    Example:  ticketstream dead-letters list --since 2h --class Unprocessable
    """
    from streams.cli.dead_letters import list_show as command
    from streams.cli.dead_letters.register import Filter

    return run_quietly(lambda s: command.list_(s, Filter(replayed=replayed, **filters)))


@dead_letters.command("show")
@click.argument("letter", metavar="ID", type=Text())
@click.option("--output", metavar="FILE", help="Write the value's bytes there; - is stdout.")
def show_dead_letter(letter: str, output: str | None) -> int:
    """
    Show all there is of one dead letter.

    Its headers, the reason, and its value, which may be a customer's.

    \b
    Example:  ticketstream dead-letters show 7-1204 --output broken.json
    """
    from streams.cli.dead_letters import list_show as command

    return run_quietly(lambda settings: command.show(settings, letter, output))


@dead_letters.command("replay")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=Text())
@_filters
@click.option("--all", "all_", is_flag=True, help="All that were not replayed yet.")
@click.option(
    "--with", "mended", metavar="FILE", type=click.File("rb"), help="A mended value, for one ID."
)
@click.option(
    "--from-start",
    is_flag=True,
    help="From the first stage, not where it failed: only the ticket in the event is used. With"
    " --with, FILE is that ticket or an event with it.",
)
@click.option("--other-ticket", is_flag=True, help="What --with gives may have another id.")
@click.option("--again", is_flag=True, help="Even what was replayed before.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
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

    Those that are named, or those that the options mean. Each goes to the stage where it
    failed, and is not replayed a second time unless --again says so. Its result has the
    ce_id that it would have had.

    \b
    Example:  ticketstream dead-letters replay 7-1204 --with mended.json
    """
    meant = bool(ids) + (any(filters.values()) or all_)
    if meant != 1:
        raise click.UsageError("Give IDs, or options that say which letters, or --all.")
    if mended and len(ids) != 1:
        raise click.UsageError("--with needs one ID.")
    if other_ticket and not mended:
        raise click.UsageError("--other-ticket is for a value that --with gives.")
    from streams.cli.dead_letters import replay as command
    from streams.cli.dead_letters.register import Filter

    order = command.Order(ids, Filter(**filters), mended, from_start, other_ticket, again, dry_run)
    return run_quietly(lambda settings: command.run(settings, order))
