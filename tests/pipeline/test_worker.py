"""How a worker starts, ends and fails, as processes of its own."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import time

import pytest

from schemas.topics import ARTICLES
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import connection, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.knowledge import selection
from streams.knowledge.indexer import Indexer
from streams.settings import Settings
from streams.worker import Worker
from tests.support.process import ticketstream


def until_it_says(worker: subprocess.Popen[str], what: str) -> str:
    """Return what *worker* logs, up to the line that has *what*."""
    assert worker.stderr
    said = ""
    for line in worker.stderr:
        said += line
        if what in line:
            return said
    raise AssertionError(f"it never said {what!r}, but: {said}")


def test_a_worker_that_is_asked_to_end_while_kafka_is_away_ends() -> None:
    """
    Neither grace time nor Faust keeps it: it ends soon, and well, because it was asked to.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=1)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            until_it_says(worker, "worker started")
            broker.pause()
            time.sleep(1)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(25) == 0


class Unread(Indexer):
    """Articles that are not read before somebody says so."""

    async def run(self) -> None:
        """Read nothing."""
        await asyncio.Event().wait()

    def read(self) -> None:
        """Say that all is read."""
        self._caught_up.set()


@pytest.fixture
def unread(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Unread:
    """Return the articles of a worker with *settings*."""
    topic = names.topic(settings, ARTICLES)
    articles = Unread(EmbeddedKnowledge(), connection.options(settings), topic)
    monkeypatch.setattr(selection, "indexer", lambda *_: articles)
    return articles


async def test_retrieval_takes_no_partitions_before_it_can_search(
    settings: Settings, unread: Unread
) -> None:
    """
    While articles are read, tickets stay with the workers that have read them: this one has not
    joined the group, and is not ready.
    """
    async with Worker(settings.model_copy(update={"worker_http_port": 0}), ["retrieval"]) as worker:
        await asyncio.sleep(6)  # in which it would have joined
        before = worker.ready(), worker.waits_for()
        unread.read()
        async with asyncio.timeout(60):
            while worker.waits_for():  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.1)

        assert before == (
            {"retrieval": "has not joined its group yet", "articles": "being read"},
            "the knowledge base: being read",
        )
        assert worker.ready() == {"retrieval": "healthy", "articles": "healthy"}


async def test_a_worker_that_still_reads_articles_ends_at_once(
    settings: Settings, unread: Unread
) -> None:
    """
    What has not joined its group has nothing to give back.
    """
    async with asyncio.timeout(20):
        async with Worker(settings.model_copy(update={"worker_http_port": 0}), ["retrieval"]):
            assert not unread.is_caught_up


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_twice_ends_at_once(number: signal.Signals) -> None:
    """
    Who presses Ctrl-C once more does not wait for what is in flight, and reads no traceback.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=60)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            until_it_says(worker, "worker started")
            broker.pause()  # to end takes a while
            worker.send_signal(number)
            assert worker.stderr
            said = next(line for line in worker.stderr if "worker drains" in line)
            worker.send_signal(number)
            said += worker.stderr.read()

            assert worker.wait(10) == -number
            assert "Traceback" not in said


def test_a_worker_whose_app_crashed_fails_and_says_why() -> None:
    """
    It ends with a non-zero code, and names the stage and the reason.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=1)
        with ticketstream(
            "worker",
            settings=settings,
            stderr=subprocess.PIPE,
            program="import asyncio, streams.agents as a\n"
            "async def crash(self, stream): await self.app.crash(KeyError('x'))\n"
            "a.Agent._consume = crash\n"
            "from streams.cli.main import main; main()",
        ) as worker:
            _, said = worker.communicate(timeout=40)
    assert worker.returncode == 1
    assert "does not run any more: KeyError" in said


def test_a_worker_refuses_to_start_without_its_topics() -> None:
    """
    It says how to make them, and makes none by accident.
    """
    with EmbeddedBroker(Settings(), wanted=()) as broker:
        settings = Settings(kafka_brokers=broker.brokers)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            _, said = worker.communicate(timeout=40)
    assert worker.returncode == 2
    assert 'run "ticketstream topics"' in said


def test_an_error_while_a_worker_drains_is_not_swallowed() -> None:
    """
    The process fails, its log has the error's class and place, and none of its words.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=1)
        with ticketstream(
            "worker",
            settings=settings,
            stderr=subprocess.PIPE,
            program="from streams.delivery.partitions import Partitions\n"
            "async def settle(self, partitions=None): raise KeyError('my card is 4111')\n"
            "Partitions.settle = settle\n"
            "from streams.cli.main import main; main()",
        ) as worker:
            said_before = until_it_says(worker, "worker takes tickets")
            worker.send_signal(signal.SIGTERM)
            _, said = worker.communicate(timeout=40)
    assert worker.returncode == 1
    assert "KeyError" in said
    assert "<string>:2 settle" in said
    assert "4111" not in said_before + said


def test_a_worker_says_that_kafka_does_not_answer() -> None:
    """
    Something takes its connection and says nothing: who looks at the log knows which address.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        settings = Settings(kafka_brokers=address)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            assert f"Kafka at {address} to answer" in until_it_says(worker, "worker waits")
            worker.kill()


def test_a_worker_says_what_it_waits_for_and_when_that_is_over() -> None:
    """
    It has no ticket yet because a group's first join takes its time.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=1)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            said = until_it_says(worker, "worker takes tickets")

    assert "Kafka to let triage, retrieval, drafting, policy into their consumer groups" in said
