"""
CORS (https://fetch.spec.whatwg.org/#http-cors-protocol): pages of which origins may call us.

Cookies are not used, so credentials in the sense of CORS are never allowed; an API key is a
header like any other.
"""

from __future__ import annotations

import re

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from health.http.responses import Handler
from streams.errors import ConfigurationError

_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_EVERY = "*"
_PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, HEAD, POST",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "authorization, content-type, idempotency-key, prefer,"
    " traceparent, tracestate, x-api-key, x-request-id",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}
_EXPOSED = (
    "location, preference-applied, ratelimit, ratelimit-policy, retry-after, www-authenticate,"
    " x-request-id"
)


def origins(setting: str) -> frozenset[str]:
    """
    Return the origins in *setting*, which are separated by commas.

    Raises:
        ConfigurationError: One is none.
    """
    found = {part.strip() for part in setting.split(",") if part.strip()}
    for origin in sorted(found):
        if origin != _EVERY and not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(
                f"TICKETSTREAM_CORS_ORIGINS: {origin!r} is not an origin: give scheme://host or"
                " scheme://host:port in small letters without a path, or * for every page"
            )
    return frozenset(found)


def allow_origins(app: web.Application, allowed: frozenset[str]) -> None:
    """Let *app* sign its answers for the pages of *allowed*, errors included."""
    if not allowed:
        return

    async def sign(request: web.Request, answer: web.StreamResponse) -> None:
        if _EVERY in allowed:
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = _EVERY
        else:
            answer.headers.add(hdrs.VARY, hdrs.ORIGIN)  # or a cache gives one page's to another
            if not _is_allowed(request, allowed):
                return
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
        answer.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED

    app.on_response_prepare.append(sign)


def preflight(allowed: frozenset[str]) -> Middleware:
    """Return what answers a browser that asks whether a page of *allowed* may call."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        if request.method == hdrs.METH_OPTIONS and asks and _is_allowed(request, allowed):
            return web.Response(status=204, headers=_PREFLIGHT)
        return await handler(request)

    return middleware


def _is_allowed(request: web.Request, allowed: frozenset[str]) -> bool:
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is not None and (origin in allowed or _EVERY in allowed)
