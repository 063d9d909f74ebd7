"""Faust's consumer commits what our window says, and gives partitions back in order."""

from __future__ import annotations

import inspect

import pytest
from faust.app.base import App
from faust.transport.consumer import Consumer

from schemas.topics import TRIAGED
from streams.settings import Settings
from tests.support.stages import (
    committed,
    publish,
    read,
    running,
    ticket,
)


def test_faust_commits_and_waits_through_what_we_override() -> None:
    """
    Every way to a commit leads through force_commit, every wait through wait_empty.
    """
    assert "self.force_commit(" in inspect.getsource(Consumer.commit)
    assert "await self.commit()" in inspect.getsource(Consumer._commit_handler.fun)
    assert "consumer.wait_empty()" in inspect.getsource(App._consumer_wait_empty)
    assert "self._consumer_wait_empty" in inspect.getsource(App._stop_consumer)


async def test_what_is_given_back_is_committed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Not only sometime: whoever has a partition next begins where the commit says.
    """

    async def never(_: Consumer) -> None:
        return

    monkeypatch.setattr(Consumer, "commit", never)  # it comes every half second
    async with running(settings) as agent:
        await publish(settings, *(ticket(n) for n in range(5)))
        await read(settings, TRIAGED, 5)
        assert await committed(settings) == 0
        await agent.app.consumer.let_go(agent.app.consumer.assignment())

        assert await committed(settings) == 5


async def test_a_rebalance_while_a_worker_ends(settings: Settings) -> None:
    """
    Faust would close the consumer from another loop then: it would neither leave nor be closed.
    """
    async with running(settings) as agent:
        client = agent.app.consumer._thread._consumer._client
        agent.app._on_rebalance_when_stopped()
        assert any(connection.connected() for connection in client._conns.values())

    assert not any(connection.connected() for connection in client._conns.values())
