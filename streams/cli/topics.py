"""`ticketstream topics`: create the topics that do not exist, then check them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from streams.cli.exit_codes import DONE
from streams.cli.running import run_quietly

if TYPE_CHECKING:
    from streams.settings import Settings


@click.command()
def topics() -> int:
    """
    Create the topics that are missing.

    It checks those that exist: a wrong policy could lose tickets.

    \b
    Example:  TICKETSTREAM_KAFKA_BROKERS=kafka:9092 ticketstream topics
    """
    return run_quietly(create_missing, part="topics")


async def create_missing(settings: Settings) -> int:
    """
    Create what is missing, show what was done, and verify what was there already.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic cannot be created, or has a wrong policy; or we may not see it.
    """
    from streams.backends.kafka import admin
    from streams.cli import terminal

    made = await admin.create_topics(settings)
    terminal.show_rows({"topic": name, "done": done} for name, done in made)
    await admin.verify_topics(settings, whole=True)
    return DONE
