"""`ticketstream topics`: create the topics that do not exist, then check them all."""

from __future__ import annotations

from streams.backends.kafka import connection as kafka
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
    made = await kafka.create_topics(settings)
    terminal.show({"topic": name, "done": done} for name, done in made)
    await kafka.verify_topics(settings)
    return DONE
