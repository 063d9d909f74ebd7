"""How `check` asks Kafka by librdkafka, which tells what a user may do and who is in a group."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streams.backends.kafka import connection
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


def client(settings: Settings) -> AdminClient:
    """Return a client. Raises ConfigurationError if a setting of the connection cannot work."""
    try:
        return AdminClient(_options(settings))
    except KafkaException as error:
        raise ConfigurationError(f"settings of Kafka: {error.args[0].str()}") from None


def _options(settings: Settings) -> dict[str, Any]:
    """Return how librdkafka connects, as `connection.options` does for aiokafka."""
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(connection.options(settings)["bootstrap_servers"]),
        "security.protocol": settings.kafka_security_protocol,
        "client.id": "ticketstream",
        "log_level": 0,
    }
    if "SSL" in settings.kafka_security_protocol and settings.kafka_ca_file:
        options["ssl.ca.location"] = str(settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= {
            "sasl.mechanism": settings.kafka_sasl_mechanism,
            "sasl.username": settings.kafka_username,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    return options


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
