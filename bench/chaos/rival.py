"""Other frameworks that do the same work: how each is started, and its consumer group."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.chaos.fleet import Command
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import names
from streams.settings import Settings


@dataclass(frozen=True)
class Rival:
    """One of `rivals/`."""

    name: str
    module: str
    arguments: Sequence[str] = ()
    tries: int = 6
    """Tries of a call that fails, before the ticket's taker gets an error."""

    def command(self, settings: Settings) -> Command:
        """Return what runs a worker of it on the topics of *settings*."""
        return Command(
            [sys.executable, "-m", f"bench.chaos.rivals.{self.module}", *self.arguments],
            {
                "CHAOS_BROKERS": settings.kafka_brokers,
                "CHAOS_READS": names.topic(settings, INCOMING),
                "CHAOS_WRITES": names.topic(settings, PROCESSED),
                "CHAOS_GROUP": self.group(settings),
                "CHAOS_LLM": settings.openai_base_url,
                "CHAOS_SESSION_SECONDS": f"{settings.session_seconds:g}",
                "CHAOS_TRIES": str(self.tries),
            },
        )

    def group(self, settings: Settings) -> str:
        """Return the consumer group of its workers."""
        return names.group(settings, self.module.replace("_", "-"))


_FAUST = ("worker", "--without-web", "--loglevel", "warn")
RIVALS = (
    Rival("plain Faust, 1 try", "plain_faust", _FAUST, tries=1),
    Rival("plain Faust", "plain_faust", _FAUST),
    Rival("FastStream", "faststream_worker"),
    Rival("FastStream, ack", "faststream_worker", ("ack",)),
)
