"""
`GET /openapi.json` and `/`: what can be called, made from the pydantic models.

Names and required fields of the schemas are a contract with clients; a model's docstring
and field descriptions are what they read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas import TicketInput
from schemas.http import (
    HealthStatus,
    HTTPValidationError,
    Problem,
    ProcessResponse,
    TicketAccepted,
    TicketMetrics,
)
from schemas.ticket import DEFAULT_TENANT
from streams import __version__

_REF = "#/components/schemas/{model}"
_ABOUT = (
    "AI-powered customer support triage and response generation system. Automatically classifies"
    " tickets, assigns priority, and generates draft responses with knowledge base citations."
)
_HEALTH: dict[int, tuple[str, type[BaseModel]]] = {
    200: ("Healthy, or degraded", HealthStatus),
    503: ("Unhealthy", HealthStatus),
}
_RETRY_AFTER = {
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
}
_PREFERENCE_APPLIED = {
    "Preference-Applied": {
        "description": "what was granted of `Prefer` (RFC 7240)",
        "schema": {"type": "string"},
    }
}
_LOCATION = {
    "Location": {
        "description": "where to look",
        "schema": {"type": "string", "format": "uri-reference"},
    }
}
_WWW_AUTHENTICATE = {
    "WWW-Authenticate": {
        "description": "how to authenticate (RFC 6750)",
        "schema": {"type": "string"},
    }
}
_NO_KEY: dict[int, tuple[str, type[BaseModel] | str]] = {
    401: ("This sidecar wants an API key, and there is none or an unknown one", Problem)
}
_RATE_LIMIT = {
    "RateLimit-Policy": {
        "description": "calls (q) in seconds (w) that a caller may make, where a limit is set"
        " (draft-ietf-httpapi-ratelimit-headers)",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "calls (r) that the caller has left, and seconds (t) until it has all again",
        "schema": {"type": "string"},
    },
}
_TOO_MANY: dict[int, tuple[str, type[BaseModel] | str]] = {
    429: ("The caller has no calls left for now, or sent too many unknown keys", Problem)
}
_OTHER_TENANT: dict[int, tuple[str, type[BaseModel] | str]] = {
    403: ("The API key is not for the tenant that the ticket names", Problem)
}
_OPTIONAL_KEY: tuple[dict[str, list[str]], ...] = ({}, {"bearer": []}, {"api_key": []})
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key"},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
"""Where an operator set no keys, none is needed: hence also `{}`."""
_REQUEST_ID = {
    "x-request-id": {
        "description": "the caller's, if it sent one, else made here; also in the logs",
        "schema": {"type": "string"},
    }
}
_A_TICKET = {"ticket_id": "TKT-2025-001", "event_id": "0b8e3b0c-6d3f-5f0e-9a53-2c1f4f0f7a11"}
_A_DEAD_LETTER = {
    "detail": "The ticket became a dead letter: no reason was given.",
    **_A_TICKET,
    "stage": "drafting",
    "error_class": "KeyError",
}
_QUEUED = {"detail": "The ticket is safely queued and not through after 30 s.", **_A_TICKET}


@dataclass(frozen=True)
class Operation:
    """One call as the document describes it: what it answers, by status."""

    method: str
    path: str
    tag: str
    summary: str
    answers: Mapping[int, tuple[str, type[BaseModel] | str]]
    """Status: description, and the body's model or media type."""
    description: str = ""
    body: type[BaseModel] | None = None
    parameters: tuple[dict[str, Any], ...] = ()
    headers: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    """Status: headers beside x-request-id."""
    security: tuple[dict[str, list[str]], ...] = ()
    """Ways to authenticate; none if the call is open to everybody."""
    examples: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    """Status: what a body looks like, where its model's own example says too little."""


def _parameter(
    name: str, about: str, schema: dict[str, Any], place: str = "header"
) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "description": about, "schema": schema, **required}


