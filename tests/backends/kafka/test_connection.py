"""How settings become a connection to Kafka; no broker is needed to know."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import INCOMING
from streams.backends.kafka import connection, names
from streams.errors import ConfigurationError
from streams.settings import Settings

SASL = {"kafka_security_protocol": "SASL_SSL", "kafka_username": "u", "kafka_password": "p"}


def test_prefix_goes_before_topics_and_groups() -> None:
    """
    One prefix keeps two installations on one Kafka apart.
    """
    settings = Settings(topic_prefix="eu.")

    assert names.topic(settings, INCOMING) == "eu.incoming-tickets"
    assert names.group(settings, "triage") == "eu.ticketstream-triage"


def test_several_brokers() -> None:
    """
    Brokers come separated by commas, with spaces or without, IPv6 in brackets.
    """
    found = connection.options(Settings(kafka_brokers="a:1, b:2,[::1]:9092"))

    assert found["bootstrap_servers"] == ["a:1", "b:2", "[::1]:9092"]


IMPOSSIBLE = (
    *("", "kafka", "kafka:", ":9092", "kafka:x", "kafka:70000", f"kafka:{'9' * 5_000}"),
    *("a..b:1", f"{'a' * 64}:1", "[::1:1", "[a]:1"),
)


@pytest.mark.parametrize("brokers", IMPOSSIBLE)
def test_impossible_address(brokers: str) -> None:
    """
    An address that cannot be one is named with its setting, before anything is tried.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_KAFKA_BROKERS"):
        connection.options(Settings(kafka_brokers=brokers))


def test_credentials_go_over_tls() -> None:
    """
    SASL_SSL checks the brokers' certificates; without a CA file by the machine's.
    """
    settings: dict[str, Any] = {**SASL}
    found = connection.options(Settings(**settings))

    assert found["ssl_context"].verify_mode == ssl.CERT_REQUIRED
    assert (
        found["sasl_mechanism"],
        found["sasl_plain_username"],
        found["sasl_plain_password"],
    ) == ("SCRAM-SHA-512", "u", "p")


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
