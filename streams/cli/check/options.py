"""`ticketstream check`: its help."""

from __future__ import annotations

import click

from streams.cli.running import run_to_end


@click.command()
def check() -> int:
    """
    Say what is wrong, and how to mend it.

    Settings, files, Kafka with its topics, rights and groups, Weaviate, the language model,
    and the ports of worker and sidecar. Secrets are not shown, and nothing is changed; a
    language model is asked one short question.

    \b
    ok       nothing to do
    warning  it works, at a price that is named
    wrong    it must be mended (exit code 2)
    away     it does not answer (exit code 3)
    skipped  not tried, because of another

    \b
    Example:  ticketstream check
    """
    from streams.cli.check import command
    from streams.service import logs

    logs.quiet()
    return run_to_end(command.run())
