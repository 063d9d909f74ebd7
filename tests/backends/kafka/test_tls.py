"""Whom we trust, the certificate that we show, and what is said of files that cannot be used."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiokafka.protocol.metadata import MetadataRequest
from pydantic import SecretStr

from streams.backends.kafka import connection, tls
from streams.backends.kafka.spoken import connected
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.support import ports
from tests.support.certificates import Authority

PASSWORD = "correct-horse"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority of this test."""
    return Authority(tmp_path)


def settings_of(authority: Authority, **given: Any) -> Settings:
    """Return settings that trust *authority* and show what it has signed for `support`."""
    certificate, key = authority.sign("support")
    own = {"kafka_certificate_file": certificate, "kafka_key_file": key}
    return Settings(
        **{
            "kafka_security_protocol": "SSL",
            "kafka_ca_file": authority.file,
            "kafka_brokers": "k:1",
            **own,
            **given,
        }
    )


def refusal(settings: Settings) -> str:
    """Return what is said of *settings* that cannot work."""
    with pytest.raises(ConfigurationError) as error:
        connection.options(settings)
    assert PASSWORD not in str(error.value)
    return str(error.value)


def test_the_names_of_hosts_are_verified(authority: Authority) -> None:
    """
    A broker has to have a certificate that names its host.
    """
    found = tls.context(settings_of(authority))

    for one in (found, found.current()):
        assert one.check_hostname
        assert one.verify_mode is ssl.CERT_REQUIRED


def test_a_key_that_belongs_to_another_certificate(authority: Authority) -> None:
    """
    Both settings are named.
    """
    _, other = authority.sign("other")
    said = refusal(settings_of(authority, kafka_key_file=other))

    assert said.startswith(f"TICKETSTREAM_KAFKA_KEY_FILE: the key in {other} does not belong to")
    assert "TICKETSTREAM_KAFKA_CERTIFICATE_FILE" in said


def test_an_encrypted_key(authority: Authority, tmp_path: Path) -> None:
    """
    It needs its password, as a setting or in a file; that it is missing or wrong is said.
    """
    certificate, key = authority.sign("locked", password=PASSWORD)
    own = {"kafka_certificate_file": certificate, "kafka_key_file": key}
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")

    connection.options(settings_of(authority, **own, kafka_key_password=SecretStr(PASSWORD)))
    connection.options(settings_of(authority, **own, kafka_key_password_file=file))
    assert refusal(settings_of(authority, **own)) == (
        f"TICKETSTREAM_KAFKA_KEY_FILE: the key in {key} is encrypted, and there is no password"
        " for it: set TICKETSTREAM_KAFKA_KEY_PASSWORD_FILE or TICKETSTREAM_KAFKA_KEY_PASSWORD"
    )
    wrong = refusal(settings_of(authority, **own, kafka_key_password=SecretStr("no")))
    assert wrong == f"TICKETSTREAM_KAFKA_KEY_PASSWORD: this password does not open the key in {key}"


def test_a_certificate_that_has_expired(authority: Authority) -> None:
    """
    It is said before anything is tried, with the time, and that a clock may be wrong.
    """
    certificate, key = authority.sign("old", ends=timedelta(seconds=-5))
    own = {"kafka_certificate_file": certificate, "kafka_key_file": key}
    said = refusal(settings_of(authority, **own))

    assert said.startswith("TICKETSTREAM_KAFKA_CERTIFICATE_FILE: the certificate in")
    assert "has expired, at 20" in said
    assert "clock" in said


@pytest.mark.parametrize("field", ["kafka_ca_file", "kafka_certificate_file", "kafka_key_file"])
@pytest.mark.parametrize("content", [None, "no PEM"])
def test_a_file_that_cannot_be_used(
    authority: Authority, tmp_path: Path, field: str, content: str | None
) -> None:
    """
    A file that is missing or holds something else is named with its setting.
    """
    file = tmp_path / "file"
    if content:
        file.write_text(content)
    said = refusal(settings_of(authority, **{field: file}))

    assert said.startswith(f"TICKETSTREAM_{field.upper()}: ")
    assert str(file) in said
    assert ("No such file" if content is None else "in PEM") in said


