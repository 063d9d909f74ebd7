"""
The connections of callers: how many there are, and how long one may keep us waiting.

    opened -> headers -> body -> our work -> answer -> idle -> headers ...
       |         |         |        |           |        |
       75 s     10 s      10 s   process_seconds  30 s   75 s

Where the caller is to act it has a limit, so a slow one holds a connection and nobody else.
When there are as many connections as may be, the one goes that has kept us waiting longest;
if none has for PATIENCE_SECONDS, the new one is refused: it is told so, and when to come again.

aiohttp limits lines (8,190 bytes each), the number of headers and of requests that are sent
before the answer to the first one (32); the rest is done here, in its protocol.
"""

from __future__ import annotations

import asyncio
import math
import typing
from collections import OrderedDict
from typing import Any, Generic, TypeVar, cast

from aiohttp import web

from health import metrics
from health.http import responses
from health.http.security_headers import HEADERS

HEADER_SECONDS = 10.0
"""Seconds for the headers of a request, from their first byte on."""
HEADER_BYTES = 65_536
"""Bytes of headers, at most. They are counted whenever some come in that are not the last."""
HEADERS_MOST = 64
KEEPALIVE_SECONDS = 75.0
"""Seconds that an idle connection stays open: more than the 60 s of common load balancers."""
LINGER_SECONDS = 2.0
"""
Seconds in which the rest of a refused body is read and dropped, so that the caller gets the answer.
"""
PATIENCE_SECONDS = 1.0
"""Seconds for a caller to act, before a new connection may take its place."""
UNREAD_SECONDS = 30.0
"""Seconds for a caller to read its answer."""
_BUSY_BODY = '{"detail":"Too many connections."}\n'
_BUSY = (
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(_BUSY_BODY)}\r\n"
    + "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    + f"X-Request-Id: %s\r\n\r\n{_BUSY_BODY}"
)


class Connection(typing.Protocol):
    """What a connection is for those who count it."""

    @property
    def waits_since(self) -> float:
        """When it became the caller's turn, by the loop's clock; infinity if it is ours."""

    def cut(self, reason: str) -> None:
        """End it at once, and count why."""

    def end(self) -> None:
        """End it at once."""


C = TypeVar("C", bound=Connection)


