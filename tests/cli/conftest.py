"""A person's surroundings: a Kafka under test or none, and a folder of articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.settings import Settings
from tests.support.command_line import Env, person


@pytest.fixture
def env(settings: Settings, tmp_path: Path) -> Env:
    """Return the environment of a person whose Kafka is the one under test."""
    return person(
        tmp_path,
        TICKETSTREAM_KAFKA_BROKERS=settings.kafka_brokers,
        TICKETSTREAM_TOPIC_PREFIX=settings.topic_prefix,
    )


@pytest.fixture
def nowhere(tmp_path: Path) -> Env:
    """Return the environment of a person whose Kafka is away."""
    return person(tmp_path, TICKETSTREAM_KAFKA_BROKERS="127.0.0.1:1")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Return a folder with two articles and a broken one."""
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "KB-1.md").write_text(
        "---\ndoc_id: KB-1\n---\n# Refunds\n\nA duplicate charge is refunded in 5 days.\n"
    )
    (folder / "KB-2.md").write_text(
        "---\ndoc_id: KB-2\n---\n# Passwords\n\nReset a forgotten password by e-mail.\n"
    )
    (folder / "broken.md").write_text(
        "---\ndoc_id: KB-3\naudience: nobody\n---\n# Title\n\nText.\n"
    )
    return folder