def test_one_file_for_certificate_and_key(authority: Authority, tmp_path: Path) -> None:
    """
    The key may be in the certificate's file.
    """
    certificate, key = authority.sign("both")
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())

    connection.options(settings_of(authority, kafka_certificate_file=both, kafka_key_file=None))


def test_a_certificate_that_nobody_would_see(authority: Authority) -> None:
    """
    A certificate without TLS is an error that names both settings.
    """
    said = refusal(settings_of(authority, kafka_security_protocol="PLAINTEXT"))

    assert "TICKETSTREAM_KAFKA_CERTIFICATE_FILE is set" in said
    assert "set it to SSL" in said


def test_whom_the_certificate_names(authority: Authority) -> None:
    """
    ACLs name a certificate's owner as Kafka does.
    """
    assert tls.subject(settings_of(authority)) == "CN=support"


def asks_for_certificate(authority: Authority) -> ssl.SSLContext:
    """Return the context of a server that lets in whom *authority* has signed, and nobody else."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.load_cert_chain(*authority.sign("broker"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_a_certificate_is_shown(settings: Settings, authority: Authority) -> None:
    """
    A Kafka that asks for a certificate serves who shows one, and says to others what they lack.
    """
    tls_context = asks_for_certificate(authority)
    async with ports.relay(settings.kafka_brokers, tls=tls_context) as address:
        assert (
            await connection.connection_fault(settings_of(authority, kafka_brokers=address)) is None
        )
    with ports.refusing(tls_context) as address:
        without = settings_of(authority, kafka_brokers=address, kafka_certificate_file=None)
        found = await connection.connection_fault(without)
        plain = await connection.connection_fault(Settings(kafka_brokers=address))

    assert "wants a certificate of ours" in str(found)
    assert "set TICKETSTREAM_KAFKA_CERTIFICATE_FILE and TICKETSTREAM_KAFKA_KEY_FILE" in str(found)
    assert "speaks TLS and asks for no user (SSL)" in str(plain)


async def test_a_certificate_that_the_broker_does_not_trust(
    authority: Authority, tmp_path: Path
) -> None:
    """
    That it is refused is said, with its file.
    """
    (tmp_path / "other").mkdir()
    certificate, key = Authority(tmp_path / "other", "other").sign("support")
    own = {"kafka_certificate_file": certificate, "kafka_key_file": key}
    with ports.refusing(asks_for_certificate(authority)) as address:
        found = await connection.connection_fault(
            settings_of(authority, **own, kafka_brokers=address)
        )

    assert f"refuses the certificate in {certificate} (unknown ca)" in str(found)
    assert "ssl.truststore" in str(found)


async def test_a_brokers_certificate_that_has_expired(
    settings: Settings, authority: Authority
) -> None:
    """
    That is for the broker to mend, or for this machine's clock.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.sign("broker", ends=timedelta(seconds=-5)))
    async with ports.relay(settings.kafka_brokers, tls=context) as address:
        found = await connection.connection_fault(settings_of(authority, kafka_brokers=address))

    assert "is not trusted (certificate has expired)" in str(found)
    assert "clock is wrong" in str(found)


async def test_files_are_read_again(
    settings: Settings, authority: Authority, tmp_path: Path
) -> None:
    """
    A client's next connection shows the new certificate, and trusts the new authority.
    """
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    certificate, key = other.sign("support")
    ours = {name: authority.file.parent / f"support.{name}" for name in ("crt", "key")}
    async with ports.relay(settings.kafka_brokers, tls=asks_for_certificate(other)) as address:
        options = connection.options(settings_of(authority, kafka_brokers=address))
        with pytest.raises(ssl.SSLCertVerificationError):
            await asked(address, options)
        authority.file.write_bytes(other.file.read_bytes())
        ours["key"].write_bytes(key.read_bytes())
        with structlog.testing.capture_logs() as logs, pytest.raises(ssl.SSLError):
            await asked(address, options)  # the certificate is still the old one
        ours["crt"].write_bytes(certificate.read_bytes())
        assert (await asked(address, options)).brokers

    assert "does not belong to the certificate" in logs[0]["reason"]


async def asked(address: str, options: dict[str, Any]) -> Any:
    """Return what a broker says on a new connection of a client with *options*."""
    host, _, port = address.rpartition(":")
    async with connected(host, int(port), options) as connection:
        return await connection.send(MetadataRequest([]))
