"""
`GET /health`, `/health/ready`, `/health/live`.

    live    is this process worth keeping? Asks nobody.
    ready   should it be sent calls? Asks Kafka, with a time limit, and has all rights there.
    health  and how is the pipeline behind it? Asks Kafka who is in the stages' groups, and
            looks at how the latest result came about.

What a stage does in the embedded backend's way is degraded, and never makes anything unready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal

from aiohttp import web

from health.calls.figures import Tally
from health.http import responses
from health.tickets.cluster import Cluster
from health.tickets.follower import Follower
from schemas.http import HealthStatus
from schemas.topics import READS
from streams.backends.kafka import names
from streams.backends.kafka.rights_watch import RightsWatch
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

STAGES = tuple(READS)
"""Whose workers `/health` tells of."""
BEAT_SECONDS = 1.0
STALLED_SECONDS = 10.0
"""An event loop that did not come round for this long is stalled."""

Service = Literal["healthy", "degraded", "unhealthy", "unknown"]


class Heart:
    """Beats once a second, as long as the event loop comes round."""

    def __init__(self) -> None:
        self._last = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            self._last = asyncio.get_running_loop().time()
            await asyncio.sleep(BEAT_SECONDS)

    def beats(self) -> bool:
        """Return whether the loop has come round lately."""
        return asyncio.get_running_loop().time() - self._last < STALLED_SECONDS


class Probes:
    """The handlers of the three calls."""

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster,
        rights: RightsWatch,
        follower: Follower,
        tally: Tally,
    ) -> None:
        self._settings = settings
        self._rights = rights
        self._cluster = cluster
        self._follower = follower
        self._tally = tally
        self._vital: Mapping[str, asyncio.Task[None]] = {}
        self._heart = Heart()
        self.ending = False
        """Set when the sidecar is about to end: not ready any more."""

    def watch(self, vital: Mapping[str, asyncio.Task[None]]) -> None:
        """Fail live when one of *vital*, by name, has ended."""
        self._vital = vital

    @property
    def heart(self) -> Heart:
        """What has to run for `live` to see a stalled loop."""
        return self._heart

    async def live(self, _: web.Request) -> web.Response:
        """Answer 200 unless a task that must run has ended, or the loop was stalled."""
        found: dict[str, Service] = {
            name: "unhealthy" if task.done() else "healthy" for name, task in self._vital.items()
        }
        found["loop"] = "healthy" if self._heart.beats() else "unhealthy"
        return self._answer(found)

    async def ready(self, _: web.Request) -> web.Response:
        """Answer 200 if a process call would be taken now."""
        found: dict[str, Service] = {"kafka": await self._kafka()}
        if self.ending:
            found["sidecar"] = "unhealthy"
        return self._answer(found)

    async def health(self, _: web.Request) -> web.Response:
        """Answer with each dependency; 503 if one is unhealthy."""
        kafka_status = await self._kafka()
        found: dict[str, Service] = {"kafka": kafka_status}
        if kafka_status == "healthy":
            statuses = await asyncio.gather(*map(self._stage, STAGES))
            found |= dict(zip(STAGES, statuses, strict=True))
        else:
            found |= dict.fromkeys(STAGES, "unknown")
        return self._answer(found)

    async def _kafka(self) -> Service:
        try:
            await self._cluster.partitions(())
        except (Unavailable, ConfigurationError):
            self._follower.doubt()
            return "unhealthy"
        serves = self._follower.up and not self._rights.missing
        return "healthy" if serves else "unhealthy"

    async def _stage(self, stage: str) -> Service:
        """Return how *stage* is, by its group's members and its part in the latest result."""
        members = await self._cluster.members(names.group(self._settings, stage))
        if members == 0:
            return "unhealthy"
        latest = self._tally.latest
        if latest and stage in latest.degraded:
            return "degraded"
        known = members is not None or (latest is not None and stage in latest.stages)
        return "healthy" if known else "unknown"

    def _answer(self, found: Mapping[str, Service]) -> web.Response:
        worst: Literal["healthy", "degraded", "unhealthy"] = "healthy"
        if "unhealthy" in found.values():
            worst = "unhealthy"
        elif "degraded" in found.values():
            worst = "degraded"
        status = HealthStatus(
            status=worst, environment=self._settings.environment, services=dict(found)
        )
        return responses.json(status, 503 if worst == "unhealthy" else 200)
