"""
How every client connects to Kafka, and what is said when it cannot.

`options` turns the settings into aiokafka's options. What aiokafka raises becomes `Unavailable` or
`ConfigurationError` inside `translated`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from streams.backends.kafka import faults, login, oauth, records, tls
from streams.credential import Credential
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

_PATIENCE_SECONDS = 3.0
"""Time for a client to start; after it, we look at what answers there while it goes on."""
_AWAY = (KafkaError, OSError, TimeoutError)
_REFUSED = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
_FORBIDDEN = {
    TopicAuthorizationFailedError: "a topic",
    GroupAuthorizationFailedError: "a consumer group",
    ClusterAuthorizationFailedError: "the cluster",
}
FORBIDDEN = tuple(_FORBIDDEN)
"""What aiokafka raises when this user may not do something."""


class Forbidden(ConfigurationError):
    """Kafka does not let this user do something, or does not show what may be there."""

    def __init__(self, detail: str, *, mend: str = "", uncreated: Sequence[str] = ()) -> None:
        """*uncreated*: the topics that it does not let this user create."""
        super().__init__(detail, mend=mend)
        self.uncreated = tuple(uncreated)


def options(settings: Settings) -> dict[str, Any]:
    """
    Return the options by which every aiokafka client connects, Faust's included.

    Nobody connects without them, so they are where aiokafka is made to read any record.

    Raises:
        ConfigurationError: A setting of the connection cannot work.
    """
    records.install()
    login.install_login()
    _refuse_unused(settings)
    options: dict[str, Any] = {
        "bootstrap_servers": _brokers(settings.kafka_brokers),
        "security_protocol": settings.kafka_security_protocol,
        "client_id": "ticketstream",
    }
    if "SSL" in settings.kafka_security_protocol:
        options["ssl_context"] = tls.context(settings)
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= _login(settings)
    return options


def _login(settings: Settings) -> dict[str, Any]:
    """Return the options by which a client logs in."""
    mechanism = {"sasl_mechanism": settings.kafka_sasl_mechanism}
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        return {**mechanism, "sasl_oauth_token_provider": oauth.Tokens(settings)}
    if not settings.kafka_username:
        raise ConfigurationError(
            f"{settings.kafka_security_protocol} needs a user, and TICKETSTREAM_KAFKA_USERNAME is"
            " empty",
            mend="set it and TICKETSTREAM_KAFKA_PASSWORD_FILE or _PASSWORD",
        )
    known = Credential(settings, "kafka_password")
    return {
        **mechanism,
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": login.Password(known),
    }


async def start(settings: Settings, client: Any) -> None:
    """
    Start *client*, one of aiokafka's. If it cannot connect, the caller still has to stop it.

    Raises:
        ConfigurationError: Kafka is there, and these settings are not for it: the message says
            which of them is wrong.

        Unavailable: Kafka does not answer.
    """
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.wait({starting}, timeout=_PATIENCE_SECONDS)
        is_away = not starting.done() or isinstance(starting.exception(), _AWAY)
        if is_away and (fault := await connection_fault(settings)):
            raise fault
        with translated(settings):
            await starting
    finally:
        if starting.cancel():
            await asyncio.wait({starting})


async def connection_fault(settings: Settings) -> faults.Fault | None:
    """
    Return why no broker serves us with these settings; None if one does, or if that is not known.

    Raises:
        ConfigurationError: A setting of the connection cannot work.
    """
    return await faults.find_fault(settings, options(settings))


def _brokers(value: str) -> list[str]:
    shown = re.sub("(?s).*@", "...@", value)  # before @ there may be a password, with any sign
    brokers = [part.strip() for part in shown.split(",") if part.strip()]
    for broker in brokers:
        if not _is_address(broker):
            raise ConfigurationError(f"TICKETSTREAM_KAFKA_BROKERS: {broker!r} is not host:port")
    if not brokers:
        raise ConfigurationError("TICKETSTREAM_KAFKA_BROKERS is empty: give host:port")
    return brokers


def _is_address(broker: str) -> bool:
    """Say whether *broker* is host:port, the host a name or IPv4, or IPv6 in brackets."""
    host, _, port = broker.rpartition(":")
    if not (port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65_536):
        return False
    if host.startswith("["):
        return host.endswith("]") and _is_ipv6(host[1:-1])
    if re.search(r"[/:@?#\\\s\[\]]", host):  # such as in http://host
        return False
    try:
        return bool(host) and bool(host.encode("idna"))
    except UnicodeError:  # such as a..b
        return False


def _is_ipv6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _refuse_unused(settings: Settings) -> None:
    """Refuse a user or a certificate that would never be shown to a broker."""
    protocol = settings.kafka_security_protocol
    if settings.kafka_username and not protocol.startswith("SASL"):
        raise ConfigurationError(
            "TICKETSTREAM_KAFKA_USERNAME is set, and TICKETSTREAM_KAFKA_SECURITY_PROTOCOL is"
            f" {protocol}, by which no user logs in",
            mend="set it to SASL_SSL, or to SASL_PLAINTEXT where there is no TLS",
        )
    if settings.kafka_certificate_file and "SSL" not in protocol:
        raise ConfigurationError(
            f"{tls.CERTIFICATE_FILE} is set, and TICKETSTREAM_KAFKA_SECURITY_PROTOCOL is"
            f" {protocol}, which has no TLS",
            mend="set it to SSL, or to SASL_SSL where a user logs in, too",
        )


@contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """Turn what aiokafka raises inside into our errors, with the way out in the message."""
    try:
        yield
    except _REFUSED as error:
        raise ConfigurationError(
            f"Kafka at {settings.kafka_brokers} refused the credentials ({type(error).__name__})",
            mend="check TICKETSTREAM_KAFKA_USERNAME, _PASSWORD and _SASL_MECHANISM",
        ) from None
    except FORBIDDEN as error:
        raise Forbidden(
            f"Kafka at {settings.kafka_brokers} does not let this user at"
            f" {_FORBIDDEN[type(error)]}",
            mend="grant it in the broker's ACLs",
        ) from None
    except _AWAY as error:
        raise Unavailable(
            f"Kafka at {settings.kafka_brokers} does not answer ({type(error).__name__})",
            mend=f"is it running, and {_suspects(settings)}?",
        ) from None


def _suspects(settings: Settings) -> str:
    """Name the settings that may be wrong: aiokafka hides why a first connection failed."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return "is TICKETSTREAM_KAFKA_BROKERS right"
    return "are TICKETSTREAM_KAFKA_BROKERS, credentials and certificates right"
