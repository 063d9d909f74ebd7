"""A sidecar on loopback, what answers behind it, and a client that checks the contract."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # has no types

from health.http import openapi
from health.sidecar import Sidecar
from streams.settings import Settings
from tests.support.echo_pipeline import EchoPipeline

PROCESS = "/api/v1/tickets/process"
_DOCUMENT = openapi.document()
_SPECIAL = {
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
}
"""Headers that a client relies on: the document tells of them wherever they are sent."""


def a_ticket(**more: Any) -> dict[str, Any]:
    """Return a ticket of the contract's four fields, with an id of its own, and *more*."""
    return {
        "ticket_id": f"TKT-{uuid4().hex[:8]}",
        "raw_message": "I was charged twice for my subscription this month. Please help!",
        "customer_name": "John Doe",
        "customer_email": "john.doe@example.com",
        **more,
    }


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, and the body as JSON, or else as text."""

    status: int
    headers: Any
    body: Any


@dataclass(frozen=True)
class Client:
    """Calls a sidecar, and holds each answer against /openapi.json."""

    url: str
    session: aiohttp.ClientSession = field(repr=False)

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        """Return the answer to one call; it has been checked against the document."""
        async with self.session.request(method, self.url + path, **options) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json and method != "HEAD" else await response.text()
            answer = Answer(response.status, response.headers, body)
        assert answer.headers["x-request-id"]
        operation = _operation(method, path)
        if operation:
            _check(answer, operation["responses"])
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        """Return the answer to a GET."""
        return await self.call("GET", path, **options)

    async def process(self, ticket: Any, **options: Any) -> Answer:
        """Return the answer to the process call."""
        return await self.call("POST", PROCESS, json=ticket, **options)


def _operation(method: str, path: str) -> Any:
    for template, operations in _DOCUMENT["paths"].items():
        if re.fullmatch(re.sub("{.*?}", "[^/]+", template), path.partition("?")[0]):
            return operations.get(method.lower())
    return None


def _check(answer: Answer, documented: dict[str, Any]) -> None:
    """Assert that *documented* has the status, its headers and its body."""
    assert str(answer.status) in documented
    response = documented[str(answer.status)]
    said = {name.lower() for name in answer.headers} & _SPECIAL
    assert said <= {name.lower() for name in response["headers"]}
    kind, shape = next(iter(response["content"].items()))
    assert answer.headers["content-type"].split(";")[0] in (kind, "application/openmetrics-text")
    if "schema" in shape:
        schema = {**shape["schema"], "components": _DOCUMENT["components"]}
        Draft202012Validator(schema).validate(answer.body)


@pytest.fixture
def quick(settings: Settings) -> Settings:
    """Return the settings of a sidecar of the tests: any port, patience of 20 s, no grace."""
    return settings.model_copy(
        update={"sidecar_http_port": 0, "process_seconds": 20.0, "grace_seconds": 0.1}
    )


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return an HTTP session with as many connections as are wanted."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture
async def sidecar(quick: Settings) -> AsyncIterator[Sidecar]:
    """Return a running sidecar."""
    async with Sidecar(quick) as running:
        yield running


@pytest.fixture
async def pipeline(quick: Settings) -> AsyncIterator[EchoPipeline]:
    """Return a running stand-in for the pipeline."""
    async with EchoPipeline(quick) as running:
        yield running


@pytest.fixture
def client(sidecar: Sidecar, session: aiohttp.ClientSession) -> Client:
    """Return a client of *sidecar*."""
    return Client(sidecar.url, session)
