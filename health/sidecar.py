"""
Starts and ends the sidecar, which serves the calls of `openapi.CALLS`.

Listening does not wait for Kafka: while it is away, live says 200, ready and process 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

import structlog
from aiohttp import web

from health import metrics
from health.calls.figures import Tallies
from health.calls.probes import Probes
from health.calls.process import ProcessCall
from health.calls.result import ResultCall
from health.http import cors, docs_page, openapi, responses
from health.http.api_keys import Keys, guard, reach
from health.http.handshake import encryption
from health.http.port import SHUTDOWN_SECONDS, ServedPort
from health.http.rate_limit import (
    UNKNOWN_KEYS_A_MINUTE,
    Buckets,
    limiter,
    say_limit,
    unknown_key_limiter,
)
from health.tickets import outcomes
from health.tickets.cluster import Cluster
from health.tickets.follower import Follower
from health.tickets.memory import Tickets, origin
from health.tickets.request_reply import Exchange, TicketPublisher
from schemas.dead_letters import is_mark
from schemas.envelope import CORRELATION_ID, header
from schemas.topics import DEAD_LETTERS, INCOMING
from streams.backends.kafka import connection, names
from streams.backends.kafka.rights_watch import RightsWatch
from streams.service import metrics_endpoint, shutdown
from streams.settings import Settings

INTERNAL_PORT = "TICKETSTREAM_SIDECAR_INTERNAL_HTTP_PORT"

_log = structlog.get_logger()


async def serve(settings: Settings) -> int:
    """
    Serve until SIGTERM or SIGINT, let callers have their answers, and return the exit code.

    Raises:
        ConfigurationError: It cannot listen there, or a setting of the connection cannot work.
    """
    end = shutdown.requested()
    async with Sidecar(settings) as sidecar:
        internal = {"internal_url": sidecar.internal_url} if sidecar.internal_url else {}
        _log.info("listening", url=sidecar.url, **internal)
        await end.wait()
        _log.info("ending", grace_seconds=settings.grace_seconds)
    return 0


class Sidecar:
    """
    The running sidecar, until the `async with` block ends.

    `url` is where it listens, and `internal_url` where metrics and documents are if they have a
    port of their own.

    At the end it stops to listen, gives callers the grace time to get their answers, tells
    the others that their tickets are queued, and closes its connections.
    """

    def __init__(
        self, settings: Settings, *, port_from: str = "TICKETSTREAM_SIDECAR_HTTP_PORT"
    ) -> None:
        """*port_from*: the setting or option that gave the port, for who must change it."""
        self.url = self.internal_url = ""
        self._settings = settings
        self._port_from = port_from

    async def __aenter__(self) -> Self:
        """
        Start to listen, and to connect.

        Raises:
            ConfigurationError: It cannot listen there, or a setting of the connection cannot work.
        """
        settings = self._settings
        connection.options(settings)  # what cannot work is said now, not at the first call
        self._keys, self._origins = Keys(settings), cors.origins(settings.cors_origins)
        metrics.API_KEYS_FILE_BROKEN.set_function(self._keys.broken)  # looks at each scrape
        self._limiter, self._encryption = limiter(settings.sidecar_rate_limit), encryption(settings)
        self._unknown_keys = Buckets(UNKNOWN_KEYS_A_MINUTE)
        self._tickets = Tickets()
        self._tallies = Tallies(lambda: self._keys.tenants)
        self._cluster = Cluster(settings)
        self._rights = RightsWatch(settings, "sidecar")
        self._publisher = TicketPublisher(settings, forbidden=self._rights.doubt)
        self._follower = Follower(
            settings, self._cluster, self._rights, self._saw, self._tickets.reads_since
        )
        self._exchange = Exchange(
            self._publisher,
            self._tickets,
            most=settings.process_calls,
            failed=self._follower.doubt,
        )
        self._probes = Probes(
            settings, self._cluster, self._rights, self._follower, self._tallies.all
        )
        await self._listen()
        self._tasks = {
            "follower": asyncio.create_task(self._follower.run()),
            "rights": asyncio.create_task(self._rights.run()),
            "heart": asyncio.create_task(self._probes.heart.run()),
        }
        self._probes.watch(self._tasks)
        for name, task in self._tasks.items():
            task.set_name(name)
            task.add_done_callback(_tell)
        return self

    def routes(self) -> Sequence[web.AbstractRoute]:
        """Return what is served, to be held against what is documented."""
        return list(self._ports[-1].app.router.routes())

    async def __aexit__(self, *_: object) -> None:
        self._probes.ending = True
        for port in self._ports:
            port.leave()
        await self._exchange.close(self._settings.grace_seconds)
        await asyncio.gather(*(port.close() for port in self._ports))
        self._follower.end()
        await asyncio.wait({self._tasks["follower"]}, timeout=SHUTDOWN_SECONDS)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._publisher.close()
        await self._cluster.close()

    def _application(self, *, internal: bool) -> web.Application:
        """Return what is served on a port. *internal*: metrics and documents, too."""
        process = ProcessCall(
            self._exchange, self._tickets, self._follower, self._settings.process_seconds
        )
        result = ResultCall(self._tickets, self._follower)
        app = responses.application(
            cors.preflight(self._origins),
            unknown_key_limiter(self._unknown_keys),
            guard(self._keys),
            self._limiter,
        )
        app.on_response_prepare.append(say_limit)
        cors.allow_origins(app, self._origins)
        app.router.add_get("/health", self._probes.health)
        app.router.add_get("/health/ready", self._probes.ready)
        app.router.add_get("/health/live", self._probes.live)
        app.router.add_post("/api/v1/tickets/process", process.handle)
        app.router.add_get("/api/v1/tickets/{ticket_id:[^/]+}/result", result.handle)
        app.router.add_get("/api/v1/tickets/metrics", self._metrics)
        app.router.add_get("/", openapi.serve_index if internal else openapi.serve_public_index)
        if internal:
            app.router.add_get("/metrics", metrics_endpoint.serve_metrics)
            app.router.add_get("/docs", docs_page.serve_page)
            app.router.add_get("/docs/{name}", docs_page.serve_file)
            app.router.add_get("/openapi.json", openapi.serve_document)
        return app

    async def _listen(self) -> None:
        """Open the port for everybody, and the one for those who run the sidecar if there is."""
        settings, other = self._settings, self._settings.sidecar_internal_http_port
        self._ports: list[ServedPort] = []
        try:
            await self._open(settings.sidecar_http_port, self._port_from, internal=other is None)
            if isinstance(other, int):
                await self._open(other, INTERNAL_PORT, internal=True)
                self.internal_url = self._ports[-1].url
        except BaseException:
            for port in self._ports:
                await port.close()
            raise
        self.url = self._ports[0].url

    async def _open(self, port: int, port_from: str, *, internal: bool) -> None:
        served = ServedPort(
            self._application(internal=internal),
            most=self._settings.sidecar_connections,
            context=self._encryption,
        )
        host_from = "TICKETSTREAM_SIDECAR_HOST"
        host = self._settings.sidecar_host
        await served.open(host, port, host_from=host_from, port_from=port_from)
        self._ports.append(served)

    async def _metrics(self, request: web.Request) -> web.Response:
        return responses.json(self._tallies.figures(reach(request).only))

    def _saw(self, topic: names.AnyTopic, record: outcomes.Record, read_back: bool) -> None:
        """Remember what came by, and give it to who waits for it."""
        if topic is INCOMING:
            if found := outcomes.arrival(record):
                self._tickets.arrived(found, read_back=read_back)
        elif topic is DEAD_LETTERS:
            if not is_mark(record.headers):
                self._saw_dead_letter(record, read_back)
        else:
            self._saw_result(record, read_back)

    def _saw_result(self, record: outcomes.Record, read_back: bool) -> None:
        result = outcomes.processed(record)
        if result is None:
            metrics.SEEN.labels("unreadable").inc()
            _log.warning("unreadable result")
            return
        new = self._tickets.settled(result)
        if read_back or not new:
            metrics.SEEN.labels("read_back" if read_back else "repeated").inc()
        else:
            metrics.SEEN.labels("processed").inc()
            self._tallies.processed(result.outcome.result, result.tenant)
        self._exchange.settle(result.event_id, result.outcome)

    def _saw_dead_letter(self, record: outcomes.Record, read_back: bool) -> None:
        letter = outcomes.dead_letter(record)
        ended = outcomes.settled_by(record, letter) or self._published_by_us(record, letter)
        if read_back:
            metrics.SEEN.labels("read_back").inc()
        else:
            metrics.SEEN.labels("dead_letter").inc()
            self._tallies.dead_letter(ended.tenant if ended else None)
        if ended is None:
            return  # it was no ticket
        place = origin(record.headers, names.topic(self._settings, INCOMING))
        if self._tickets.settled(ended, place=place, read_back=read_back):
            self._exchange.settle(ended.event_id, letter)

    def _published_by_us(
        self, record: outcomes.Record, letter: outcomes.DeadLetter
    ) -> outcomes.Settled[outcomes.DeadLetter] | None:
        """Return which of our messages ended as *letter*, whose value cannot be read any more."""
        found = self._exchange.published_as(header(record.headers, CORRELATION_ID) or "")
        if found is None:
            return None
        known = found.event_id, found.ticket, found.revision
        return outcomes.Settled(*known, record.timestamp, letter)


def _tell(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error:
        _log.error("crashed", task=task.get_name(), error=type(error).__name__)
