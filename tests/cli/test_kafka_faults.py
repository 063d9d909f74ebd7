"""What each command says of a Kafka that does not serve it, and how it ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.settings import Settings
from tests.support import ports
from tests.support.machine import needs_real_servers
from tests.support.process import environment, ticketstream
from tests.support.tls_kafka import USER, TlsKafka

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("topics",),
    ("tail",),
    ("publish", str(SAMPLE / "tickets.jsonl")),
    ("kb", "load", str(SAMPLE / "kb")),
    ("kb", "search", "refund"),
    ("dead-letters", "list"),
    ("dead-letters", "show", "0-0"),
    ("dead-letters", "replay", "--all"),
    ("worker",),
)
every_command = pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda words: " ".join(w for w in words if "/" not in w)
)


def call(*command: str, settings: Settings, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `ticketstream` with *command* to its end."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *command],
        env=environment(settings, TICKETSTREAM_WORKER_HTTP_PORT="0", **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return the sentence that the command ends with."""
    assert "Traceback" not in done.stderr
    assert not done.stdout
    return done.stderr.splitlines()[-1]


@every_command
async def test_http(command: tuple[str, ...]) -> None:
    """
    A port that speaks HTTP is a fault of configuration, and the setting is named: exit code 2.
    """
    async with ports.http() as address:
        done = await asyncio.to_thread(call, *command, settings=Settings(kafka_brokers=address))

    assert done.returncode == 2
    assert said(done) == (
        f"ticketstream: {address} speaks HTTP and is no Kafka:"
        " set TICKETSTREAM_KAFKA_BROKERS to the host and port of a broker"
    )


@pytest.mark.parametrize("command", [("topics",), ("worker",)], ids=" ".join)
def test_an_unknown_host(command: tuple[str, ...]) -> None:
    """
    A host that is not known may come to be, so it is away: exit code 3.
    """
    done = call(*command, settings=Settings(kafka_brokers="kafka.invalid:9092"))

    assert done.returncode == 3
    assert "the host kafka.invalid is not known to this machine" in said(done)


@pytest.mark.parametrize("command", [("topics",), ("worker",), ("sidecar",)], ids=" ".join)
def test_a_user_whom_the_protocol_does_not_send(command: tuple[str, ...]) -> None:
    """
    A user without SASL is said before anything is tried: exit code 2.
    """
    done = call(*command, settings=Settings(kafka_username="support", sidecar_http_port=0))

    assert done.returncode == 2
    assert "TICKETSTREAM_KAFKA_SECURITY_PROTOCOL is PLAINTEXT" in said(done)


async def test_the_sidecar_says_what_it_waits_for() -> None:
    """
    The sidecar, which outlives an outage, logs why it cannot follow.
    """
    async with ports.http() as address:
        settings = Settings(kafka_brokers=address, sidecar_http_port=0)
        with ticketstream("sidecar", settings=settings, stderr=subprocess.PIPE) as running:
            assert running.stderr
            reasons = (
                line["reason"]
                for line in map(json.loads, iter(running.stderr.readline, ""))
                if line["event"] == "not following" and "HTTP" in line["reason"]
            )
            async with asyncio.timeout(30):
                reason = await asyncio.to_thread(next, reasons)

    assert f"{address} speaks HTTP and is no Kafka" in reason


async def test_check() -> None:
    """
    `check` says what is wrong and, apart from it, how to mend it; in a pipe that comes first.
    """
    async with ports.http() as address:
        settings = Settings(kafka_brokers=address)
        done = await asyncio.to_thread(
            call, "check", settings=settings, TICKETSTREAM_SIDECAR_HTTP_PORT="0"
        )
    first, *others = map(json.loads, done.stdout.splitlines())

    assert done.returncode == 2
    assert first == {
        "check": "kafka",
        "status": "wrong",
        "detail": f"{address} speaks HTTP and is no Kafka",
        "mend": "set TICKETSTREAM_KAFKA_BROKERS to the host and port of a broker",
    }
    assert [row["detail"] for row in others[:3]] == ["not tried: Kafka cannot be used"] * 3
    kinds = ["check" if "check" in row else "setting" for row in others]
    assert kinds == sorted(kinds)
    assert kinds.count("setting") == len(Settings.model_fields)


# A Kafka with users


@pytest.fixture(scope="module")
def guarded() -> Iterator[TlsKafka]:
    """Return a Kafka that lets nobody in without TLS and a password."""
    needs_real_servers()
    with TlsKafka("correct-horse") as cluster:
        yield cluster


def wrong(cluster: TlsKafka, **other: Any) -> tuple[Settings, dict[str, str]]:
    """Return settings for *cluster* with a wrong password, and that for the environment."""
    given: dict[str, Any] = {
        "kafka_brokers": cluster.brokers,
        "kafka_security_protocol": "SASL_SSL",
        "kafka_ca_file": cluster.ca_file,
        "kafka_username": USER,
        **other,
    }
    return Settings(**given), {"TICKETSTREAM_KAFKA_PASSWORD": "hunter2"}


@pytest.mark.real
@every_command
def test_a_wrong_password(command: tuple[str, ...], guarded: TlsKafka) -> None:
    """
    A wrong password is a fault of configuration that does not repeat it: exit code 2.
    """
    settings, secret = wrong(guarded)
    done = call(*command, settings=settings, **secret)

    assert done.returncode == 2
    assert "refuses the user or the password: check TICKETSTREAM_KAFKA_USERNAME" in said(done)
    assert "hunter2" not in done.stderr


@pytest.mark.real
def test_check_of_a_wrong_mechanism(guarded: TlsKafka) -> None:
    """
    `check` names the mechanisms that the brokers offer as the way to mend a wrong one.
    """
    settings, secret = wrong(guarded, kafka_sasl_mechanism="SCRAM-SHA-256")
    done = call("check", settings=settings, TICKETSTREAM_SIDECAR_HTTP_PORT="0", **secret)
    first = json.loads(done.stdout.splitlines()[0])

    assert (done.returncode, first["status"]) == (2, "wrong")
    assert "does not offer SCRAM-SHA-256" in first["detail"]
    assert first["mend"] == "set TICKETSTREAM_KAFKA_SASL_MECHANISM to PLAIN or SCRAM-SHA-512"
    assert "hunter2" not in done.stdout + done.stderr
