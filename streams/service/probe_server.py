"""
A worker's own port: is it alive, is it ready, what has it counted.

    /health/live    never asks a dependency; 503 when a stage's app crashed or lost its group
    /health/ready   200 when every stage has joined its group, the articles are read, and
                    neither Kafka nor a backend refuses us
    /health         and how are the backends? What is away is degraded, and said with 200
    /metrics        Prometheus

A stalled loop answers nothing at all, which a probe takes as a failure, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Self

from aiohttp import web

from schemas.http import HealthStatus
from streams.service import listen_errors, metrics_endpoint
from streams.settings import Settings

Services = Callable[[], Mapping[str, str]]
"""Returns a name and a status (`healthy` or what is wrong) for each thing to be told about."""


class OpsServer:
    """Serves a worker's probes and metrics until the `with` block ends."""

    def __init__(
        self, settings: Settings, *, live: Services, ready: Services, health: Services
    ) -> None:
        self._settings = settings
        self.url = ""
        app = web.Application()
        app.router.add_get("/health/live", self._probe(live, live))
        app.router.add_get("/health/ready", self._probe(ready, ready))
        app.router.add_get("/health", self._probe(ready, health))
        app.router.add_get("/metrics", metrics_endpoint.serve_metrics)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        """
        Start to serve.

        Raises:
            ConfigurationError: The port is taken or may not be used, or the host is none here.
        """
        host, port = self._settings.worker_host, self._settings.worker_http_port
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except listen_errors.ERRORS as error:
            await self._runner.cleanup()
            raise listen_errors.cannot_listen(
                error,
                host,
                port,
                host_from="TICKETSTREAM_WORKER_HOST",
                port_from="TICKETSTREAM_WORKER_HTTP_PORT",
            ) from None
        bound = self._runner.addresses[0][1]
        self.url = f"http://{listen_errors.host_and_port(host, bound)}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def _probe(
        self, vital: Services, shown: Services
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return a handler that shows *shown*, and fails if one of *vital* is not healthy."""

        async def answer(_: web.Request) -> web.Response:
            found = dict(shown())
            worst: Literal["healthy", "degraded", "unhealthy"] = "healthy"
            if any(status != "healthy" for status in vital().values()):
                worst = "unhealthy"
            elif any(status != "healthy" for status in found.values()):
                worst = "degraded"
            status = HealthStatus(
                status=worst, environment=self._settings.environment, services=found
            )
            code = 503 if worst == "unhealthy" else 200
            return web.json_response(text=status.model_dump_json(), status=code)

        return answer
