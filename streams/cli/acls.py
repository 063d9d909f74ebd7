"""`ticketstream acls`: the rights that each part needs, as commands that give them."""

from __future__ import annotations

import click

from streams.cli.parameters import PartName, Utf8Text
from streams.cli.running import settings_here


@click.command()
@click.argument("parts", metavar="[PART]...", nargs=-1, type=PartName())
@click.option(
    "--principal",
    type=Utf8Text(),
    default="",
    help="Whom to give them, such as User:triage; by default the user of the settings.",
)
def acls(parts: tuple[str, ...], principal: str) -> int:
    """
    Print the commands that give each PART its rights in Kafka.

    PART is a stage (triage, retrieval, drafting, policy) or sidecar, publish, kb-load,
    kb-search, kb-dump, kb-prune, tail, dead-letters, replay, topics or check; all of them
    without one.
    The rights are the least that it works with. Nothing is asked of Kafka or changed there.

    \b
    Example:  ticketstream acls triage --principal User:triage
              ticketstream acls sidecar --principal User:sidecar | sh
    """
    from streams.backends.kafka import rights

    settings = settings_here()
    needed = rights.needed(settings, *(parts or rights.PARTS))
    for line in rights.grants(settings, needed, principal):
        click.echo(line)
    return 0
