"""`ticketstream check`: its help."""

from __future__ import annotations

import click

from streams.cli.parameters import PartName
from streams.cli.running import run_to_end


@click.command()
@click.option(
    "--for",
    "parts",
    multiple=True,
    metavar="PART",
    type=PartName(),
    help="Look only at what this part needs of Kafka, such as triage or sidecar; repeat the"
    " option for more.",
)
def check(parts: tuple[str, ...]) -> int:
    """
    Say what is wrong, and how to mend it.

    It checks settings, files, Kafka (topics, rights, groups), Weaviate, the language model,
    and the ports of worker and sidecar. It shows no secret and changes nothing. It asks a
    language model a short question, and for a ticket of the sample, to say what one costs.

    \b
    ok       nothing to do
    warning  it works, but at a price, which is named
    wrong    it must be mended (exit code 2)
    away     it does not answer (exit code 3)
    skipped  not tried, because something else is wrong

    \b
    Example:  ticketstream check
              ticketstream check --for triage --for sidecar
    """
    from streams.cli.check import command
    from streams.service import logs

    logs.quiet()
    return run_to_end(command.check_everything(parts))
