"""`ticketstream capacity`: its options and help."""

from __future__ import annotations

import click

from streams.cli.exit_codes import DONE
from streams.cli.parameters import Quantity
from streams.cli.running import settings_here

REPLICAS = 3


@click.command()
@click.option(
    "--tickets",
    required=True,
    type=Quantity(0, 1_000_000, min_open=True),
    help="Tickets that arrive in a second.",
)
@click.option(
    "--model-seconds",
    default=3.0,
    show_default=True,
    type=Quantity(0, 86_400),
    help="Seconds that a call of the model takes; 0 without a model.",
)
@click.option(
    "--ticket-bytes",
    type=click.IntRange(100, 1_000_000),
    help="Bytes of a ticket on incoming-tickets; by default as the sample tickets have.",
)
@click.option(
    "--passages",
    default=0,
    type=click.IntRange(0, 1_000_000_000),
    help="Passages of the knowledge base: one for about each 120 words of an article.",
)
def capacity(tickets: float, model_seconds: float, ticket_bytes: int | None, passages: int) -> int:
    """
    Say what a load needs: workers, partitions, disk, memory.

    Workers are counted twice: with one stage each, and with all stages, which is the default.
    Slots, window and replication come from the settings. Kafka is not asked. The costs of a ticket
    were measured on one machine: measure on yours before you buy anything.

    \b
    Example:  ticketstream capacity --tickets 100 --model-seconds 4
    """
    from streams.cli import terminal
    from streams.cli.capacity.measured import TICKET_BYTES
    from streams.cli.capacity.plan import Load, plan

    settings = settings_here()
    load = Load(
        tickets_per_s=tickets,
        model_seconds=model_seconds,
        slots=settings.concurrency,
        window=settings.window,
        replicas=settings.replication or REPLICAS,
        ticket_bytes=ticket_bytes or TICKET_BYTES,
        passages=passages,
    )
    terminal.show_rows(plan(load))
    return DONE
