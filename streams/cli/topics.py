"""`ticketstream topics`: create the topics that do not exist, then check them all."""

from __future__ import annotations

from streams.backends.kafka import admin
from streams.cli import terminal
from streams.cli.exit_codes import DONE
from streams.settings import Settings


async def run(settings: Settings) -> int:
    """
    Create what is missing, show what was done, and verify what was there already.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: A topic cannot be created, or has a wrong policy.
    """
    made = await admin.create_topics(settings)
    terminal.show({"topic": name, "done": done} for name, done in made)
    await admin.verify_topics(settings)
    return DONE
