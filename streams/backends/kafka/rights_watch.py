"""
Rights that are taken away while a worker or a sidecar runs: Kafka is asked for them now and then.

Kafka tells whoever is forbidden something neither the right nor how to get it. Of some rights it
says nothing for long: no dead letter is written until a message is broken.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog
from confluent_kafka import KafkaException

from streams.backends.kafka import rights
from streams.backends.kafka.connection import Forbidden
from streams.common_metrics import BACKEND_REFUSES
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

LOOK_SECONDS = 30.0
"""Seconds between two looks, unless somebody doubts."""
REST_SECONDS = 1.0
"""Seconds from one look to the next, however many doubt."""

log = structlog.get_logger()


class RightsWatch:
    """Whether a process still has the rights that its parts need."""

    def __init__(
        self,
        settings: Settings,
        *parts: str,
        ask: Callable[..., Awaitable[Mapping[rights.Right, bool]]] = rights.held,
    ) -> None:
        """
        Args:
            parts: what needs rights, see `rights.PARTS`.
            ask: returns, of those rights that Kafka tells of, whether they are there.
        """
        self._settings, self._parts, self._ask = settings, parts, ask
        self._looking = asyncio.Lock()
        self._doubted = asyncio.Event()
        self._held: dict[rights.Right, bool] = {}
        self._lacks: list[rights.Right] = []
        self.missing: Forbidden | None = None
        """What is missing, and what gives it."""
        self._refuses = BACKEND_REFUSES.labels("kafka")
        self._refuses.set(0)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._doubted.wait()
            self._doubted.clear()
            await self.look()
            await asyncio.sleep(REST_SECONDS)

    def doubt(self) -> None:
        """Look at once: Kafka has just forbidden something."""
        self._doubted.set()

    async def look(self) -> None:
        """Ask Kafka, and log what has changed. Of what it does not tell, its last word counts."""
        async with self._looking:
            try:
                self._held |= await self._ask(self._settings, *self._parts)
            except (ConfigurationError, Unavailable, KafkaException):
                return
            lacks = [right for right, has in self._held.items() if not has]
            if lacks != self._lacks:
                await self._take(lacks)

    async def require(self) -> None:
        """Look, and raise Forbidden if something is missing."""
        await self.look()
        if self.missing:
            raise self.missing.with_traceback(None)  # else it gets longer each time

    def refusals(self) -> Mapping[str, str]:
        """Return, as `kafka`, what is missing; nothing if all is there."""
        return {"kafka": str(self.missing)} if self.missing else {}

    async def _take(self, lacks: list[rights.Right]) -> None:
        """Remember and log what is missing now."""
        if not lacks:
            self.missing = None
            log.info("no right is missing in Kafka any more")
        else:
            said = await asyncio.to_thread(rights.forbidden, self._settings, lacks)
            if rights.are_dispensable(self._settings, lacks):
                self.missing = None
                log.warning(rights.UNTOLD_STAGES, reason=str(said))
            else:
                self.missing = said
                log.error("rights are missing in Kafka", lacks=said.detail, mend=said.mend)
        self._lacks = lacks
        self._refuses.set(self.missing is not None)
