"""How a worker starts, ends and fails, as processes of its own."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.settings import Settings
from tests.support.process import ticketstream


def started(worker: subprocess.Popen[str]) -> None:
    """Return when *worker* says that it has started."""
    assert worker.stderr
    for line in worker.stderr:
        if "worker started" in line:
            return
    raise AssertionError("it never started")


def test_a_worker_that_is_asked_to_end_while_kafka_is_away_ends() -> None:
    """
    Neither grace time nor Faust keeps it: it ends soon, and well, because it was asked to.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=1)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            started(worker)
            broker.pause()
            time.sleep(1)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(25) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_twice_ends_at_once(number: signal.Signals) -> None:
    """
    Who presses Ctrl-C once more does not wait for what is in flight, and reads no traceback.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers, grace_seconds=60)
        with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
            started(worker)
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
