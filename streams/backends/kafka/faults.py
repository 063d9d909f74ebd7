"""
Why a broker does not serve us, when a client could not connect.

aiokafka raises the same KafkaConnectionError for a wrong password, an unknown host and another
program's port, and only logs what it was; no issue is known that would change this. So each
broker is asked once more, by connections of our own: as the client has asked it, and if that fails,
in each language that a port may speak. Nothing is created or joined.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from aiokafka.errors import SaslAuthenticationFailed
from aiokafka.protocol.metadata import MetadataRequest

from streams.backends.kafka.oauth import NoToken
from streams.backends.kafka.spoken import NO_KAFKA, Spoken, connected, is_alert, spoken_at
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings

SECONDS = 5.0
"""Time limit of one broker; after it nothing is known of it."""

Fault = ConfigurationError | Unavailable

_SERVES: Literal["serves"] = "serves"
_Found = Fault | Literal["serves"] | None


async def find_fault(settings: Settings, options: Mapping[str, Any]) -> Fault | None:
    """
    Return what is wrong with the brokers; None if one of them serves us, or if none says why not.

    *options*: how the client connected.
    """
    brokers = options["bootstrap_servers"]
    found = await asyncio.gather(*(_in_time(b, settings, options) for b in brokers))
    if _SERVES in found:
        return None
    faults = [one for one in found if isinstance(one, Fault)]
    return min(faults, key=lambda one: isinstance(one, Unavailable), default=None)


async def _in_time(broker: str, settings: Settings, options: Mapping[str, Any]) -> _Found:
    try:
        async with asyncio.timeout(SECONDS):
            return await _look_at(broker, settings, options)
    except TimeoutError:
        return None


async def _look_at(broker: str, settings: Settings, options: Mapping[str, Any]) -> _Found:
    host, _, number = broker.rpartition(":")
    host, port = host.strip("[]"), int(number)
    if not await _is_known(host):
        return Unavailable(
            f"the host {host} is not known to this machine",
            mend="is TICKETSTREAM_KAFKA_BROKERS right, and does the DNS know that name?",
        )
    try:
        async with connected(host, port, options) as connection:
            answer = await connection.send(MetadataRequest([]))
    except ssl.SSLCertVerificationError as error:
        return _untrusted(broker, error)
    except NoToken as error:
        return error.fault
    except SaslAuthenticationFailed:
        return await _refused(broker, settings, options)
    except NO_KAFKA as error:
        if is_alert(error):
            return _alerted(broker, settings, error.__cause__ or error)
        return _mismatch(broker, settings, await spoken_at(host, port))
    return await _elsewhere(broker, [(there[1], there[2]) for there in answer.brokers]) or _SERVES


async def _is_known(host: str) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(host, None)
    except (socket.gaierror, UnicodeError):
        return False
    return True


def _untrusted(broker: str, error: ssl.SSLCertVerificationError) -> Fault:
    why = error.verify_message.rstrip(".")
    if "mismatch" in why:
        mend = "set TICKETSTREAM_KAFKA_BROKERS to a host that the certificate names"
    elif "expired" in why or "not yet valid" in why:
        mend = "have the broker get a new one; if it is right, this machine's clock is wrong"
    else:
        mend = "set TICKETSTREAM_KAFKA_CA_FILE to the PEM file of the authority that signed it"
    return ConfigurationError(
        f"the certificate of Kafka at {broker} is not trusted ({why})", mend=mend
    )


def _alerted(broker: str, settings: Settings, error: BaseException) -> Fault:
    """Return what is said of a broker that ends TLS with an alert."""
    alert = (getattr(error, "reason", None) or "").partition("ALERT_")[2].replace("_", " ").lower()
    if settings.kafka_certificate_file is None:
        return ConfigurationError(
            f"Kafka at {broker} wants a certificate of ours ({alert})",
            mend="set TICKETSTREAM_KAFKA_CERTIFICATE_FILE and TICKETSTREAM_KAFKA_KEY_FILE",
        )
    return ConfigurationError(
        f"Kafka at {broker} refuses the certificate in {settings.kafka_certificate_file} ({alert})",
        mend="set TICKETSTREAM_KAFKA_CERTIFICATE_FILE to one of an authority that the broker trusts"
        " (its ssl.truststore), valid by the broker's clock",
    )


async def _refused(broker: str, settings: Settings, options: Mapping[str, Any]) -> Fault:
    """Return what is said when *broker* refuses whom we say that we are."""
    if settings.kafka_sasl_mechanism != "OAUTHBEARER":
        return ConfigurationError(
            f"Kafka at {broker} refuses the user or the password",
            mend="check TICKETSTREAM_KAFKA_USERNAME and TICKETSTREAM_KAFKA_PASSWORD (or its _FILE),"
            f" and that this user may log in by {settings.kafka_sasl_mechanism}",
        )
    detail = f"Kafka at {broker} refuses the token of TICKETSTREAM_KAFKA_OAUTH_TOKEN_URL"
    try:
        token = await asyncio.to_thread(options["sasl_oauth_token_provider"].get)
    except NoToken as error:
        return error.fault
    if off := token.off_by():
        return ConfigurationError(f"{detail}, and {off}", mend="set the clocks right")
    return ConfigurationError(
        detail,
        mend=f"is it for this Kafka? {token.described()} The broker says what it expects in"
        " sasl.oauthbearer.expected.issuer and .audience, and its log says what it found wrong",
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


def _mismatch(broker: str, settings: Settings, spoken: Spoken | None) -> Fault | None:
    """Return what of the settings does not fit to what the broker speaks."""
    if spoken is None:
        return None
    if spoken.protocol == "HTTP":
        return ConfigurationError(
            f"{broker} speaks HTTP and is no Kafka",
            mend="set TICKETSTREAM_KAFKA_BROKERS to the host and port of a broker",
        )
    wanted = settings.kafka_security_protocol
    needs = _user_needed(settings, spoken.mechanisms)
    if spoken.protocol != wanted:
        return ConfigurationError(
            f"Kafka at {broker} speaks {_IN_WORDS[spoken.protocol]}, and"
            f" TICKETSTREAM_KAFKA_SECURITY_PROTOCOL is {wanted}",
            mend="; ".join([f"set it to {spoken.protocol}", *needs]),
        )
    if needs:
        return ConfigurationError(
            f"Kafka at {broker} does not offer {settings.kafka_sasl_mechanism}",
            mend="; ".join(needs),
        )
    return None


def _user_needed(settings: Settings, mechanisms: Sequence[str]) -> list[str]:
    """Return what is still to be set for a broker that offers these SASL *mechanisms*."""
    needs = []
    is_by_token = mechanisms and settings.kafka_sasl_mechanism == "OAUTHBEARER" in mechanisms
    if mechanisms and not settings.kafka_username and not is_by_token:
        needs.append("set TICKETSTREAM_KAFKA_USERNAME and TICKETSTREAM_KAFKA_PASSWORD")
    if mechanisms and settings.kafka_sasl_mechanism not in mechanisms:
        usable = [one for one in mechanisms if one in _OURS]
        needs.append(
            f"set TICKETSTREAM_KAFKA_SASL_MECHANISM to {' or '.join(usable)}"
            if usable
            else f"have the broker offer {' or '.join(_OURS)} beside {', '.join(mechanisms)}"
        )
    return needs


_OURS: tuple[str, ...] = get_args(Settings.model_fields["kafka_sasl_mechanism"].annotation)
_IN_WORDS = {
    "PLAINTEXT": "no TLS and asks for no user (PLAINTEXT)",
    "SSL": "TLS and asks for no user (SSL)",
    "SASL_PLAINTEXT": "no TLS and asks for a user (SASL_PLAINTEXT)",
    "SASL_SSL": "TLS and asks for a user (SASL_SSL)",
}
