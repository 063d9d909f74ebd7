"""
What every answer has in common: a request id, JSON for errors too, limits, counts, a log line.

Logs name the route, never the path or the body: ids and text of customers are in those.
"""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from pydantic import BaseModel

from health import metrics
from health.http import call_spans
from health.http.security_headers import HEADERS, say_headers
from schemas.http import Problem
from schemas.ticket import MAX_TICKET_BYTES
from streams import tracing
from streams.tracing import TraceSpan

BODY_SECONDS = 10.0
"""Seconds for a request body to arrive."""
REQUEST_ID = "x-request-id"
PROTECTED = "/api/"
_SANE = re.compile(r"[\x20-\x7e]{1,128}")
_METHODS = hdrs.METH_ALL
_ID = web.RequestKey("request_id", str)
_log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An answer other than the wanted one."""

    def __init__(self, status: int, body: BaseModel, headers: Mapping[str, str] = {}) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers)


def problem(status: int, detail: str, headers: Mapping[str, str] = {}, **more: Any) -> Refusal:
    """Return a Refusal with a Problem of *detail* and *more* of its fields."""
    return Refusal(status, Problem(detail=detail, **more), headers)


def json(body: BaseModel, status: int = 200, headers: Mapping[str, str] = {}) -> web.Response:
    """Return *body* as JSON: the fields that were set."""
    return web.Response(
        text=body.model_dump_json(exclude_unset=True),
        status=status,
        headers=headers,
        content_type="application/json",
    )


async def read_body(request: web.Request) -> bytes:
    """
    Return the body of *request*.

    Raises:
        Refusal: 413 larger than a ticket may be; 408 it took longer than BODY_SECONDS;
        400 it is not what its headers say.
    """
    close = {"Connection": "close"}
    try:
        length = request.content_length or 0
        if length > MAX_TICKET_BYTES and hdrs.CONTENT_ENCODING not in request.headers:
            raise web.HTTPRequestEntityTooLarge(MAX_TICKET_BYTES, length)
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        too_large = f"A ticket has at most {MAX_TICKET_BYTES} bytes."
        raise problem(413, too_large, close) from None
    except TimeoutError:
        raise problem(408, f"The body took more than {BODY_SECONDS:g} s.", close) from None
    except web.RequestPayloadError:
        raise problem(400, "The body is not what the request's headers say.", close) from None


def application(*inner: Middleware) -> web.Application:
    """
    Return an application without calls, whose every answer is as this module says.

    *inner* middlewares come between a call and that; what they refuse looks the same.
    """
    app = web.Application(middlewares=[_framed, *inner], client_max_size=MAX_TICKET_BYTES)
    app.on_response_prepare.extend((_sign, say_headers))
    return app


def template(request: web.Request) -> str:
    """Return the route of *request* without what a caller put into it, or `unmatched`."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"


def is_protected(request: web.Request) -> bool:
    """Say whether *request* is a call about tickets: those need a key and have a limit."""
    return template(request).startswith(PROTECTED)


def not_a_request(status: int, error: BaseException | None) -> web.Response:
    """Return the answer to what never became a request, without showing its bytes."""
    request_id = new_request_id()
    kind = type(error).__name__
    _log.warning("refused", status=status, error=kind, at=_where(error), request_id=request_id)
    metrics.REQUESTS.labels("unmatched", "other", str(status)).inc()
    answer = json(Problem(detail=HTTPStatus(status).phrase), status, HEADERS)
    answer.headers[REQUEST_ID] = request_id
    answer.force_close()
    return answer


@web.middleware
async def _framed(request: web.Request, handler: Handler) -> web.StreamResponse:
    began = time.perf_counter()
    request[_ID] = _request_id(request)
    with (
        structlog.contextvars.bound_contextvars(request_id=request[_ID]),
        _call_span(request) as span,
    ):
        try:
            answer = await _answered(request, handler)
        except asyncio.CancelledError:
            _count(request, "499", began)  # as nginx says: the caller has gone
            raise
        call_spans.show_status(span, answer.status)
        _count(request, str(answer.status), began)
        return answer


def _call_span(request: web.Request) -> AbstractContextManager[TraceSpan]:
    """Return the span of a call. Probes, metrics and documents have none."""
    if is_protected(request):
        return call_spans.serving(request, template(request))
    return nullcontext(tracing.current())


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return json(refusal.body, refusal.status, refusal.headers)
    except web.HTTPException as error:
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return json(Problem(detail=error.reason), error.status, allow)
    except Exception as error:
        # Not the message: a foreign exception may quote the customer in it.
        _log.error("unhandled error", error=type(error).__name__, at=_where(error))
        return json(Problem(detail="Something here is broken. The log says more."), 500)


async def _sign(request: web.Request, answer: web.StreamResponse) -> None:
    if REQUEST_ID not in answer.headers:
        answer.headers[REQUEST_ID] = request.get(_ID) or new_request_id()
    answer.headers["Server"] = "ticketstream"


def _count(request: web.Request, status: str, began: float) -> None:
    route = template(request)
    method = request.method if request.method in _METHODS else "other"
    seconds = time.perf_counter() - began
    metrics.REQUESTS.labels(route, method, status).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
    log = _log.debug if route in _QUIET else _log.info
    log("request", route=route, method=method, status=status, seconds=round(seconds, 4))


_QUIET = {"/health", "/health/ready", "/health/live", "/metrics"}
"""Asked every few seconds by machines."""


def _request_id(request: web.Request) -> str:
    given = request.headers.get(REQUEST_ID, "")
    return given if _SANE.fullmatch(given) else new_request_id()


def new_request_id() -> str:
    """Return the id of a request whose caller gave none."""
    return f"req-{uuid4().hex}"


def _where(error: BaseException | None) -> str:
    frames = traceback.extract_tb(error.__traceback__) if error else None
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
