"""A port of the sidecar: an application that is served on it, with TLS or without."""

from __future__ import annotations

import asyncio
from functools import partial
from ssl import SSLContext
from typing import cast

from aiohttp import web

from health.http.connections import Connections, Protocol
from health.http.handshake import Handshake
from streams.service import listen_errors

SHUTDOWN_SECONDS = 5.0
"""Seconds to write the last answers, once no caller waits for the pipeline any more."""


class ServedPort:
    """An application on a port, from `open` to `close`."""

    def __init__(
        self, app: web.Application, *, most: int, context: SSLContext | None = None
    ) -> None:
        """
        Args:
            most: connections at the same time; each port has its own.
            context: how connections begin TLS.
        """
        self.app = app
        self.url = ""
        """Where it listens."""
        self._context = context
        self._open = Connections[Protocol](most)
        self._beginning = Connections[Handshake](most)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS
        )

    async def open(self, host: str, port: int, *, host_from: str, port_from: str) -> None:
        """
        Start to listen.

        Args:
            host_from: the setting that gives *host*, *port_from* the one that gives *port*.

        Raises:
            ConfigurationError: It cannot listen there.
        """
        await self._runner.setup()
        server = cast(web.Server, self._runner.server)  # set up: it is there
        make = partial(Protocol, server, self._open)
        served = partial(Handshake, self._context, make, self._beginning) if self._context else make
        try:
            self._server = await asyncio.get_running_loop().create_server(served, host, port)
        except listen_errors.ERRORS as error:
            await self._runner.cleanup()
            raise listen_errors.cannot_listen(
                error, host, port, host_from=host_from, port_from=port_from
            ) from None
        bound = self._server.sockets[0].getsockname()[1]
        scheme = "https" if self._context else "http"
        self.url = f"{scheme}://{listen_errors.host_and_port(host, bound)}"

    def leave(self) -> None:
        """Take no new connection."""
        self._server.close()

    async def close(self) -> None:
        """Take no new connection, write the last answers, and end all connections."""
        self.leave()
        self._beginning.end_open()
        await self._runner.cleanup()
        self._open.end_refused()
