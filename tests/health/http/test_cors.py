"""CORS: which pages may call, and what a browser is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from pydantic import SecretStr

from health.sidecar import Sidecar
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.health.conftest import PROCESS, Answer, Client

DESK = "https://desk.example.com"


def settings(origins: str) -> Settings:
    """Return the settings of a sidecar without Kafka that allows *origins*."""
    return Settings(
        kafka_brokers="127.0.0.1:1",
        sidecar_http_port=0,
        grace_seconds=0.1,
        cors_origins=origins,
        api_keys=SecretStr("desk:" + "0" * 64),
    )


@pytest.fixture
async def client(
    request: pytest.FixtureRequest, session: aiohttp.ClientSession
) -> AsyncIterator[Client]:
    """Return a client of a sidecar that allows the origins in the parameter."""
    async with Sidecar(settings(request.param)) as sidecar:
        yield Client(sidecar.url, session)


async def preflight(client: Client, origin: str) -> Answer:
    """Return the answer to what a browser asks before it calls."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    return await client.call("OPTIONS", PROCESS, headers=asked)


@pytest.mark.parametrize("client", [f"http://localhost:3000, {DESK}"], indirect=True)
async def test_a_page_that_may(client: Client) -> None:
    """
    A pre-flight needs no API key; answers, refusals included, say which headers may be read.
    """
    asked = await preflight(client, DESK)
    refused = await client.get("/api/v1/tickets/metrics", headers={"Origin": DESK})

    assert (asked.status, refused.status) == (204, 401)
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    allowed = set(asked.headers["Access-Control-Allow-Headers"].split(", "))
    assert {"authorization", "x-api-key", "content-type", "prefer", "idempotency-key"} <= allowed
    for answer in (asked, refused):
        assert answer.headers["Access-Control-Allow-Origin"] == DESK
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    exposed = set(refused.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"x-request-id", "location", "retry-after", "preference-applied"} <= exposed


@pytest.mark.parametrize("client", [DESK], indirect=True)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://desk.example.com",
        DESK + ".evil.example",
        DESK + ":1",
        "null",
    ],
)
async def test_a_page_that_may_not(client: Client, origin: str) -> None:
    """
    Another origin, however alike, is told nothing; caches know that it depends on the origin.
    """
    asked = await preflight(client, origin)
    answer = await client.get("/", headers={"Origin": origin})

    assert asked.status == 405
    assert answer.headers["Vary"] == "Origin"
    for told in (asked, answer):
        assert "Access-Control-Allow-Origin" not in told.headers


@pytest.mark.parametrize("client", ["*"], indirect=True)
async def test_every_page(client: Client) -> None:
    """
    `*` is for all, and never with credentials.
    """
    for answer in (await preflight(client, "null"), await client.get("/")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("client", [""], indirect=True)
async def test_no_page(client: Client) -> None:
    """
    Without the setting there is no CORS at all.
    """
    asked = await preflight(client, DESK)
    answer = await client.get("/", headers={"Origin": DESK})

    assert asked.status == 405
    for told in (asked, answer):
        assert not [name for name in told.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("wrong", ["desk.example.com", DESK + "/", "https://*.example.com", "null"])
async def test_what_is_no_origin(wrong: str) -> None:
    """
    An origin that no browser sends is an error at the start.
    """
    with pytest.raises(ConfigurationError, match=r"TICKETSTREAM_CORS_ORIGINS: .* not an origin"):
        async with Sidecar(settings(f"{DESK},{wrong}")):
            pass
