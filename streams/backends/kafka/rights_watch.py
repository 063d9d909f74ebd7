"""
Rights that are taken away while a worker runs: Kafka is asked for them now and then.

Kafka tells whoever is forbidden something neither the right nor how to get it. Of some rights it
says nothing for long: no dead letter is written until a message is broken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from confluent_kafka import KafkaException

from streams.backends.kafka import rights
from streams.backends.kafka.connection import Forbidden
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

LOOK_SECONDS = 30.0
"""Seconds between two looks."""

log = structlog.get_logger()


class RightsWatch:
    """Whether a process still has the rights that its parts need."""

    def __init__(
        self,
        settings: Settings,
        *parts: str,
        require: Callable[..., Awaitable[None]] = rights.require_rights,
    ) -> None:
        """
        Args:
            parts: what needs rights, see `rights.PARTS`.
            require: raises Forbidden if the user of these settings lacks rights of these parts.
        """
        self._settings, self._parts, self._require = settings, parts, require
        self._looking = asyncio.Lock()
        self.missing: Forbidden | None = None
        """What is missing, and what gives it."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Ask Kafka, and log what has changed. While it does not answer, its last word counts."""
        async with self._looking:
            before, self.missing = self.missing, await self._found()
        if self.missing and str(self.missing) != str(before):
            lacks, mend = self.missing.detail, self.missing.mend
            log.error("rights are missing in Kafka", lacks=lacks, mend=mend)
        elif before and not self.missing:
            log.info("no right is missing in Kafka any more")

    def refusals(self) -> Mapping[str, str]:
        """Return, as `kafka`, what is missing; nothing if all is there."""
        return {"kafka": str(self.missing)} if self.missing else {}

    async def _found(self) -> Forbidden | None:
        try:
            await self._require(self._settings, *self._parts)
        except Forbidden as error:
            return error
        except (ConfigurationError, Unavailable, KafkaException):
            return self.missing
        return None
