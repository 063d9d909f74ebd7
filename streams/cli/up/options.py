"""`ticketstream up`: its options and help."""

from __future__ import annotations

import click

from streams.cli.running import log_as_set, run_to_end


@click.command()
@click.option("--once", is_flag=True, help="End when the sample tickets are through.")
@click.option("--port", type=click.IntRange(0, 65535), help="Of the API; 0 takes any free one.")
def up(once: bool, port: int | None) -> int:
    """
    Try everything here, on the sample tickets.

    Runs an embedded Kafka, all stages and the API, with the sample knowledge base.
    Other commands find it from a second terminal. Nothing is kept when it ends.

    \b
    Example:  ticketstream up --once
    """
    from streams import settings as environment
    from streams.cli.up import session

    settings = environment.read()
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "warning"})
    log_as_set(settings)
    return run_to_end(session.run(settings, once=once, port=port))
