"""`ticketstream up`: its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from streams.cli.running import log_as_set, run_traced


@click.command()
@click.option(
    "--kb",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Use the articles in this file or folder: JSON Lines, and every Markdown and HTML file.",
)
@click.option(
    "--tickets",
    metavar="FILE",
    type=click.File("rb"),
    help="Send the tickets in this file: JSON Lines; - is standard input.",
)
@click.option("--once", is_flag=True, help="End when the tickets are through.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the API; 0 takes any free one."
)
def up(kb: Path | None, tickets: BinaryIO | None, once: bool, port: int | None) -> int:
    """
    Try everything here, on sample tickets or on your own.

    Runs an embedded Kafka, all stages and the API. Other commands find it from a second
    terminal. Nothing is kept when it ends.

    Without options, it takes the sample's articles and tickets. With --kb alone, it sends no
    tickets; with --tickets alone, it looks for answers in the sample's articles.

    \b
    Example:  ticketstream up --once
              ticketstream up --kb docs/ --tickets tickets.jsonl
    """
    if once and kb and not tickets:
        raise click.UsageError("--once ends when the tickets are through: give --tickets, too.")
    from streams.cli.up.session import run_everything
    from streams.cli.up.sources import Sources
    from streams.settings import read_settings

    settings = read_settings()
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "warning"})
    log_as_set(settings)
    everything = run_everything(settings, Sources(kb, tickets), once=once, port=port)
    return run_traced(everything, part="up")
