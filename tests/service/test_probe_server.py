"""A worker's probes, asked over HTTP."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from streams.errors import ConfigurationError
from streams.service.probe_server import OpsServer
from streams.settings import Settings

WELL = {"triage": "healthy", "policy": "healthy"}
ANYWHERE = Settings(worker_host="127.0.0.1", worker_http_port=0, environment="test")


def has_ipv6() -> bool:
    """Say whether this machine has the address ::1."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


async def asked(
    path: str,
    *,
    live: Mapping[str, str] = WELL,
    ready: Mapping[str, str] = WELL,
    health: Mapping[str, str] = WELL,
) -> tuple[int, dict[str, Any]]:
    """Return status and body of *path*, of a worker of which this is so."""
    async with (
        OpsServer(
            ANYWHERE, live=lambda: live, ready=lambda: ready, health=lambda: health
        ) as server,
        aiohttp.ClientSession(server.url) as session,
        session.get(path) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health"])
async def test_all_is_well(path: str) -> None:
    """
    Each probe answers 200 with what it was told about, and in which environment.
    """
    assert await asked(path) == (
        200,
        {"status": "healthy", "environment": "test", "services": WELL},
    )


@pytest.mark.parametrize(
    ("path", "status"), [("/health/live", 503), ("/health/ready", 200), ("/health", 200)]
)
async def test_an_app_that_crashed(path: str, status: int) -> None:
    """
    Only live asks whether an app has crashed: then Kubernetes starts the worker anew.
    """
    crashed = {**WELL, "triage": "crashed"}

    found, body = await asked(path, live=crashed)

    assert found == status
    assert body["status"] == ("unhealthy" if status == 503 else "healthy")


@pytest.mark.parametrize(
    ("path", "status"), [("/health/live", 200), ("/health/ready", 503), ("/health", 503)]
)
async def test_a_stage_that_has_not_joined(path: str, status: int) -> None:
    """
    A worker that waits is not ready and not to be restarted.
    """
    found, _ = await asked(path, ready={**WELL, "policy": "joining"})

    assert found == status


async def test_a_backend_that_is_away() -> None:
    """
    A backend that is away is degraded, and said with 200: the worker goes on without it.
    """
    backends = {"llm": "unavailable", "knowledge": "healthy"}

    status, body = await asked("/health", health=backends)

    assert (status, body["status"], body["services"]) == (200, "degraded", backends)


async def test_what_is_asked_is_how_it_is_now() -> None:
    """
    Each answer is of the moment in which it was asked for.
    """
    now = {"triage": "joining"}
    async with (
        OpsServer(ANYWHERE, live=dict, ready=lambda: now, health=dict) as server,
        aiohttp.ClientSession(server.url) as session,
    ):
        before = (await session.get("/health/ready")).status
        now["triage"] = "healthy"
        after = (await session.get("/health/ready")).status

    assert (before, after) == (503, 200)


async def test_nothing_else_is_served() -> None:
    """
    The port has probes and metrics. It ends with the block.
    """
    async with (
        OpsServer(ANYWHERE, live=dict, ready=dict, health=dict) as server,
        aiohttp.ClientSession(server.url) as session,
    ):
        assert (await session.get("/metrics")).status == 200
        assert (await session.get("/")).status == 404
        assert (await session.post("/health")).status == 405
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession(server.url) as session:
            await session.get("/health")


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 address")
async def test_an_address_with_colons() -> None:
    """
    An IPv6 address stands in brackets in the URL, as URLs want it.
    """
    settings = ANYWHERE.model_copy(update={"worker_host": "::1"})
    async with (
        OpsServer(settings, live=dict, ready=dict, health=dict) as server,
        aiohttp.ClientSession(server.url) as session,
    ):
        assert (await session.get("/health/live")).status == 200


async def test_a_taken_port() -> None:
    """
    A port that is taken is an error that names the worker's setting.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = ANYWHERE.model_copy(update={"worker_http_port": other.getsockname()[1]})

        with pytest.raises(ConfigurationError, match="set TICKETSTREAM_WORKER_HTTP_PORT"):
            async with OpsServer(taken, live=dict, ready=dict, health=dict):
                pass


async def test_a_host_that_is_none_here() -> None:
    """
    A host that cannot be listened on is an error that names its setting.
    """
    wrong = ANYWHERE.model_copy(update={"worker_host": "192.0.2.1"})

    with pytest.raises(ConfigurationError, match="set TICKETSTREAM_WORKER_HOST"):
        async with OpsServer(wrong, live=dict, ready=dict, health=dict):
            pass
