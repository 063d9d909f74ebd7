"""How `check` asks Kafka by librdkafka."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from pydantic import SecretStr

from streams.backends.kafka import librdkafka
from streams.backends.kafka.librdkafka import answers, is_error
from streams.errors import ConfigurationError
from streams.settings import Settings


def done(value: Any) -> Future[Any]:
    """Return a future that has *value*, or raises it."""
    future: Future[Any] = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


async def test_a_client_reaches_the_kafka_of_the_settings(settings: Settings) -> None:
    """
    It asks the same brokers as all other clients do.
    """
    found = librdkafka.client(settings).list_topics(timeout=20)

    assert any(name.startswith(settings.topic_prefix) for name in found.topics)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """
    What librdkafka cannot work with is a fault of the settings.
    """
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    wrong = Settings(kafka_security_protocol="SSL", kafka_ca_file=file)

    with pytest.raises(ConfigurationError):
        librdkafka.client(wrong)


def test_a_user_is_sent_only_where_there_is_one() -> None:
    """
    Without SASL there is no user among the options; with it, its password is the real one.
    """
    plain = librdkafka._options(Settings())
    sasl = librdkafka._options(
        Settings(
            kafka_security_protocol="SASL_PLAINTEXT",
            kafka_sasl_mechanism="PLAIN",
            kafka_username="support",
            kafka_password=SecretStr("hunter2"),
        )
    )

    assert not {name for name in plain if name.startswith(("sasl", "ssl"))}
    assert (sasl["sasl.username"], sasl["sasl.password"]) == ("support", "hunter2")
    assert sasl["sasl.mechanism"] == "PLAIN"


async def test_each_question_has_its_answer() -> None:
    """
    A refusal of one is its answer, and takes none from the others.
    """
    refused = KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    found = await answers({"a": done(1), "b": done(refused), "c": done(None)})

    assert (found["a"], found["c"]) == (1, None)
    assert is_error(found["b"], KafkaError.TOPIC_AUTHORIZATION_FAILED)


async def test_a_bug_is_no_answer() -> None:
    """
    What is no refusal of Kafka's is not taken for one.
    """
    with pytest.raises(TypeError):
        await answers({"a": done(1), "b": done(TypeError("x"))})


def test_which_refusal_it_is() -> None:
    """
    A refusal is told from others by its code, and from what is none.
    """
    error = KafkaError(KafkaError._TIMED_OUT)

    assert is_error(error, *librdkafka.SILENT)
    assert not is_error(error, *librdkafka.SETTLING)
    assert not is_error(None, KafkaError._TIMED_OUT)
    assert not is_error(KafkaError._TIMED_OUT, KafkaError._TIMED_OUT)
