"""The port for everybody, and the one for those who run the sidecar."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from health.http.openapi import INTERNAL
from health.sidecar import Sidecar
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.support.certificates import Authority
from tests.support.echo_pipeline import EchoPipeline

OTHERS = ["/", "/health", "/health/ready", "/health/live", "/api/v1/tickets/metrics"]
BROWSER = {"Accept": "text/html"}


def nowhere(**more: Any) -> Settings:
    """Return the settings of a sidecar without Kafka."""
    return Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1, **more)


async def statuses(client: Client, paths: Iterable[str]) -> dict[str, int]:
    """Return how calls of *paths* end, of which the document tells only where they are served."""
    found = {}
    for path in paths:
        async with client.session.get(client.url + path, allow_redirects=False) as answer:
            found[path] = answer.status
    return found


async def test_a_port_of_their_own(session: aiohttp.ClientSession) -> None:
    """
    Metrics and documents are served there and no more where everybody calls; probes on both.
    """
    async with Sidecar(nowhere(sidecar_internal_http_port=0)) as sidecar:
        public, internal = Client(sidecar.url, session), Client(sidecar.internal_url, session)

        assert sidecar.internal_url != sidecar.url
        hidden = [*INTERNAL, "/docs/page.css"]
        assert set((await statuses(public, hidden)).values()) == {404}
        assert set((await statuses(internal, INTERNAL)).values()) == {200}
        assert await statuses(public, OTHERS) == await statuses(internal, OTHERS)


async def test_the_index_names_what_is_there(session: aiohttp.ClientSession) -> None:
    """
    A browser is sent to /docs only where it is, and no index names a call that is not served.
    """
    async with Sidecar(nowhere(sidecar_internal_http_port=0)) as sidecar:
        public, internal = Client(sidecar.url, session), Client(sidecar.internal_url, session)
        shown = [
            await one.get("/", headers=BROWSER, allow_redirects=False) for one in (public, internal)
        ]
        named = {call.split(" ")[1] for call in (await public.get("/")).body["calls"]}

    assert [answer.status for answer in shown] == [200, 302]
    assert PROCESS in named
    assert not named & INTERNAL


async def test_tickets_on_either_port(
    quick: Settings, session: aiohttp.ClientSession, pipeline: EchoPipeline
) -> None:
    """
    The form in /docs works: its port takes calls, with the same keys and the same memory.
    """
    both = quick.model_copy(update={"sidecar_internal_http_port": 0})
    async with Sidecar(both) as sidecar:
        public, internal = Client(sidecar.url, session), Client(sidecar.internal_url, session)
        ticket = a_ticket()
        processed = await internal.process(ticket)
        result = await public.get(f"/api/v1/tickets/{ticket['ticket_id']}/result")

    assert processed.status == result.status == 200
    assert processed.body == result.body


async def test_off(session: aiohttp.ClientSession) -> None:
    """
    Metrics and documents are served nowhere.
    """
    async with Sidecar(nowhere(sidecar_internal_http_port="off")) as sidecar:
        assert sidecar.internal_url == ""
        found = await statuses(Client(sidecar.url, session), INTERNAL)
    assert set(found.values()) == {404}


async def test_one_port_by_default(session: aiohttp.ClientSession) -> None:
    """
    Everything is where it always was.
    """
    async with Sidecar(nowhere()) as sidecar:
        found = await statuses(Client(sidecar.url, session), [*INTERNAL, *OTHERS])
    assert 404 not in found.values()


async def test_a_port_that_is_taken(session: aiohttp.ClientSession) -> None:
    """
    The setting of the port is named, and the other port is free again.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as first:
            free = first.getsockname()[1]
        own = {"sidecar_http_port": free, "sidecar_internal_http_port": taken}
        with pytest.raises(ConfigurationError, match="TICKETSTREAM_SIDECAR_INTERNAL_HTTP_PORT"):
            async with Sidecar(nowhere().model_copy(update=own)):
                pass
    socket.create_server(("127.0.0.1", free)).close()


async def test_both_by_tls(tmp_path: Path) -> None:
    """
    With a certificate the other port speaks TLS as well.
    """
    authority = Authority(tmp_path)
    certificate, key = authority.sign("sidecar")
    settings = nowhere(
        sidecar_internal_http_port=0, sidecar_certificate_file=certificate, sidecar_key_file=key
    )
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=authority.file))
    async with Sidecar(settings) as sidecar, aiohttp.ClientSession(connector=connector) as session:
        assert sidecar.internal_url.startswith("https://")
        found = await statuses(Client(sidecar.internal_url, session), INTERNAL)
    assert set(found.values()) == {200}
