"""Help, errors, exit codes and signals: what all commands have in common."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import SAMPLE, TICKET, Env, call, person, started

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("up",),
    ("worker",),
    ("sidecar",),
    ("api-key",),
    ("topics",),
    ("publish",),
    ("tail",),
    ("kb", "load"),
    ("kb", "search"),
    ("dead-letters", "list"),
    ("dead-letters", "show"),
    ("dead-letters", "replay"),
    ("check",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    """
    Each command's help shows how it is called.
    """
    done = call(*command, "--help", env=person(tmp_path))

    assert done.returncode == 0
    assert f"ticketstream {' '.join(command)}" in done.stdout.split("Example:")[1]


def test_help_loads_nothing_large(tmp_path: Path) -> None:
    """
    Help answers at once: what commands work with is loaded when they are called.
    """
    heavy = "{'pydantic', 'aiokafka', 'faust', 'numpy', 'rich', 'structlog', 'uvloop'}"
    code = f"import sys, streams.cli.commands; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=person(tmp_path), capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_help_of_commands_loads_nothing_large(tmp_path: Path) -> None:
    """
    What a command works with is loaded when it runs, not when its help is asked for.
    """
    heavy = "{'pydantic', 'aiokafka', 'faust', 'numpy', 'rich', 'structlog', 'uvloop'}"
    code = (
        "import sys\nfrom streams.cli.commands import cli\n"
        f"for command in {COMMANDS}:\n"
        "    cli.main([*command, '--help'], standalone_mode=False)\n"
        f"print(sorted({heavy} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=person(tmp_path), capture_output=True, text=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stdout.count("Usage: ") == len(COMMANDS)


def test_version(tmp_path: Path) -> None:
    """
    `--version` says the product's name and version.
    """
    assert call("--version", env=person(tmp_path)).stdout.startswith("ticketstream 0.")


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


def test_completion(tmp_path: Path) -> None:
    """
    A shell completes commands, as the help says.
    """
    words = {"COMP_WORDS": "ticketstream kb ", "COMP_CWORD": "2"}
    env = {**person(tmp_path), **words, "_TICKETSTREAM_COMPLETE": "bash_complete"}

    assert call(env=env).stdout.split() == ["plain,load", "plain,search"]


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
