"""`ticketstream topics`."""

from __future__ import annotations

from schemas.topics import ALL
from tests.support.command_line import Env, call, on_terminal, rows


def test_topics(env: Env) -> None:
    """
    `topics` says of each topic whether it was created or there already.
    """
    other = {**env, "TICKETSTREAM_TOPIC_PREFIX": env["TICKETSTREAM_TOPIC_PREFIX"] + "new-"}
    first, again = (call("topics", env=other) for _ in range(2))

    names = [other["TICKETSTREAM_TOPIC_PREFIX"] + topic.name for topic in ALL]
    assert rows(first.stdout) == [{"topic": name, "done": "created"} for name in names]
    assert rows(again.stdout) == [{"topic": name, "done": "exists"} for name in names]


def test_table_on_a_terminal(env: Env) -> None:
    """
    A person gets a table instead of JSON.
    """
    text = on_terminal("topics", env=env)

    assert "topic" in text.splitlines()[0]
    assert "{" not in text
    assert "incoming-tickets" in text
