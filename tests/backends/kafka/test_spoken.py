"""What a port speaks is found out by asking it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from streams.backends.kafka import connection
from streams.backends.kafka.spoken import NO_KAFKA, Spoken, connected, spoken_at
from streams.settings import Settings
from tests.support import ports
from tests.support.kafka import RealKafka
from tests.support.machine import free_ports, needs_real_servers
from tests.support.tls_kafka import make_certificate


async def spoken(address: str) -> Spoken | None:
    """Return what *address* speaks."""
    host, _, port = address.rpartition(":")
    return await spoken_at(host, int(port))


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """Return what a server by TLS listens with."""
    make_certificate(tmp_path / "ca.pem", tmp_path / "server.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


@asynccontextmanager
async def port(answer: bytes | None) -> AsyncIterator[str]:
    """Yield an address where *answer* is given to whatever is sent, None: where nothing is."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await done.wait()
        else:
            await reader.read(1)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        done.set()
        server.close()


async def test_kafka(settings: Settings) -> None:
    """
    A Kafka without TLS and users is known as one.
    """
    assert await spoken(settings.kafka_brokers) == Spoken("PLAINTEXT")


async def test_kafka_by_tls(settings: Settings, tls: ssl.SSLContext) -> None:
    """
    So is one behind TLS, whoever signed its certificate.
    """
    async with ports.relay(settings.kafka_brokers, tls=tls) as address:
        assert await spoken(address) == Spoken("SSL")


async def test_http(tls: ssl.SSLContext) -> None:
    """
    A web server is known as one, with TLS and without.
    """
    async with ports.http() as plain, ports.http(tls) as by_tls, ports.patient_http() as patient:
        found = await asyncio.gather(*map(spoken, (plain, by_tls, patient)))

    assert found == [Spoken("HTTP")] * 3


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-x\r\n",
        b"HTT",
        b"220 mail\r\n",
        b"\x00\x00\x00\x04\x00\x00\x00\x01",
        b"\xff" * 100,
    ],
)
async def test_another_language(answer: bytes) -> None:
    """
    A port that ends the connection, or answers in a language of its own, is neither.
    """
    async with port(answer) as address:
        assert await spoken(address) is None


async def test_silence() -> None:
    """
    A port that takes everything and says nothing is not waited for.
    """
    async with port(None) as address:
        async with asyncio.timeout(30):
            assert await spoken(address) is None


async def test_nobody() -> None:
    """
    Of a port where nobody listens nothing can be told.
    """
    assert await spoken_at("127.0.0.1", free_ports(1)[0]) is None


async def test_a_connection_is_closed(settings: Settings) -> None:
    """
    A connection lasts as long as its block, also where the block fails.
    """
    host, _, number = settings.kafka_brokers.rpartition(":")
    with suppress(KeyError):
        async with connected(host, int(number), connection.options(settings)) as one:
            was_connected = one.connected()
            raise KeyError

    assert was_connected
    assert not one.connected()


async def test_who_is_not_there_is_an_error_of_no_kafka() -> None:
    """
    Whoever connects hears of it by one of the errors that are listed.
    """
    with pytest.raises(NO_KAFKA):
        async with connected("127.0.0.1", free_ports(1)[0], {}):
            pass


@pytest.mark.real
async def test_a_kafka_with_users() -> None:
    """
    A Kafka with users says which mechanisms it offers.
    """
    needs_real_servers()
    with RealKafka(users={"admin": "secret"}) as cluster:
        assert await spoken(cluster.brokers) == Spoken("SASL_PLAINTEXT", ["PLAIN"])
