"""
TLS with callers: the sidecar's certificate, and connections that have still to begin.

    opened -> handshake -> headers ...   (`connections.py`)
                 5 s

asyncio makes a connection known when its handshake is over, so callers that never begin could hold
any number. Here they are counted like other slow callers: where there are too many, the one goes
that has waited longest.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from typing import cast

from health import metrics
from health.http.connections import Connections
from streams.errors import ConfigurationError
from streams.settings import PREFIX, Settings
from streams.tls_files import OwnCertificate, ReloadedContext
from streams.watched_files import Watched

HANDSHAKE_SECONDS = 5.0
"""Seconds for a caller to begin TLS."""
GOODBYE_SECONDS = 2.0
"""Seconds for a caller to end TLS, once we have said that we end it."""


def own_certificate(settings: Settings) -> OwnCertificate | None:
    """
    Return the sidecar's certificate, None where it speaks HTTP without TLS.

    Raises:
        ConfigurationError: There is a key and no certificate.
    """
    certificate, key = settings.sidecar_certificate_file, settings.sidecar_key_file
    if certificate:
        return OwnCertificate("sidecar", certificate, key)
    if key:
        raise ConfigurationError(
            f"{PREFIX}SIDECAR_KEY_FILE is set, and {PREFIX}SIDECAR_CERTIFICATE_FILE is not",
            mend="set it, or neither of them",
        )
    return None


def encryption(settings: Settings) -> ReloadedContext | None:
    """
    Return how new connections begin TLS, with the files as they are then; None without TLS.

    Raises:
        ConfigurationError: A file cannot be used, or the certificate has expired.
    """
    own = own_certificate(settings)
    if own is None:
        return None

    def made() -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        own.present(context)
        return context

    return ReloadedContext(Watched(own.files, made))


class Handshake(asyncio.Protocol):
    """
    A new connection, until TLS has begun. Then it is given to a protocol for what comes.

    `start_tls` would be the way, but uvloop has read by then what a caller sent at once. So the
    connection's socket is taken over before anything is read.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        begun: Callable[[], asyncio.Protocol],
        waiting: Connections[Handshake],
    ) -> None:
        """
        Args:
            begun: makes the protocol for after the handshake.
            waiting: all handshakes of the port.
        """
        self._context, self._begun, self._waiting = context, begun, waiting
        self._task: asyncio.Task[None] | None = None
        self.waits_since = asyncio.get_running_loop().time()

    def cut(self, reason: str) -> None:
        """End the connection at once, and count why."""
        metrics.CUT.labels(reason).inc()
        self.end()

    def end(self) -> None:
        """End the connection at once."""
        if self._task:
            self._task.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin TLS, if there is room."""
        if self._waiting.opened(self):
            taken = _taken(transport)
            self._task = asyncio.get_running_loop().create_task(self._begin(taken))
        else:
            self.cut("refused")
        cast(asyncio.Transport, transport).abort()

    async def _begin(self, taken: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._begun,
                taken,
                ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=GOODBYE_SECONDS,
            )
        except OSError:  # ssl.SSLError and ConnectionAbortedError, at a time-out, are some
            self.cut("handshake")
        finally:
            self._waiting.closed(self)


def _taken(transport: asyncio.BaseTransport) -> socket.socket:
    """Return the socket of *transport*, of which nothing is read yet; it stays open without it."""
    descriptor = transport.get_extra_info("socket").fileno()
    return socket.socket(fileno=os.dup(descriptor))
