"""
What a port speaks: Kafka, with or without TLS and users, or HTTP.

It gets one request in each of these languages, none of which creates or joins anything.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    KafkaError,
    for_code,
)
from aiokafka.protocol.admin import SaslHandShakeRequest

from streams.backends.kafka.login import connect

_ANSWER_SECONDS = 1.5
"""Time limit of one answer."""
NO_KAFKA = (KafkaError, OSError, EOFError, TimeoutError, ValueError)
"""The errors of a port that is no Kafka, ends the connection, or makes no sense (SCRAM)."""


@dataclass(frozen=True)
class Spoken:
    """What a port speaks."""

    protocol: str
    """A security protocol of Kafka, or HTTP."""
    mechanisms: Sequence[str] = ()


async def spoken_at(host: str, port: int) -> Spoken | None:
    """Return what the port speaks, None if that cannot be told."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without authorities: they take 20 ms to load
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE  # nothing secret is sent to it
    found = await asyncio.gather(
        _kafka(host, port, None), _kafka(host, port, tls), _http(host, port, None)
    )
    return next(filter(None, found), None) or await _http(host, port, tls)


async def _kafka(host: str, port: int, tls: ssl.SSLContext | None) -> Spoken | None:
    """Return which of its protocols Kafka speaks there, by *tls* or by none."""
    protocol = "SSL" if tls else "PLAINTEXT"
    options = {"security_protocol": protocol, "ssl_context": tls}
    try:
        async with connected(host, port, options) as connection:
            answer = await connection.send(SaslHandShakeRequest("PLAIN"))
    except IncompatibleBrokerVersion:  # the embedded one, which knows no users
        return Spoken(protocol)
    except NO_KAFKA as error:
        return Spoken(protocol) if tls and is_alert(error) else None  # it wants a certificate
    if for_code(answer.error_code) is IllegalSaslStateError:
        return Spoken(protocol)
    return Spoken(f"SASL_{protocol}", answer.enabled_mechanisms)


def is_alert(error: BaseException) -> bool:
    """Say whether *error* is, or comes from, an alert with which the other side ends TLS."""
    said = error.__cause__ or error
    return isinstance(said, ssl.SSLError) and "ALERT" in (said.reason or "")


async def _http(host: str, port: int, tls: ssl.SSLContext | None) -> Spoken | None:
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
    return Spoken("HTTP") if begins == b"HTTP/" else None


@asynccontextmanager
async def connected(
    host: str, port: int, options: Mapping[str, Any]
) -> AsyncIterator[AIOKafkaConnection]:
    """
    Yield a connection with aiokafka's *options*. Raises what is in NO_KAFKA.

    `aiokafka.conn` is not documented: it is the only part that tells why it does not connect.
    """
    how = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    limit = {"request_timeout_ms": int(_ANSWER_SECONDS * 1000)}
    connection = await connect(host, port, **how, **limit)
    try:
        yield connection
    finally:
        await asyncio.wait({connection.close()}, timeout=_ANSWER_SECONDS)
