"""
A span for each call of the API: OpenTelemetry's conventions for HTTP servers.

It is part of the caller's trace if there is a `traceparent`. It names the route, never the path:
ids of tickets are in that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from aiohttp import web

from streams import tracing
from streams.tracing import TRACEPARENT, Attribute, TraceSpan

_TRACED = "/api/"
_FAILED = 500


def serving(request: web.Request, route: str) -> AbstractContextManager[TraceSpan]:
    """Return the span of a call. Probes, metrics and documents have none."""
    if not route.startswith(_TRACED):
        return nullcontext(tracing.current())
    return _server_span(request, route)


@contextmanager
def _server_span(request: web.Request, route: str) -> Iterator[TraceSpan]:
    attributes: dict[str, Attribute] = {
        "http.request.method": request.method,
        "http.route": route,
        "url.scheme": request.scheme,
    }
    came = request.headers.get(TRACEPARENT)
    name = f"{request.method} {route}"
    with tracing.span(name, "server", attributes, parent=came) as span:
        yield span


def show_status(span: TraceSpan, status: int) -> None:
    """Say how the call was answered."""
    span.set("http.response.status_code", status)
    if status >= _FAILED:
        span.failed(str(status))
