"""`ticketstream capacity`, which asks nothing of Kafka."""

from __future__ import annotations

import pytest

from tests.support.command_line import Env, call, rows


def needed(env: Env, *options: str) -> dict[str, float]:
    """Return what the command says, by what it is."""
    done = call("capacity", *options, env=env)
    assert done.returncode == 0, done.stderr
    return {row["what"]: row["needed"] for row in rows(done.stdout)}


def test_the_settings_count(nowhere: Env) -> None:
    """
    More slots mean fewer workers, and fewer replicas less disk.
    """
    before = needed(nowhere, "--tickets", "100", "--model-seconds", "4")
    more = {**nowhere, "TICKETSTREAM_CONCURRENCY": "128", "TICKETSTREAM_REPLICATION": "1"}
    after = needed(more, "--tickets", "100", "--model-seconds", "4")

    assert after["drafting workers"] < before["drafting workers"]
    assert after["broker disk, GB"] < before["broker disk, GB"]
    assert before["model calls/s"] == 200


def test_without_a_model(nowhere: Env) -> None:
    """
    Then nothing is said of calls, and CPU alone limits a worker.
    """
    found = needed(nowhere, "--tickets", "10", "--model-seconds", "0", "--passages", "1000")

    assert "model calls/s" not in found
    assert found["drafting workers"] == 1
    assert found["Weaviate memory, GB"] > 0


@pytest.mark.parametrize("tickets", ["0", "-1", "many"])
def test_no_load(nowhere: Env, tickets: str) -> None:
    """
    Tickets a second are a number above 0: exit code 2.
    """
    assert call("capacity", "--tickets", tickets, env=nowhere).returncode == 2
