"""Why a Kafka does not serve us: what is said of users, of TLS, of hosts, and of other programs."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from streams.backends.kafka import connection
from streams.backends.kafka.faults import Fault, find_fault
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support import ports
from tests.support.kafka import RealKafka
from tests.support.machine import needs_real_servers
from tests.support.tls_kafka import USER, TlsKafka, make_certificate

PASSWORD = "correct-horse"
AS_USER: dict[str, Any] = {"kafka_username": USER, "kafka_password": SecretStr(PASSWORD)}
SET_PROTOCOL = "TICKETSTREAM_KAFKA_SECURITY_PROTOCOL is {}: set it to {}"


async def fault(brokers: str, **given: Any) -> Fault:
    """Return what is wrong with *brokers* by these settings."""
    found = await connection.connection_fault(Settings(kafka_brokers=brokers, **given))
    assert found
    assert PASSWORD not in str(found)
    return found


async def test_whoever_gives_up_at_once_leaves_nothing_behind() -> None:
    """
    A look that has no time to begin is no coroutine that nobody awaits, of which Python would warn.
    """
    options = {"bootstrap_servers": ["127.0.0.1:1", "127.0.0.1:2"]}
    looking = asyncio.ensure_future(find_fault(Settings(), options))
    await asyncio.sleep(0)  # it has made its tasks, and none has begun
    looking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await looking


async def test_a_kafka_that_serves_us(settings: Settings) -> None:
    """
    Where nothing is wrong nothing is said.
    """
    assert await connection.connection_fault(settings) is None


async def test_nobody_there() -> None:
    """
    Of an address where nothing answers no more is known than that.
    """
    assert await connection.connection_fault(Settings(kafka_brokers="127.0.0.1:1")) is None


@pytest.mark.parametrize("brokers", ["kafka.invalid:9092", "kafka.invalid:9092,127.0.0.1:1"])
async def test_an_unknown_host(brokers: str) -> None:
    """
    A host without an address is named. It may get one, so it is away and not wrong.
    """
    found = await fault(brokers)

    assert isinstance(found, Unavailable)
    assert "the host kafka.invalid is not known" in found.detail
    assert "TICKETSTREAM_KAFKA_BROKERS" in found.mend


async def test_one_broker_is_enough(settings: Settings) -> None:
    """
    A client needs one of the brokers, so a fault of another one is not ours to say.
    """
    brokers = f"kafka.invalid:9092,{settings.kafka_brokers}"

    assert (
        await connection.connection_fault(settings.model_copy(update={"kafka_brokers": brokers}))
        is None
    )


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
async def test_http(protocol: Any) -> None:
    """
    A web server's port is said to be one, by whatever protocol it was taken for Kafka's.
    """
    async with ports.http() as address:
        found = await fault(address, kafka_security_protocol=protocol)

    assert isinstance(found, ConfigurationError)
    assert found.detail == f"{address} speaks HTTP and is no Kafka"
    assert "TICKETSTREAM_KAFKA_BROKERS" in found.mend


async def test_https(tls: tuple[Path, ssl.SSLContext]) -> None:
    """
    So is one of HTTPS.
    """
    async with ports.http(tls[1]) as address:
        assert "speaks HTTP" in (await fault(address)).detail


async def test_http_that_waits_for_more() -> None:
    """
    So is one that waits for the rest of what it takes for a request.
    """
    async with ports.patient_http() as address:
        assert "speaks HTTP" in (await fault(address)).detail


async def test_sends_clients_to_an_unknown_host(settings: Settings) -> None:
    """
    A Kafka that is reached, and that sends its clients on to a host that is not known here.
    """
    as_if = (b"127.0.0.1", b"n.invalid")  # as long as each other, so that all lengths stay right
    async with ports.relay(settings.kafka_brokers, instead=as_if) as address:
        found = await fault(address)

    assert isinstance(found, Unavailable)
    assert f"{address} sends its clients on to n.invalid:" in found.detail
    assert "advertised.listeners" in found.mend


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL", "SASL_PLAINTEXT"])
async def test_a_kafka_without_tls_and_users(settings: Settings, protocol: Any) -> None:
    """
    Whoever comes by TLS or with a user to a Kafka that knows neither is told so.
    """
    user = AS_USER if "SASL" in protocol else {}
    found = await fault(settings.kafka_brokers, kafka_security_protocol=protocol, **user)

    assert isinstance(found, ConfigurationError)
    assert "speaks no TLS and asks for no user" in found.detail
    assert str(found).endswith(SET_PROTOCOL.format(protocol, "PLAINTEXT"))


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the certificate of 127.0.0.1, and what a server that has it listens with."""
    certificate, server = tmp_path / "ca.pem", tmp_path / "server.pem"
    make_certificate(certificate, server)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server)
    return certificate, context