class Connections(Generic[C]):
    """Those that are open, the one first whose last request is longest ago."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[C, None] = OrderedDict()
        self._refused: set[C] = set()

    def opened(self, new: C) -> bool:
        """Take *new* in, and say whether there is room for it or was made."""
        if len(self._open) >= self._most:
            until = asyncio.get_running_loop().time() - PATIENCE_SECONDS
            waiting = next((c for c in self._open if c.waits_since <= until), None)
            if waiting is None:
                return False
            waiting.cut("crowded")
            self.closed(waiting)
        self._open[new] = None
        return True

    def served(self, connection: C) -> None:
        """Remember that *connection* gets an answer now."""
        if connection in self._open:
            self._open.move_to_end(connection)

    def closed(self, connection: C) -> None:
        """Forget *connection*."""
        self._open.pop(connection, None)
        self._refused.discard(connection)

    def may_linger(self, refused: C) -> bool:
        """Say whether *refused* may stay until its caller has read why. They are not many."""
        if len(self._refused) >= self._most:
            return False
        self._refused.add(refused)
        return True

    def end_refused(self) -> None:
        """End those that were refused and have not gone yet."""
        for refused in self._refused:
            refused.end()

    def end_open(self) -> None:
        """End those that are open, whatever still waits to be sent."""
        for connection in tuple(self._open):
            connection.end()


class Protocol(web.RequestHandler):
    """One connection. Answers in JSON also what never becomes a request, as broken HTTP."""

    __slots__ = (
        "_connections",
        "_header_bytes",
        "_header_timer",
        "_linger_timer",
        "_raw",
        "_turned_at",
        "_unread_timer",
    )

    def __init__(self, server: web.Server, connections: Connections[Protocol]) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=KEEPALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_headers=HEADERS_MOST,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
        )
        self._connections = connections
        self._raw: asyncio.Transport | None = None
        self._header_bytes = 0
        self._header_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None
        self._turned_at = asyncio.get_running_loop().time()

    @property
    def waits_since(self) -> float:
        """
        When it became the caller's turn: to send a request or the rest of it, or to read.

        By the loop's clock; infinity if it is ours.
        """
        if self._unread_timer is not None:
            return self._turned_at
        request = self._current_request
        ours_to_do = bool(self._messages) if request is None else request.content.is_eof()
        return math.inf if ours_to_do else self._turned_at

    def cut(self, reason: str) -> None:
        """End the connection at once, whatever still waits to be sent."""
        metrics.CUT.labels(reason).inc()
        self.end()

    def end(self) -> None:
        """End the connection at once."""
        if self._raw:  # aiohttp forgets its own when it closes it, which waits for the caller
            self._raw.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room."""
        transport = cast(asyncio.Transport, transport)
        if not self._connections.opened(self):
            self._refuse(transport)
            return
        # With these limits `pause_writing` says that something waits for the caller to read, and
        # `resume_writing` that all is sent. uvloop's TLS resumes below the lower one: not at 0.
        least = 0 if transport.get_extra_info("sslcontext") is None else 1
        transport.set_write_buffer_limits(high=least, low=least)
        self._raw = transport
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._connections.closed(self)
        _stop(self._header_timer)
        _stop(self._unread_timer)
        _stop(self._linger_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came in; if it is not yet a request, the rest has to follow in time."""
        if self._current_request is None and not self._messages and self._header_timer is None:
            self._turned_at = asyncio.get_running_loop().time()  # a request begins
        super().data_received(data)
        if self._waiter is None or self._waiter.done():  # there is a request
            _stop(self._header_timer)
            self._header_timer, self._header_bytes = None, 0
            return
        self._header_bytes += len(data)
        if self._header_bytes > HEADER_BYTES:
            self.cut("long_headers")
        elif self._header_timer is None:
            loop = asyncio.get_running_loop()
            self._header_timer = loop.call_later(HEADER_SECONDS, self.cut, "slow_headers")

    def pause_writing(self) -> None:
        """Give the caller time to read."""
        super().pause_writing()
        if self._unread_timer is None:
            loop = asyncio.get_running_loop()
            self._turned_at = loop.time()
            self._unread_timer = loop.call_later(UNREAD_SECONDS, self.cut, "unread")

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        _stop(self._unread_timer)
        self._unread_timer = None

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; aiohttp's own, to an expectation that it does not know, as JSON."""
        if isinstance(resp, web.HTTPException):
            resp = responses.not_a_request(resp.status, resp)
        self._connections.served(self)
        self._turned_at = asyncio.get_running_loop().time()
        return await super().finish_response(request, resp, start_time)

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Log what aiohttp did not expect, but not that a body cannot be read to its end."""
        if not isinstance(kwargs.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kwargs)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to what the HTTP parser refused, without showing the bytes."""
        return responses.not_a_request(status, exc)

    def _refuse(self, transport: asyncio.Transport) -> None:
        """
        Say that there is no room, and end once the caller has read it.

        To close while a request still comes in would reset the connection, answer included.
        """
        metrics.CUT.labels("refused").inc()
        self._force_close = True  # what comes in is thrown away
        transport.write((_BUSY % responses.new_request_id()).encode())
        if self._connections.may_linger(self):
            self._raw = transport
            if transport.get_extra_info("sslcontext") is None:  # TLS cannot end one way alone
                transport.write_eof()
            loop = asyncio.get_running_loop()
            self._linger_timer = loop.call_later(LINGER_SECONDS, self.end)
        else:
            transport.close()


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer:
        timer.cancel()
