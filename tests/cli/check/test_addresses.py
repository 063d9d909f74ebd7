"""What `ticketstream check` finds at our own addresses."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest
from aiohttp import web

from streams.cli.check import addresses
from streams.service.probe_server import OpsServer
from streams.settings import Settings


async def test_a_worker_that_runs(unused_tcp_port: int) -> None:
    """
    A worker that runs here is known by its health, and what it lacks is passed on.
    """
    settings = Settings(worker_http_port=unused_tcp_port)
    look = ("worker", "127.0.0.1", unused_tcp_port)

    before = await addresses.look_at_address(*look)
    async with OpsServer(settings, live=dict, ready=dict, health=dict):
        well = await addresses.look_at_address(*look)
    async with OpsServer(settings, live=dict, ready=dict, health=lambda: {"llm": "is away"}):
        ill = await addresses.look_at_address(*look)

    assert (before.status, "is free" in before.detail) == ("ok", True)
    assert (well.status, "runs at" in well.detail) == ("ok", True)
    assert (ill.status, "llm: is away" in ill.detail) == ("warning", True)


async def test_another_program_at_our_port(unused_tcp_port: int) -> None:
    """
    What answers like a web server, but not like ours, is another program.
    """

    async def fine(_: web.Request) -> web.Response:
        return web.Response(text="fine")

    app = web.Application()
    app.router.add_get("/health", fine)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    found = await addresses.look_at_address("sidecar", "127.0.0.1", unused_tcp_port)
    await runner.cleanup()

    assert (found.status, "another program" in found.detail) == ("wrong", True)


@pytest.mark.parametrize("host", ["192.0.2.1", "nix.invalid", "a..b"])
async def test_a_host_that_is_none_here(host: str) -> None:
    """
    An address that this machine does not have is wrong, and the setting is named.
    """
    found = await addresses.look_at_address("sidecar", host, 0)

    assert (found.status, "TICKETSTREAM_SIDECAR_HOST" in found.mend) == ("wrong", True)


async def test_an_ipv6_address_is_in_brackets() -> None:
    """
    Free or taken, host and port can be told apart.
    """
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        port = other.getsockname()[1]
        taken = await addresses.look_at_address("sidecar", "::1", port)
    free = await addresses.look_at_address("sidecar", "::1", port)

    assert taken.detail == f"another program has [::1]:{port}"
    assert free.detail == f"none runs here, and [::1]:{port} is free"


async def test_a_taken_port_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The system's sentence may be in any language.
    """

    async def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EADDRINUSE, "Die Adresse wird bereits verwendet")

    monkeypatch.setattr(asyncio, "start_server", refuses)
    found = await addresses.look_at_address("sidecar", "127.0.0.1", 1)

    assert found.detail == "another program has 127.0.0.1:1"
