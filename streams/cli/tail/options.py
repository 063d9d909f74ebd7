"""`ticketstream tail`: its options and help."""

from __future__ import annotations

import click

from streams.cli.running import run_quietly


@click.command()
@click.option("--from-beginning", is_flag=True, help="Also show tickets that came out before.")
@click.option("--count", type=click.IntRange(1), help="End after this many tickets.")
def tail(from_beginning: bool, count: int | None) -> int:
    """
    Show processed tickets as they come out.

    It writes rows to a terminal, and JSON Lines to a file or pipe.

    \b
    Example:  ticketstream tail --from-beginning --count 10 | jq .answer_draft.body
    """
    from streams.cli.tail import processed

    return run_quietly(
        lambda s: processed.show_processed(s, from_beginning=from_beginning, count=count),
        part="tail",
    )
