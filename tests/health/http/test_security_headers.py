"""What answers tell a browser."""

from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from health.http.openapi import CALLS
from health.http.security_headers import HEADERS, HSTS
from tests.health.conftest import Client

API = [call for call in CALLS if call.path.startswith("/api/")]


@pytest.mark.parametrize("call", API, ids=lambda call: call.path)
async def test_answers_with_customers_text(client: Client, call: object) -> None:
    """
    They are kept in no cache, shown in no frame, and taken for nothing but what they are.
    """
    operation = next(one for one in API if one is call)
    answer = await client.call(operation.method.upper(), operation.path.format(ticket_id="T"))

    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]
    assert HEADERS["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/health/live", "/metrics", "/openapi.json", "/nothing"])
async def test_every_other_answer(client: Client, path: str) -> None:
    """
    Probes, documents and errors have the same headers.
    """
    answer = await client.get(path)

    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


async def test_the_page_and_its_files(client: Client) -> None:
    """
    They have their own policy and may be kept; all else is the same.
    """
    kept = {"Content-Security-Policy", "Cache-Control"}
    page = await client.get("/docs")
    style = await client.get("/docs/page.css")

    for answer in (page, style):
        assert {n: answer.headers[n] for n in HEADERS.keys() - kept} == {
            n: v for n, v in HEADERS.items() if n not in kept
        }
    assert page.headers["Content-Security-Policy"] != HEADERS["Content-Security-Policy"]


async def test_what_never_became_a_request(client: Client) -> None:
    """
    The answer to broken HTTP has them, too.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(client.url).port)
    writer.write(b"GET / HTTP/9.9\r\nbroken\r\n\r\n")
    said = (await reader.read()).decode()
    writer.close()

    assert " 400 " in said.splitlines()[0]
    assert all(f"{name}: {value}" in said for name, value in HEADERS.items())


async def test_without_tls_no_browser_is_told_to_insist_on_it(client: Client) -> None:
    """
    A sidecar that speaks HTTP says nothing of TLS: its proxy may.
    """
    assert HSTS not in (await client.get("/")).headers
