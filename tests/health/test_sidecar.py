"""The sidecar as a process: it serves, ends on a signal, and says what is wrong with its port."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import pytest

from health.sidecar import Sidecar
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.health.conftest import PROCESS, a_ticket
from tests.support.process import ticketstream


@contextmanager
def _served(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `ticketstream sidecar` on a free port. Yields the process and its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = settings.model_copy(update={"sidecar_http_port": port})
    with ticketstream("sidecar", settings=where, stderr=subprocess.DEVNULL) as running:
        yield running, f"http://127.0.0.1:{port}"


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/health/ready") as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it(
    quick: Settings, number: signal.Signals, session: aiohttp.ClientSession
) -> None:
    """
    It serves until the signal, then ends with exit code 0 and listens no more.
    """
    with _served(quick) as (running, url):
        while not await _answers(session, url):
            assert running.poll() is None

        running.send_signal(number)

        assert await asyncio.to_thread(running.wait, 60) == 0
        assert not await _answers(session, url)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGINT, signal.SIGTERM),
    ],
)
async def test_a_second_signal_ends_it_at_once(
    quick: Settings,
    first: signal.Signals,
    second: signal.Signals,
    session: aiohttp.ClientSession,
) -> None:
    """
    Whoever asks a second time does not wait for callers that still wait for their answers.
    """
    patient = quick.model_copy(update={"process_seconds": 600.0, "grace_seconds": 600.0})
    with _served(patient) as (running, url):
        while not await _answers(session, url):
            assert running.poll() is None
        call = asyncio.create_task(session.post(f"{url}{PROCESS}", json=a_ticket()))
        while not await _is_in_flight(session, url):
            assert running.poll() is None

        running.send_signal(first)
        while await _answers(session, url):
            assert running.poll() is None
        running.send_signal(second)

        assert await asyncio.to_thread(running.wait, 60) == -second
        with pytest.raises(aiohttp.ClientConnectionError):
            await call


async def _is_in_flight(session: aiohttp.ClientSession, url: str) -> bool:
    async with session.get(f"{url}/metrics") as response:
        return bool(re.search(r"^ticketstream_process_waiting [1-9]", await response.text(), re.M))


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
