"""
Why a broker does not serve us, when a client could not connect.

aiokafka raises the same KafkaConnectionError for a wrong password, an unknown host and another
program's port, and only logs what it was; no issue is known that would change this. So each
broker is asked once more, by connections of our own. They send what the client would have sent,
and then one request in each language that a port may speak. Nothing is created or joined.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    KafkaError,
    SaslAuthenticationFailed,
    for_code,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

SECONDS = 5.0
"""Time limit of the whole look; after it nothing is known."""
_ANSWER_SECONDS = 1.5
"""Time limit of one answer."""

Fault = ConfigurationError | Unavailable

_SERVES: Literal["serves"] = "serves"
_NO_KAFKA = (KafkaError, OSError, EOFError, TimeoutError, NotImplementedError)
"""What aiokafka and asyncio raise if the other end is no Kafka, or ends the connection."""


async def look(settings: Settings, options: Mapping[str, Any]) -> Fault | None:
    """
    Return what is wrong with the brokers; None if one of them serves us, or if none says why not.

    *options*: how the client connected.
    """
    try:
        async with asyncio.timeout(SECONDS):
            found = await asyncio.gather(
                *(_look_at(broker, settings, options) for broker in options["bootstrap_servers"])
            )
    except TimeoutError:
        return None
    if _SERVES in found:
        return None
    faults = [one for one in found if isinstance(one, Fault)]
    return min(faults, key=lambda one: isinstance(one, Unavailable), default=None)


async def _look_at(
    broker: str, settings: Settings, options: Mapping[str, Any]
) -> Fault | Literal["serves"] | None:
    host, _, number = broker.rpartition(":")
    host, port = host.strip("[]"), int(number)
    if not await _is_known(host):
        return Unavailable(
            f"the host {host} is not known to this machine",
            mend="is TICKETSTREAM_KAFKA_BROKERS right, and does the DNS know that name?",
        )
    try:
        async with _connected(host, port, options) as connection:
            answer = await connection.send(MetadataRequest([]))
    except ssl.SSLCertVerificationError as error:
        return _untrusted(broker, error)
    except SaslAuthenticationFailed:
        return ConfigurationError(
            f"Kafka at {broker} refuses the user or the password",
            mend="check TICKETSTREAM_KAFKA_USERNAME and TICKETSTREAM_KAFKA_PASSWORD, and that this"
            f" user may log in by {settings.kafka_sasl_mechanism}",
        )
    except _NO_KAFKA:
        return _mismatch(broker, settings, await _spoken(host, port))
    return await _elsewhere(broker, [(there[1], there[2]) for there in answer.brokers]) or _SERVES


async def _is_known(host: str) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(host, None)
    except (socket.gaierror, UnicodeError):
        return False
    return True


def _untrusted(broker: str, error: ssl.SSLCertVerificationError) -> Fault:
    is_anothers = "mismatch" in error.verify_message
    return ConfigurationError(
        f"the certificate of Kafka at {broker} is not trusted ({error.verify_message.rstrip('.')})",
        mend="set TICKETSTREAM_KAFKA_BROKERS to a host that the certificate names"
        if is_anothers
        else "set TICKETSTREAM_KAFKA_CA_FILE to the PEM file of the authority that signed it",
    )


async def _elsewhere(broker: str, brokers: Sequence[tuple[str, int]]) -> Fault | None:
    """Return what is wrong with the addresses to which *broker* sends its clients on."""
    for host, port in brokers:
        if not await _is_known(host):
            return Unavailable(
                f"Kafka at {broker} sends its clients on to {host}:{port}, and this machine does"
                f" not know the host {host}",
                mend="do the brokers' advertised.listeners name hosts that are known here?",
            )
    return None


@dataclass(frozen=True)
class _Spoken:
    """What a port speaks."""

    protocol: str
    """A security protocol of Kafka, or HTTP."""
    mechanisms: Sequence[str] = ()


def _mismatch(broker: str, settings: Settings, spoken: _Spoken | None) -> Fault | None:
    """Return what of the settings does not fit to what the broker speaks."""
    if spoken is None:
        return None
    if spoken.protocol == "HTTP":
        return ConfigurationError(
            f"{broker} speaks HTTP and is no Kafka",
            mend="set TICKETSTREAM_KAFKA_BROKERS to the host and port of a broker",
        )
    offered, mechanism = ", ".join(spoken.mechanisms), settings.kafka_sasl_mechanism
    if spoken.protocol != settings.kafka_security_protocol:
        user = f", and _USERNAME, _PASSWORD and _SASL_MECHANISM ({offered})" if offered else ""
        return ConfigurationError(
            f"Kafka at {broker} speaks {_IN_WORDS[spoken.protocol]}, and"
            f" TICKETSTREAM_KAFKA_SECURITY_PROTOCOL is {settings.kafka_security_protocol}",
            mend=f"set it to {spoken.protocol}{user}",
        )
    if spoken.mechanisms and mechanism not in spoken.mechanisms:
        return ConfigurationError(
            f"Kafka at {broker} does not offer {mechanism}",
            mend=f"set TICKETSTREAM_KAFKA_SASL_MECHANISM to what it offers ({offered})",
        )
    return None


_IN_WORDS = {
    "PLAINTEXT": "no TLS and asks for no user (PLAINTEXT)",
    "SSL": "TLS and asks for no user (SSL)",
    "SASL_PLAINTEXT": "no TLS and asks for a user (SASL_PLAINTEXT)",
    "SASL_SSL": "TLS and asks for a user (SASL_SSL)",
}


async def _spoken(host: str, port: int) -> _Spoken | None:
    """Return what the port speaks, None if that cannot be told."""
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE  # nothing secret is sent to it
    found = await asyncio.gather(
        _kafka(host, port, None), _kafka(host, port, tls), _http(host, port, None)
    )
    return next(filter(None, found), None) or await _http(host, port, tls)


async def _kafka(host: str, port: int, tls: ssl.SSLContext | None) -> _Spoken | None:
    """Return which of its protocols Kafka speaks there, by *tls* or by none."""
    protocol = "SSL" if tls else "PLAINTEXT"
    options = {"security_protocol": protocol, "ssl_context": tls}
    try:
        async with _connected(host, port, options) as connection:
            answer = await connection.send(SaslHandShakeRequest("PLAIN"))
    except IncompatibleBrokerVersion:  # the embedded one, which knows no users
        return _Spoken(protocol)
    except _NO_KAFKA:
        return None
    if for_code(answer.error_code) is IllegalSaslStateError:
        return _Spoken(protocol)
    return _Spoken(f"SASL_{protocol}", answer.enabled_mechanisms)


async def _http(host: str, port: int, tls: ssl.SSLContext | None) -> _Spoken | None:
    """Return that HTTP is spoken there, by *tls* or by none."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            try:
                writer.write(b"GET / HTTP/1.0\r\n\r\n")
                begins = await reader.readexactly(5)
            finally:
                writer.close()
    except (OSError, EOFError):  # TimeoutError is an OSError
        return None
    return _Spoken("HTTP") if begins == b"HTTP/" else None


@asynccontextmanager
async def _connected(
    host: str, port: int, options: Mapping[str, Any]
) -> AsyncIterator[AIOKafkaConnection]:
    how = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    limit = {"request_timeout_ms": int(_ANSWER_SECONDS * 1000)}
    connection = await create_conn(host, port, **how, **limit)
    try:
        yield connection
    finally:
        await asyncio.wait({connection.close()}, timeout=_ANSWER_SECONDS)
