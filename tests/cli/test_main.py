"""Help, errors, exit codes and signals: what all commands have in common."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.support.command_line import SAMPLE, TICKET, Env, call, started


@pytest.mark.parametrize(
    "command",
    [
        ("topics",),
        ("tail",),
        ("publish", str(SAMPLE / "tickets.jsonl")),
        ("kb", "load", str(SAMPLE / "kb")),
        ("worker",),
    ],
    ids=" ".join,
)
def test_kafka_away(command: tuple[str, ...], nowhere: Env) -> None:
    """
    Without Kafka a command says so in a sentence, with the address and the setting: exit code 3.
    """
    done = call(*command, env={**nowhere, "TICKETSTREAM_WORKER_HTTP_PORT": "0"})

    assert done.returncode == 3
    assert "127.0.0.1:1 does not answer" in done.stderr
    assert "TICKETSTREAM_KAFKA_BROKERS" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_misspelt_setting(env: Env) -> None:
    """
    A misspelt setting stops a command and names the nearest: exit code 2.
    """
    done = call("topics", env={**env, "TICKETSTREAM_KAFKA_BROKER": "x"})

    assert done.returncode == 2
    assert "did you mean TICKETSTREAM_KAFKA_BROKERS?" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("nope",), ("publish",), ("publish", "/no/such/file")])
def test_wrong_use(command: tuple[str, ...], env: Env) -> None:
    """
    Wrong use is explained on standard error: exit code 2.
    """
    done = call(*command, env=env)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Error:" in done.stderr


def test_missing_topics(env: Env) -> None:
    """
    A command that needs a topic which is missing says which command creates it: exit code 2.
    """
    other = {**env, "TICKETSTREAM_TOPIC_PREFIX": "missing-"}
    done = call("publish", "-", env=other, say=json.dumps(TICKET))

    assert done.returncode == 2
    assert "missing-incoming-tickets" in done.stderr
    assert 'run "ticketstream topics"' in done.stderr


@pytest.mark.parametrize("command", [("publish", "-"), ("tail",), ("worker",)])
def test_asked_to_end(env: Env, command: tuple[str, ...]) -> None:
    """
    SIGTERM ends a command that is only starting, or has nothing to bring to an end: 143, quietly.

    It has a handler for it from the start, without which Linux would spare it in a container.
    """
    with started(*command, env=env) as running:
        while not _handles(running.pid, signal.SIGTERM):
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)

        assert running.wait(60) == 143
        assert running.stderr
        assert running.stderr.read() == ""


def _handles(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> number - 1 & 1)
