"""`ticketstream worker`: its options, help and process."""

from __future__ import annotations

import click

from streams.cli.parameters import StageName
from streams.cli.running import log_as_set, run_to_end, settings_here


@click.command()
@click.option(
    "--stage",
    "stages",
    multiple=True,
    type=StageName(),
    help="triage, retrieval, drafting or policy, and none else; may come several times.",
)
def worker(stages: tuple[str, ...]) -> int:
    """
    Take tickets through the stages.

    All of them, or those that are named; each is a consumer group of its own.

    \b
    Example:  ticketstream worker --stage triage --stage retrieval
    """
    from streams import worker as process
    from streams.pipeline import STAGES

    settings = settings_here()
    log_as_set(settings)
    return run_to_end(process.run(settings, stages or STAGES))
