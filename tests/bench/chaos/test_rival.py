"""How rivals are started."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from bench.chaos.rival import RIVALS, Rival
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import names
from streams.settings import Settings

SETTINGS = Settings(
    kafka_brokers="127.0.0.1:1,127.0.0.1:2",
    topic_prefix="p-",
    openai_base_url="http://127.0.0.1:3/v1",
    session_seconds=6,
)


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.name)
def test_each_is_a_program(rival: Rival) -> None:
    """
    What is started is there, on the same topics and with the same model as ours.
    """
    command = rival.command(SETTINGS)

    assert list(command.arguments[:2]) == [sys.executable, "-m"]
    assert find_spec(command.arguments[2])
    assert command.environment["CHAOS_READS"] == names.topic(SETTINGS, INCOMING)
    assert command.environment["CHAOS_WRITES"] == names.topic(SETTINGS, PROCESSED)
    assert command.environment["CHAOS_BROKERS"] == SETTINGS.kafka_brokers
    assert command.environment["CHAOS_GROUP"] == rival.group(SETTINGS)


def test_names_are_their_own() -> None:
    """
    A row's title tells which rival it is of.
    """
    assert len({rival.name for rival in RIVALS}) == len(RIVALS)


def test_what_a_rival_reads_of_it() -> None:
    """
    A rival's process has each of the values that its command gives it.
    """
    command = RIVALS[0].command(SETTINGS)
    program = (
        "from bench.chaos.rivals.answering import *;"
        "print(BROKERS, READS, WRITES, GROUP, LLM, SESSION_SECONDS, TRIES)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **command.environment},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [
        "127.0.0.1:1,127.0.0.1:2",
        "p-incoming-tickets",
        "p-ticket-processed",
        RIVALS[0].group(SETTINGS),
        "http://127.0.0.1:3/v1",
        "6.0",
        "1",
    ]
