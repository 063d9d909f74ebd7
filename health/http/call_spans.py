"""
A span for each call of the API: OpenTelemetry's conventions for HTTP servers.

It is part of the caller's trace if there is a `traceparent`. It names the route, never the path:
ids of tickets are in that.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from aiohttp import web

from streams import tracing
from streams.tracing import TRACEPARENT, Attribute, TraceSpan

_FAILED = 500


def serving(request: web.Request, route: str) -> AbstractContextManager[TraceSpan]:
    """Return the span of a call."""
    attributes: dict[str, Attribute] = {
        "http.request.method": request.method,
        "http.route": route,
        "url.scheme": request.scheme,
    }
    came = request.headers.get(TRACEPARENT)
    return tracing.span(f"{request.method} {route}", "server", attributes, parent=came)


def show_status(span: TraceSpan, status: int) -> None:
    """Say how the call was answered."""
    span.set("http.response.status_code", status)
    if status >= _FAILED:
        span.failed(str(status))
