"""TLS with callers: which certificate they get, and those who never begin."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import ssl
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
import uvloop
from yarl import URL

from health import metrics
from health.http import connections, handshake
from health.http.handshake import encryption, own_certificate
from health.http.security_headers import HSTS
from health.sidecar import Sidecar
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.health.conftest import Client, a_ticket
from tests.support.certificates import Authority
from tests.support.echo_pipeline import EchoPipeline


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority of this test."""
    return Authority(tmp_path)


@pytest.fixture
def files(authority: Authority) -> dict[str, Any]:
    """Return the settings of a certificate."""
    certificate, key = authority.sign("first", to="sidecar")
    return {"sidecar_certificate_file": certificate, "sidecar_key_file": key}


@pytest.fixture
def encrypted(files: dict[str, Any]) -> Settings:
    """Return the settings of a sidecar with TLS and without Kafka."""
    return Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1, **files)


@pytest.fixture
def trust(authority: Authority) -> ssl.SSLContext:
    """Return the context of a caller who knows the authority."""
    return ssl.create_default_context(cafile=authority.file)


@pytest.fixture
async def sidecar(encrypted: Settings) -> AsyncIterator[Sidecar]:
    """Return a running sidecar with TLS."""
    async with Sidecar(encrypted) as running:
        yield running


@contextlib.asynccontextmanager
async def callers(trust: ssl.SSLContext) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session of callers who trust *trust*."""
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def presented(url: str, trust: ssl.SSLContext) -> str:
    """Return the hash of the certificate that a new connection gets."""
    port = URL(url).port
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return hashlib.sha256(found).hexdigest()


async def test_all_calls_by_tls(
    quick: Settings, files: dict[str, Any], trust: ssl.SSLContext, pipeline: EchoPipeline
) -> None:
    """
    A ticket is processed, and a browser is told never to come without TLS.
    """
    async with Sidecar(quick.model_copy(update=files)) as sidecar, callers(trust) as session:
        assert sidecar.url.startswith("https://")
        client = Client(sidecar.url, session)
        processed = await client.process(a_ticket())
        page = await client.get("/docs")

    assert processed.status == page.status == 200
    assert processed.headers[HSTS] == page.headers[HSTS] == "max-age=31536000"


async def test_a_new_certificate_while_calls_go_on(
    sidecar: Sidecar, authority: Authority, trust: ssl.SSLContext
) -> None:
    """
    New connections get the new one. An open one goes on and is not ended.
    """
    port = URL(sidecar.url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    old = await presented(sidecar.url, trust)

    authority.sign("second", to="sidecar")

    assert await presented(sidecar.url, trust) != old
    for _ in range(2):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        await reader.readexactly(length)
    writer.close()


async def test_half_of_an_exchange(
    sidecar: Sidecar, encrypted: Settings, authority: Authority, trust: ssl.SSLContext
) -> None:
    """
    Between the two files the last pair stays in use, and the log says so once.
    """
    old = await presented(sidecar.url, trust)
    certificate, key = authority.sign("second")
    assert encrypted.sidecar_certificate_file
    assert encrypted.sidecar_key_file
    with structlog.testing.capture_logs() as logs:
        encrypted.sidecar_certificate_file.write_bytes(certificate.read_bytes())
        assert [await presented(sidecar.url, trust) for _ in range(3)] == [old] * 3
        encrypted.sidecar_key_file.write_bytes(key.read_bytes())
        assert await presented(sidecar.url, trust) != old

    (said,) = [entry["reason"] for entry in logs if entry["log_level"] == "error"]
    assert "TICKETSTREAM_SIDECAR_KEY_FILE" in said
    assert "does not belong" in said


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
@pytest.mark.parametrize(
    ("version", "is_taken"),
    [
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
async def test_versions_of_tls(
    sidecar: Sidecar, trust: ssl.SSLContext, version: ssl.TLSVersion, is_taken: bool
) -> None:
    """
    1.2 and 1.3 are spoken, and nothing older.
    """
    trust.set_ciphers("ALL:@SECLEVEL=0")
    trust.minimum_version = trust.maximum_version = version

    with contextlib.nullcontext() if is_taken else pytest.raises(OSError):  # noqa: PT011  # ssl's
        assert await presented(sidecar.url, trust)


async def test_http_without_tls(sidecar: Sidecar) -> None:
    """
    Who forgets the s in https gets no answer, at once, and is counted.
    """
    before = cut("handshake")
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(sidecar.url).port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    with contextlib.suppress(ConnectionError):
        assert b"HTTP" not in await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert cut("handshake") == before + 1


def cut(reason: str) -> float:
    """Return how many connections were cut for *reason*."""
    return float(metrics.CUT.labels(reason)._value.get())


async def test_who_never_begins(
    sidecar: Sidecar, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A connection without a handshake ends after some seconds.
    """
    monkeypatch.setattr(handshake, "HANDSHAKE_SECONDS", 0.2)
    before, began = cut("handshake"), time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(sidecar.url).port)

    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    assert time.monotonic() - began >= 0.2
    assert cut("handshake") == before + 1
    assert await presented(sidecar.url, trust)


