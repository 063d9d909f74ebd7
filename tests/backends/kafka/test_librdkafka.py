"""How `check` asks Kafka by librdkafka."""

from __future__ import annotations

import ast
import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from pydantic import SecretStr

from schemas.topics import INCOMING
from streams.backends.kafka import librdkafka, names
from streams.backends.kafka.librdkafka import answers, ask, is_error
from streams.errors import ConfigurationError
from streams.settings import Settings

ROOT = Path(__file__).parents[3]
NOWHERE = Settings(kafka_brokers="127.0.0.1:1")


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
    It asks the same brokers as all other clients do, and is closed when the block ends.
    """
    with librdkafka.client(settings) as client:
        found = client.list_topics(timeout=20)

    with pytest.raises(RuntimeError, match="closed"):
        client.list_topics(timeout=20)
    assert any(name.startswith(settings.topic_prefix) for name in found.topics)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """
    What librdkafka cannot work with is a fault of the settings.
    """
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    wrong = Settings(kafka_security_protocol="SSL", kafka_ca_file=file)

    with pytest.raises(ConfigurationError), librdkafka.client(wrong):
        pass


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


async def test_each_question_has_a_client_of_its_own(settings: Settings) -> None:
    """
    It is closed once there is an answer, so nothing that was left unanswered stays in it.
    """
    asked: list[AdminClient] = []
    place = TopicPartition(names.topic(settings, INCOMING), 0)

    def question(client: AdminClient) -> dict[TopicPartition, Future[Any]]:
        asked.append(client)
        found: dict[TopicPartition, Future[Any]] = client.list_offsets({place: OffsetSpec.latest()})
        return found

    answered = [await ask(settings, question) for _ in range(2)]

    assert [list(found) for found in answered] == [[place], [place]]
    assert asked[0] is not asked[1]
    for client in asked:
        with pytest.raises(RuntimeError, match="closed"):
            client.list_topics(timeout=1)


async def test_a_question_that_is_given_up_is_over() -> None:
    """
    Its client is closed, and nobody can wait for its answer any more.
    """
    waiting: dict[str, Future[Any]] = {}

    def question(client: AdminClient) -> dict[str, Future[Any]]:
        waiting.update(client.describe_topics(TopicCollection(["any"]), request_timeout=20))
        return waiting

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await ask(NOWHERE, question)

    error = waiting["any"].exception(timeout=5)
    assert isinstance(error, KafkaException)
    assert is_error(error.args[0], KafkaError._DESTROY)


def test_whoever_makes_a_client_closes_it() -> None:
    """
    Each AdminClient is made at the head of a `with`: none is left to the garbage collector, which
    may end it in the wrong thread, or when its broker is gone, and then waits for ever.
    """
    made = {
        file.relative_to(ROOT).as_posix(): _unclosed(ast.parse(file.read_text(encoding="utf-8")))
        for folder in ("streams", "health", "bench", "tests")
        for file in (ROOT / folder).rglob("*.py")
    }

    assert [file for file, count in made.items() if count] == [
        "streams/backends/kafka/librdkafka.py"  # its `client` enters it in the next line
    ]


def _unclosed(module: ast.Module) -> int:
    """Return how many AdminClients *module* makes elsewhere than at the head of a `with`."""
    made, closed = set[ast.expr](), set[ast.expr]()
    for node in ast.walk(module):
        if isinstance(node, ast.withitem):
            closed.add(node.context_expr)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _CLIENT:
            made.add(node)
    return len(made - closed)


_CLIENT = ("AdminClient", "admin.AdminClient", "confluent_kafka.admin.AdminClient")
"""How a module may call what makes a client; aiokafka's is another one."""


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
