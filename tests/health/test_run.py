"""The sidecar as a process: it serves, ends on a signal, and says what is wrong with its port."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess

import aiohttp
import pytest

from health.sidecar import Sidecar
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.health.waiting import until
from tests.support.process import ticketstream


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it(
    quick: Settings, number: signal.Signals, session: aiohttp.ClientSession
) -> None:
    """
    It serves until the signal, then ends with exit code 0 and listens no more.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = quick.model_copy(update={"sidecar_http_port": port})
    with ticketstream("sidecar", settings=here, stderr=subprocess.DEVNULL) as running:
        await until(lambda: _listens(port) or running.poll() is not None)
        async with session.get(f"http://127.0.0.1:{port}/health/live") as response:
            assert response.status == 200

        running.send_signal(number)

        assert await asyncio.to_thread(running.wait, 30) == 0
    assert not _listens(port)


async def test_a_taken_port(quick: Settings) -> None:
    """
    A port that is taken is an error which names the setting.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = quick.model_copy(update={"sidecar_http_port": other.getsockname()[1]})

        with pytest.raises(ConfigurationError, match="TICKETSTREAM_SIDECAR_HTTP_PORT"):
            async with Sidecar(taken):
                pass


@pytest.mark.parametrize("host", ["nix.invalid", "192.0.2.1", "a..b"])
async def test_a_host_that_is_none_here(quick: Settings, host: str) -> None:
    """
    A host that cannot be listened on is an error which names its setting, not the port's.
    """
    wrong = quick.model_copy(update={"sidecar_host": host})

    with pytest.raises(ConfigurationError, match=f"{host}.*set TICKETSTREAM_SIDECAR_HOST"):
        async with Sidecar(wrong):
            pass


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