async def test_a_kafka_with_tls(settings: Settings, tls: tuple[Path, ssl.SSLContext]) -> None:
    """
    Whoever comes without TLS to a Kafka that has it is told so, and by TLS all is well.
    """
    certificate, context = tls
    async with ports.relay(settings.kafka_brokers, tls=context) as address:
        plain = await fault(address)
        by_tls = Settings(
            kafka_brokers=address, kafka_security_protocol="SSL", kafka_ca_file=certificate
        )
        assert await connection.connection_fault(by_tls) is None

    assert isinstance(plain, ConfigurationError)
    assert str(plain).endswith(SET_PROTOCOL.format("PLAINTEXT", "SSL"))


async def test_a_certificate_that_nobody_vouches_for(
    settings: Settings, tls: tuple[Path, ssl.SSLContext]
) -> None:
    """
    A certificate that is not trusted is said to be that, and the setting is named.
    """
    async with ports.relay(settings.kafka_brokers, tls=tls[1]) as address:
        found = await fault(address, kafka_security_protocol="SSL")

    assert isinstance(found, ConfigurationError)
    assert "is not trusted (self-signed certificate)" in found.detail
    assert "TICKETSTREAM_KAFKA_CA_FILE" in found.mend


async def test_another_hosts_certificate(
    settings: Settings, tls: tuple[Path, ssl.SSLContext]
) -> None:
    """
    A certificate of another host is mended by the host's name, not by another CA file.
    """
    certificate, context = tls
    async with ports.relay(settings.kafka_brokers, host="127.0.0.2", tls=context) as address:
        found = await fault(address, kafka_security_protocol="SSL", kafka_ca_file=certificate)

    assert isinstance(found, ConfigurationError)
    assert "mismatch" in found.detail
    assert "TICKETSTREAM_KAFKA_BROKERS" in found.mend


# A Kafka with users: SCRAM-SHA-512 and PLAIN, by TLS


@pytest.fixture(scope="module")
def guarded() -> Iterator[TlsKafka]:
    """Return a Kafka that lets nobody in without TLS and a password."""
    needs_real_servers()
    with TlsKafka(PASSWORD) as cluster:
        yield cluster


def as_user(cluster: TlsKafka, **other: Any) -> dict[str, Any]:
    """Return the settings that are right for *cluster*, with *other* ones."""
    right = {"kafka_security_protocol": "SASL_SSL", "kafka_ca_file": cluster.ca_file, **AS_USER}
    return {**right, **other}


@pytest.mark.real
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_a_wrong_password(guarded: TlsKafka, mechanism: Any) -> None:
    """
    A user or password that is wrong is said to be that, and neither is repeated.
    """
    right = as_user(guarded, kafka_sasl_mechanism=mechanism)
    wrong = {**right, "kafka_password": SecretStr("hunter2")}
    found = await fault(guarded.brokers, **wrong)

    assert (
        await connection.connection_fault(Settings(kafka_brokers=guarded.brokers, **right)) is None
    )
    assert isinstance(found, ConfigurationError)
    assert "refuses the user or the password" in found.detail
    assert f"may log in by {mechanism}" in found.mend
    assert "hunter2" not in str(found)


@pytest.mark.real
async def test_a_mechanism_that_is_not_offered(guarded: TlsKafka) -> None:
    """
    A SASL mechanism that the broker does not have is named, with those that it has.
    """
    found = await fault(guarded.brokers, **as_user(guarded, kafka_sasl_mechanism="SCRAM-SHA-256"))

    assert isinstance(found, ConfigurationError)
    assert found.detail.endswith("does not offer SCRAM-SHA-256")
    assert found.mend == "set TICKETSTREAM_KAFKA_SASL_MECHANISM to PLAIN or SCRAM-SHA-512"


@pytest.mark.real
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
async def test_no_user_where_one_is_asked_for(guarded: TlsKafka, protocol: Any) -> None:
    """
    Whoever comes without a user to a Kafka that asks for one is told all that is to be set.
    """
    by_tls = {"kafka_ca_file": guarded.ca_file}
    found = await fault(guarded.brokers, kafka_security_protocol=protocol, **by_tls)

    assert isinstance(found, ConfigurationError)
    assert "speaks TLS and asks for a user" in found.detail
    assert found.mend == (
        "set it to SASL_SSL; set TICKETSTREAM_KAFKA_USERNAME and TICKETSTREAM_KAFKA_PASSWORD"
    )


@pytest.mark.real
async def test_a_user_without_tls_where_there_is_tls(guarded: TlsKafka) -> None:
    """
    A user who comes without TLS to a Kafka that has it has one setting to change.
    """
    other = as_user(guarded, kafka_security_protocol="SASL_PLAINTEXT")
    found = await fault(guarded.brokers, **other)

    assert str(found).endswith(SET_PROTOCOL.format("SASL_PLAINTEXT", "SASL_SSL"))


@pytest.mark.real
async def test_a_kafka_with_users_and_without_tls() -> None:
    """
    So is it the other way round, where the broker offers another mechanism, too.
    """
    needs_real_servers()
    with RealKafka(users={"admin": PASSWORD}) as cluster:
        found = await fault(cluster.brokers, kafka_security_protocol="SASL_SSL", **AS_USER)

    assert found.mend == (
        "set it to SASL_PLAINTEXT; set TICKETSTREAM_KAFKA_SASL_MECHANISM to PLAIN"
    )