CALLS = (
    Operation("get", "/health", "health", "Health Check", _HEALTH,
         "This process, Kafka, and each stage: healthy, degraded, unhealthy or unknown."),
    Operation("get", "/health/ready", "health", "Readiness Check", _HEALTH,
         "Whether a process call would be taken now. Asks Kafka."),
    Operation("get", "/health/live", "health", "Liveness Check", _HEALTH,
         "Whether this process works. Asks no dependency."),
    Operation(
        "post",
        "/api/v1/tickets/process",
        "tickets",
        "Process a support ticket",
        {
            200: ("Successful Response", ProcessResponse),
            202: ("The ticket is safely queued, for a caller who prefers respond-async",
                  TicketAccepted),
            400: ("The body is not what the request's headers say", Problem),
            **_NO_KEY,
            **_OTHER_TENANT,
            408: ("The body arrived too slowly", Problem),
            413: ("The ticket is too large", Problem),
            415: ("The body is not application/json in UTF-8", Problem),
            422: ("Validation Error", HTTPValidationError),
            **_TOO_MANY,
            500: ("The ticket became a dead letter", Problem),
            503: (
                "Kafka is away or refuses the sidecar, or too many callers wait; the ticket was not"
                " taken",
                Problem,
            ),
            504: ("The ticket is safely queued, and not through yet", Problem),
        },
        "Process an incoming support ticket through the AI triage and response generation"
        " workflow. Returns triage classification, draft response, and citations.",
        TicketInput,
        (
            _parameter("Idempotency-Key", "becomes the ticket's message_id if it has none; a call"
                       " with the same one gets the first one's result, and with another content"
                       " a 422",
                       {"type": "string", "minLength": 1, "maxLength": 256}),
            _parameter("Prefer", "`wait=N`: answer 504 after N seconds; `respond-async`: answer 202"
                       " as soon as the ticket is queued, or with `wait=N` after N seconds"
                       " (RFC 7240)",
                       {"type": "string"}),
            _parameter("traceparent", "W3C trace context; travels with the ticket; spans of the"
                       " sidecar and of workers are part of it",
                       {"type": "string"}),
            _parameter("tracestate", "goes with traceparent; travels with the ticket",
                       {"type": "string"}),
        ),
        {
            200: _PREFERENCE_APPLIED,
            202: {**_LOCATION, **_PREFERENCE_APPLIED, **_RETRY_AFTER},
            401: _WWW_AUTHENTICATE,
            429: _RETRY_AFTER,
            503: _RETRY_AFTER,
        },
        security=_OPTIONAL_KEY,
        examples={500: _A_DEAD_LETTER, 504: _QUEUED},
    ),
    Operation(
        "get",
        "/api/v1/tickets/{ticket_id}/result",
        "tickets",
        "Get the latest result of a ticket",
        {
            200: ("Successful Response", ProcessResponse),
            202: ("The ticket's newest message is in flight", TicketAccepted),
            **_NO_KEY,
            404: ("Nothing is known of the ticket, or the API key is not for its tenant", Problem),
            **_TOO_MANY,
            500: ("The ticket's newest message became a dead letter", Problem),
            503: ("Nothing is known of it, and Kafka is still being read or cannot be", Problem),
        },
        "What became of the ticket's newest message, whoever published it: any replica knows it,"
        " and some hours back also after a restart.",
        parameters=(
            _parameter("ticket_id", "percent-encoded",
                       {"type": "string", "minLength": 1, "maxLength": 256}, "path"),
            _parameter("tenant", "whose ticket it is; the API key's tenant if it is left out",
                       {"type": "string", "default": DEFAULT_TENANT}, "query"),
        ),
        headers={
            202: _RETRY_AFTER, 401: _WWW_AUTHENTICATE, 429: _RETRY_AFTER, 503: _RETRY_AFTER
        },
        security=_OPTIONAL_KEY,
        examples={500: _A_DEAD_LETTER},
    ),
    Operation("get", "/api/v1/tickets/metrics", "tickets", "Get processing metrics",
         {200: ("Successful Response", TicketMetrics), **_NO_KEY, **_TOO_MANY},
         "Results seen since this sidecar started: those of the API key's tenant alone.",
         headers={401: _WWW_AUTHENTICATE, 429: _RETRY_AFTER}, security=_OPTIONAL_KEY),
    Operation("get", "/metrics", "root", "Prometheus metrics",
         {200: ("Prometheus text, or OpenMetrics when asked for", "text/plain")}),
    Operation("get", "/docs", "root", "This page", {200: ("Swagger UI", "text/html")}),
    Operation("get", "/openapi.json", "root", "This document",
         {200: ("OpenAPI 3.1", "application/json")}),
    Operation("get", "/", "root", "Root",
         {200: ("What can be called", "application/json"),
          302: ("To /docs, for a browser", "text/plain")}, headers={302: _LOCATION}),
)  # fmt: skip
"""Every call, in the order in which the document shows them."""