async def test_a_crowd_that_never_begins(encrypted: Settings, trust: ssl.SSLContext) -> None:
    """
    The one goes that waited longest, so that others get in.
    """
    few = encrypted.model_copy(update={"sidecar_connections": 3})
    async with Sidecar(few) as sidecar:
        port = URL(sidecar.url).port
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await asyncio.sleep(1.1)  # PATIENCE_SECONDS

        assert await presented(sidecar.url, trust)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(crowd[0][0].read(), 5) == b""
        assert not crowd[1][0].at_eof()
        for _, writer in crowd:
            writer.close()


async def test_no_room(encrypted: Settings, trust: ssl.SSLContext) -> None:
    """
    Above the number of connections a caller reads why, by TLS too.
    """
    few = encrypted.model_copy(update={"sidecar_connections": 1})
    async with Sidecar(few) as sidecar:
        port = URL(sidecar.url).port
        _, first = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
        reader, second = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
        second.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        said = await asyncio.wait_for(reader.readuntil(b"connections."), 5)
        first.close()
        second.close()

    assert said.startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_request_that_comes_with_the_handshake(
    encrypted: Settings, trust: ssl.SSLContext, new_loop: Any
) -> None:
    """
    A caller may send it together with the last of its handshake, in one packet.
    """

    async def asked() -> bytes:
        async with Sidecar(encrypted) as sidecar:
            return await asyncio.to_thread(sent_at_once, URL(sidecar.url).port or 0, trust)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(asked()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_long_answer(encrypted: Settings, trust: ssl.SSLContext, new_loop: Any) -> None:
    """
    One that does not fit into what the system buffers comes whole, and again after a pause.
    """

    async def fetched() -> list[int]:
        async with Sidecar(encrypted) as sidecar, callers(trust) as session:
            sizes = []
            for _ in range(2):
                url = f"{sidecar.url}/docs/swagger-ui-bundle.js"
                headers = {"Accept-Encoding": "identity"}
                async with session.get(url, headers=headers) as answer:
                    await asyncio.sleep(0.3)
                    sizes.append(len(await asyncio.wait_for(answer.read(), 10)))
            return sizes

    with asyncio.Runner(loop_factory=new_loop) as runner:
        first, second = runner.run(fetched())
    assert first == second > 1_000_000


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_who_does_not_read(
    encrypted: Settings,
    trust: ssl.SSLContext,
    new_loop: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    A caller who asks for more than is buffered and reads nothing is cut off, by TLS too.
    """
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.5)
    before = cut("unread")

    async def unread() -> None:
        async with Sidecar(encrypted) as sidecar:
            port = URL(sidecar.url).port
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, limit=1_024)
            asked = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
            writer.write(asked * 10)
            await asyncio.sleep(2)
            writer.transport.abort()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(unread())
    assert cut("unread") == before + 1


def sent_at_once(port: int, trust: ssl.SSLContext) -> bytes:
    """Return the answer to a request that is sent in one packet with the end of the handshake."""
    to_us, to_them = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trust.wrap_bio(to_us, to_them, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:

        def hear() -> None:
            came = plain.recv(65_536)
            assert came, "the server has ended the connection"
            to_us.write(came)

        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        while True:
            plain.sendall(to_them.read())
            hear()
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
                break
        tls.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        plain.sendall(to_them.read())
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                return tls.read(65_536)
            hear()


@pytest.fixture(params=["expired", "other key", "no certificate", "missing"])
def broken(
    request: pytest.FixtureRequest, authority: Authority, files: dict[str, Any]
) -> dict[str, Any]:
    """Return the settings of a certificate that cannot be used."""
    own = dict(files)
    if request.param == "expired":
        certificate, key = authority.sign("old", ends=timedelta(seconds=-5))
        own = {"sidecar_certificate_file": certificate, "sidecar_key_file": key}
    elif request.param == "other key":
        own["sidecar_key_file"] = authority.sign("other")[1]
    elif request.param == "no certificate":
        own["sidecar_certificate_file"] = None
    else:
        own["sidecar_certificate_file"] = Path("/nowhere/at.all")
    return own


def test_a_certificate_that_cannot_be_used(broken: dict[str, Any]) -> None:
    """
    The sidecar does not start, and says which setting to mend.
    """
    with pytest.raises(ConfigurationError, match=r"TICKETSTREAM_SIDECAR_(CERTIFICATE|KEY)_FILE"):
        encryption(Settings(**broken))


def test_without_a_certificate() -> None:
    """
    The sidecar speaks HTTP.
    """
    assert own_certificate(Settings()) is None
    assert encryption(Settings()) is None
