"""The one Kafka that the tests of a session share."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.kafka import Broker

ANSWER_SECONDS = 20.0
"""Time for it to answer; much, for a machine that does other things too."""
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""The request with which every client begins: length, key, version, number, no client's name."""


class SessionKafka:
    """
    Starts a Kafka when a test first needs it, and a new one if that has died.

    As a plugin of pytest it fails the test in which the Kafka died. Later tests find the new one.
    """

    def __init__(self, make: Callable[[], Broker]) -> None:
        """*make* returns a Kafka that is not started yet."""
        self._make = make
        self._stack = ExitStack()
        self._running: Broker | None = None

    def running(self) -> Broker:
        """Return the running Kafka."""
        if not self._running:
            kafka = self._make()
            self._stack.enter_context(kafka)
            self._running = kafka
        return self._running

    def stop(self) -> None:
        """End it, if it was started."""
        self._running = None
        self._stack.close()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fail the test *item* if Kafka died in it, and have the next test start a new one."""
        try:
            return (yield)
        finally:
            if self._running and not answers(self._running.brokers):
                died = f"{type(self._running).__name__} at {self._running.brokers}"
                self.stop()
                pytest.fail(
                    f"the Kafka of all tests ({died}) died in this test, or was left paused;"
                    " the next test gets a new one",
                    pytrace=False,
                )


def answers(brokers: str) -> bool:
    """Say whether the first of *brokers*, as host:port,..., answers a request."""
    host, port = brokers.split(",")[0].rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(_API_VERSIONS)
            return bool(connection.recv(1))
    except OSError:
        return False