INTERNAL = frozenset({"/metrics", "/docs", "/openapi.json"})
"""Calls that may be served on another port, for those who run it."""


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ticketstream", "version": __version__, "description": _ABOUT},
        "tags": [{"name": name} for name in ("health", "tickets", "root")],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _KEYS},
    }


def index(*, internal: bool = True) -> dict[str, Any]:
    """
    Return the calls in short, for somebody who comes by with a browser or curl.

    *internal*: whether those of INTERNAL are served, too.
    """
    calls = {
        f"{call.method.upper()} {call.path}": call.summary
        for call in CALLS
        if internal or call.path not in INTERNAL
    }
    return {"name": "ticketstream", "version": __version__, "calls": calls}


async def serve_document(_: web.Request) -> web.Response:
    """Answer with the OpenAPI document."""
    return web.json_response(text=_text())


@cache
def _text() -> str:
    return json.dumps(document())  # made once: it takes tens of milliseconds


async def serve_public_index(_: web.Request) -> web.Response:
    """Answer with the index of a port without the calls of INTERNAL."""
    return web.json_response(text=json.dumps(index(internal=False), indent=2))


async def serve_index(request: web.Request) -> web.Response:
    """Answer with the index; somebody who wants a page to look at is sent to /docs."""
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=302, headers={"Location": "docs"}, text="See /docs.")
    return web.json_response(text=json.dumps(index(), indent=2))


def _schemas() -> dict[str, Any]:
    bodies = [call.body for call in CALLS if call.body]
    answered = [of for call in CALLS for _, of in call.answers.values() if not isinstance(of, str)]
    # Validation mode, also of answers: in serialization mode pydantic would require the fields
    # that have a default, and the contract does not.
    models = [(model, "validation") for model in dict.fromkeys((*bodies, *answered))]
    _, schemas = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    return dict(sorted(schemas["$defs"].items()))


def _operation(call: Operation) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [call.tag],
        "summary": call.summary,
        "operationId": _operation_id(call),
        "responses": {str(status): _response(call, status) for status in call.answers},
    }
    if call.description:
        operation["description"] = call.description
    if call.parameters:
        operation["parameters"] = list(call.parameters)
    if call.security:
        operation["security"] = list(call.security)
    if call.body:
        operation["requestBody"] = {"required": True, "content": _content(call.body)}
    return operation


def _operation_id(call: Operation) -> str:
    words = re.findall(r"\w+", call.path)
    return "_".join((call.method, *words))


def _response(call: Operation, status: int) -> dict[str, Any]:
    description, of = call.answers[status]
    content = _content(of)
    limited = _RATE_LIMIT if 429 in call.answers else {}
    if status in call.examples:
        content["application/json"]["example"] = call.examples[status]
    return {
        "description": description,
        "headers": {**_REQUEST_ID, **limited, **call.headers.get(status, {})},
        "content": content,
    }


def _content(of: type[BaseModel] | str) -> dict[str, dict[str, Any]]:
    if isinstance(of, str):
        return {of: {}}
    return {"application/json": {"schema": {"$ref": _REF.format(model=of.__name__)}}}
