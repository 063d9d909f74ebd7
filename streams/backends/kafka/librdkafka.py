"""
How Kafka is asked by librdkafka, which tells what a user may do and who is in a group.

Its clients live for one question each, so they read passwords and certificates once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streams.backends.kafka import connection, oauth
from streams.credential import Credential
from streams.errors import ConfigurationError
from streams.settings import Settings

SECONDS = 9
"""Time for one answer."""
SILENT = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT)
SETTLING = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)

_K = TypeVar("_K")


async def ask(
    settings: Settings, question: Callable[[AdminClient], Mapping[_K, Future[Any]]]
) -> dict[_K, Any]:
    """
    Return the answers to *question*, a KafkaError for each that was refused.

    Each question has a client of its own, which is closed at once. A client that waited for a
    group's coordinator in vain keeps that request: later librdkafka may abort the process for it
    (confluentinc/librdkafka #4605), or never end the client once the broker is gone.

    Raises:
        ConfigurationError: A setting of the connection cannot work.
    """
    with ExitStack() as closing:
        # In a thread: it reads files, and may wait for a token.
        asked = await asyncio.to_thread(closing.enter_context, client(settings))
        return await answers(question(asked))


@contextmanager
def client(settings: Settings) -> Iterator[AdminClient]:
    """
    Yield a client, and close it.

    One that nobody closes is ended by Python's garbage collector, in any thread or at the end of
    the process. That waits for its brokers, which may be gone by then.

    Raises:
        ConfigurationError: A setting of the connection cannot work.
    """
    try:
        made = AdminClient(_options(settings))
    except KafkaException as error:
        raise ConfigurationError(f"settings of Kafka: {error.args[0].str()}") from None
    with made:
        yield made


def _options(settings: Settings) -> dict[str, Any]:
    """Return how librdkafka connects, as `connection.options` does for aiokafka."""
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(connection.options(settings)["bootstrap_servers"]),
        "security.protocol": settings.kafka_security_protocol,
        "client.id": "ticketstream",
        "log_level": 0,
    }
    if "SSL" in settings.kafka_security_protocol:
        options |= _tls(settings)
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= _login(settings)
    return options


def _tls(settings: Settings) -> dict[str, Any]:
    files = {
        "ssl.ca.location": settings.kafka_ca_file,
        "ssl.certificate.location": settings.kafka_certificate_file,
        "ssl.key.location": settings.kafka_key_file or settings.kafka_certificate_file,
    }
    options = {name: str(file) for name, file in files.items() if file}
    password = Credential(settings, "kafka_key_password").current()
    return options | ({"ssl.key.password": password} if password else {})


def _login(settings: Settings) -> dict[str, Any]:
    mechanism = {"sasl.mechanism": settings.kafka_sasl_mechanism}
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        tokens = oauth.Tokens(settings)
        return {**mechanism, "oauth_cb": lambda _: _as_told(tokens.get())}
    return {
        **mechanism,
        "sasl.username": settings.kafka_username,
        "sasl.password": Credential(settings, "kafka_password").current(),
    }


def _as_told(token: oauth.Token) -> tuple[str, float]:
    """Return the token, and the time at which its life ends."""
    return token.text, time.time() + token.seconds


async def answers(futures: Mapping[_K, Future[Any]]) -> dict[_K, Any]:
    """Return what each of *futures* has, a KafkaError if it was refused."""
    waiting = (asyncio.wrap_future(future) for future in futures.values())
    found = await asyncio.gather(*waiting, return_exceptions=True)
    return {key: _answer(one) for key, one in zip(futures, found, strict=True)}


def _answer(found: Any) -> Any:
    if isinstance(found, KafkaException):
        return found.args[0]
    if isinstance(found, BaseException):
        raise found
    return found


def is_error(found: Any, *codes: int) -> bool:
    """Say whether *found* is a refusal with one of *codes*."""
    return isinstance(found, KafkaError) and found.code() in codes
