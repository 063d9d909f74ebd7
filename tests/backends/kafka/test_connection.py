"""How settings become a connection to Kafka, and what is said when there comes to be none."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiokafka import errors

from streams.backends.kafka import admin, clients, connection
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support import ports

SASL = {"kafka_security_protocol": "SASL_SSL", "kafka_username": "u", "kafka_password": "p"}


def test_several_brokers() -> None:
    """
    Brokers come separated by commas, with spaces or without, IPv6 in brackets.
    """
    found = connection.options(Settings(kafka_brokers="a:1, b:2,[::1]:9092"))

    assert found["bootstrap_servers"] == ["a:1", "b:2", "[::1]:9092"]


IMPOSSIBLE = (
    *("", "kafka", "kafka:", ":9092", "kafka:x", "kafka:70000", f"kafka:{'9' * 5_000}"),
    *("a..b:1", f"{'a' * 64}:1", "[::1:1", "[a]:1", "::1:9092", "a b:1", "u@a:1"),
    *("http://127.0.0.1:18099", "https://a:1", "kafka://a:1", "//a:1", "a/b:1", "http:a:1"),
)


@pytest.mark.parametrize("brokers", IMPOSSIBLE)
def test_impossible_address(brokers: str) -> None:
    """
    An address that cannot be one is named with its setting, before anything is tried.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_KAFKA_BROKERS"):
        connection.options(Settings(kafka_brokers=brokers))


@pytest.mark.parametrize(
    "brokers", ["kafka://user:hunter2@a:1", "b:1,user:hunter2,x@a:1", "user:hunter2\nx@a:1"]
)
def test_a_password_in_an_address_is_not_shown(brokers: str) -> None:
    """
    What stands before an @ may be a secret, whatever signs are in it.
    """
    with pytest.raises(ConfigurationError, match=r"'\.\.\.@a:1' is not host:port") as caught:
        connection.options(Settings(kafka_brokers=brokers))

    assert "hunter2" not in str(caught.value)


def test_credentials_go_over_tls() -> None:
    """
    SASL_SSL checks the brokers' certificates; without a CA file by the machine's.
    """
    settings: dict[str, Any] = {**SASL}
    found = connection.options(Settings(**settings))

    assert found["ssl_context"].verify_mode == ssl.CERT_REQUIRED
    assert found["ssl_context"].check_hostname
    assert (found["sasl_mechanism"], found["sasl_plain_username"]) == ("SCRAM-SHA-512", "u")
    assert found["sasl_plain_password"].current() == "p"


def test_no_option_shows_a_secret() -> None:
    """
    What aiokafka keeps of a password has none of its characters, however it is shown.
    """
    settings: dict[str, Any] = {**SASL, "kafka_password": "hunter2"}

    assert "hunter2" not in repr(connection.options(Settings(**settings)))


def test_no_user() -> None:
    """
    SASL without a user is an error that names the setting.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_KAFKA_USERNAME"):
        connection.options(Settings(kafka_security_protocol="SASL_PLAINTEXT"))


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_ca_file_that_is_none(tmp_path: Path, content: str | None) -> None:
    """
    A CA file that is missing or holds no certificate is named with its setting.
    """
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)

    with pytest.raises(ConfigurationError, match=r"TICKETSTREAM_KAFKA_CA_FILE.*ca\.pem"):
        connection.options(Settings(kafka_security_protocol="SSL", kafka_ca_file=file))


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_user_who_cannot_log_in(protocol: Any) -> None:
    """
    A user whom the protocol does not send is an error that names both settings.
    """
    settings = Settings(kafka_security_protocol=protocol, kafka_username="support")

    with pytest.raises(ConfigurationError, match="KAFKA_USERNAME is set") as caught:
        connection.options(settings)
    assert "set it to SASL_SSL" in caught.value.mend


@pytest.mark.parametrize(
    ("raised", "ours", "said"),
    [
        (errors.KafkaConnectionError(), Unavailable, "does not answer (KafkaConnectionError)"),
        (OSError(), Unavailable, "does not answer (OSError)"),
        (TimeoutError(), Unavailable, "does not answer (TimeoutError)"),
        (errors.SaslAuthenticationFailed(), ConfigurationError, "refused the credentials"),
        (errors.TopicAuthorizationFailedError(), ConfigurationError, "at a topic: grant"),
        (errors.GroupAuthorizationFailedError(), ConfigurationError, "at a consumer group: grant"),
        (errors.ClusterAuthorizationFailedError(), ConfigurationError, "at the cluster: grant"),
    ],
)
def test_what_is_raised_becomes_ours(raised: Exception, ours: type[Exception], said: str) -> None:
    """
    Whatever Kafka's client raises becomes one of our errors, with the address and a way out.
    """
    with pytest.raises(ours) as caught, connection.translated(Settings(kafka_brokers="k:1")):
        raise raised

    assert str(caught.value).startswith("Kafka at k:1 ")
    assert said in str(caught.value)


async def test_start_says_what_is_wrong() -> None:
    """
    A client that cannot start raises what is wrong with its brokers.
    """
    async with ports.http() as address:
        settings = Settings(kafka_brokers=address)
        with pytest.raises(ConfigurationError, match="speaks HTTP"):
            await admin.verify_topics(settings)
        producer = clients.producer(settings)
        with pytest.raises(ConfigurationError, match="speaks HTTP"):
            await connection.start(settings, producer)
        await producer.stop()


async def test_start_does_not_wait_for_what_is_wrong() -> None:
    """
    A port that never answers as Kafka does is known before the client gives it up, after 40 s.
    """
    async with asyncio.timeout(30), ports.patient_http() as address:
        with pytest.raises(ConfigurationError, match="speaks HTTP"):
            await admin.count_brokers(Settings(kafka_brokers=address))
