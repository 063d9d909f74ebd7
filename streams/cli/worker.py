"""`ticketstream worker`: its options, help and process."""

from __future__ import annotations

import click

from streams.cli.parameters import StageName
from streams.cli.running import log_as_set, run_traced, settings_here


@click.command()
@click.option(
    "--stage",
    "stages",
    multiple=True,
    type=StageName(),
    help="Run only this stage (triage, retrieval, drafting or policy); repeat the option for more.",
)
def worker(stages: tuple[str, ...]) -> int:
    """
    Take tickets through the stages.

    Each stage is a consumer group of its own, so workers can share the stages between them.

    \b
    Example:  ticketstream worker --stage triage --stage retrieval
    """
    import streams.worker
    from streams.pipeline import STAGES

    settings = settings_here()
    log_as_set(settings)
    return run_traced(streams.worker.run(settings, stages or STAGES), part="worker")
