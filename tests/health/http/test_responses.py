"""What every answer has in common, whatever was asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from health.http import responses
from health.http.openapi import CALLS
from health.sidecar import Sidecar
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline


@pytest.mark.parametrize("given", ["abc", "req-1767556375.0478597", "a" * 128, "with space"])
async def test_the_callers_request_id_comes_back(client: Client, given: str) -> None:
    """
    A sane x-request-id is the caller's to choose.
    """
    answer = await client.get("/", headers={"x-request-id": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "ümlaut", "tab\there"])
async def test_another_request_id_is_not_repeated(client: Client, given: str) -> None:
    """
    What is no sane id is replaced by one of ours.
    """
    answer = await client.get("/", headers={"x-request-id": given})

    assert answer.headers["x-request-id"].startswith("req-")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", PROCESS, 405),
        ("DELETE", "/health", 405),
        ("OPTIONS", PROCESS, 405),
    ],
)
async def test_errors_are_json(client: Client, method: str, path: str, status: int) -> None:
    """
    A wrong path or method is a Problem like any other, with its request id.
    """
    async with client.session.request(method, client.url + path) as response:
        assert response.status == status
        assert (await response.json())["detail"]
        assert response.headers["x-request-id"]
        assert (status == 405) == ("Allow" in response.headers)


@pytest.mark.parametrize("call", [c for c in CALLS if c.method == "get"], ids=lambda c: c.path)
async def test_head(client: Client, call: Any) -> None:
    """
    HEAD answers like GET, without the body.
    """
    async with client.session.head(client.url + call.path) as response:
        assert response.status in call.answers
        assert await response.read() == b""
        assert response.headers["x-request-id"]


@pytest.mark.parametrize("sent", [b"no http\r\n\r\n", b"GET / HTTP/1.1\r\nx: " + b"y" * 9000])
async def test_broken_http_is_answered_in_json(sidecar: Sidecar, sent: bytes) -> None:
    """
    Also what never becomes a request gets a Problem and a request id.
    """
    port = int(sidecar.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()

    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert b"x-request-id: req-" in head.lower()
    assert json.loads(body) == {"detail": "Bad Request"}


async def test_an_unhandled_error_shows_nothing() -> None:
    """
    A bug is a 500 that tells the caller nothing; the log names place and kind, and no customer.
    """

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("john.doe@example.com wrote: secret")

    app = responses.application()
    app.router.add_get("/", broken)
    with structlog.testing.capture_logs() as logs:
        async with TestClient(TestServer(app)) as client, client.get("/") as response:
            body = await response.text()
            assert response.status == 500
            assert response.headers["x-request-id"]

    assert "secret" not in body + str(logs)
    (found,) = [entry for entry in logs if entry["event"] == "unhandled error"]
    assert found["error"] == "RuntimeError"
    assert "test_responses.py" in found["at"]


async def test_logs_have_no_customer_text(client: Client, pipeline: EchoPipeline) -> None:
    """
    Neither a good ticket nor a bad one leaves words, name or address in the log.
    """
    with structlog.testing.capture_logs() as logs:
        await client.process(a_ticket())
        await client.process(a_ticket(metadata={"echo": "dead-letter"}))
        await client.process(a_ticket(customer_email="john.doe@@example.com"))

    assert len(logs) >= 3
    for word in ("charged", "John", "john.doe"):
        assert word not in str(logs)


async def test_a_request_is_logged_with_its_id(client: Client) -> None:
    """
    One line a request: route, status and time; the id comes from the context.
    """
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as logs:
        await client.process({}, headers={"x-request-id": "mine"})

    (found,) = [entry for entry in logs if entry["event"] == "request"]
    assert (found["route"], found["status"], found["request_id"]) == (PROCESS, "422", "mine")


@pytest.mark.parametrize(("headers", "ends"), [({"Connection": "close"}, True), ({}, False)])
async def test_a_refusal_that_ends_the_connection(headers: dict[str, str], ends: bool) -> None:
    """
    What says `Connection: close` is closed by us, also where the caller would go on with it.
    """

    async def refused(_: web.Request) -> web.Response:
        raise responses.problem(429, "enough", headers)

    app = responses.application()
    app.router.add_get("/", refused)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(2 * b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = []
        for _ in range(2):
            answers.append(await reader.readline())
            while await reader.readline() not in (b"\r\n", b""):
                pass
            await reader.read(len('{"detail":"enough"}'))
        writer.close()

    assert answers[0].startswith(b"HTTP/1.1 429 ")
    assert (answers[1] == b"") is ends
