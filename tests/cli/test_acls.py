"""`ticketstream acls`, which asks nothing of Kafka."""

from __future__ import annotations

import os
import shlex

from schemas.topics import INCOMING, TRIAGED
from streams.backends.kafka.rights import PARTS
from tests.support.command_line import call

NOWHERE = {**os.environ, "TICKETSTREAM_KAFKA_BROKERS": "nowhere.invalid:9092"}


def test_one_stage() -> None:
    """
    There is a command for each topic and group of the stage, with what it does there.
    """
    done = call("acls", "triage", "--principal", "User:CN=tri age", env=NOWHERE)

    lines = [shlex.split(line) for line in done.stdout.splitlines()]
    rights = {(line[-2], line[-1]): set(line[7:-2]) - {"--operation"} for line in lines}
    assert done.returncode == 0
    assert {line[5] for line in lines} == {"User:CN=tri age"}
    assert rights["--topic", INCOMING.name] == {"Read"}
    assert "Write" in rights["--topic", TRIAGED.name]
    assert "Read" in rights["--group", "ticketstream-triage"]


def test_all_parts() -> None:
    """
    Without a part there are the rights of all, for the user of the settings.
    """
    env = {
        **NOWHERE,
        "TICKETSTREAM_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "TICKETSTREAM_KAFKA_USERNAME": "support",
        "TICKETSTREAM_KAFKA_PASSWORD": "hunter2",
    }
    every, one = call("acls", env=env), call("acls", "tail", env=env)

    assert "User:support" in every.stdout
    assert "hunter2" not in every.stdout + every.stderr
    assert len(every.stdout.splitlines()) > len(one.stdout.splitlines()) > 0


def test_an_unknown_part() -> None:
    """
    What is no part is wrong use; the message names those that are.
    """
    done = call("acls", "triag", env=NOWHERE)

    assert done.returncode == 2
    assert "Did you mean triage?" in done.stderr
    assert all(part in done.stderr for part in PARTS)
