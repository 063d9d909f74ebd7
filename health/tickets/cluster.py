"""
Questions to Kafka, each with a time limit: which partitions there are, who is in a group.

Asking never creates a topic, whatever the broker's `auto.create.topics.enable` says.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    RequestTimedOutError,
)
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.metadata import MetadataRequest

from streams.backends.kafka import connection
from streams.backends.kafka.clients import close
from streams.errors import Unavailable
from streams.settings import Settings

ASK_SECONDS = 2.0
"""Time limit of one question. Probes commonly give up after a few seconds."""
_GROUP = 0
"""FindCoordinator's key type for a consumer group (Kafka protocol, API key 10)."""
_AWAY = (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError, OSError, TimeoutError)


class Cluster:
    """A connection to the brokers, opened at the first question and again after an outage."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def partitions(self, topics: Iterable[str]) -> dict[str, frozenset[int]]:
        """
        Return the numbers of the partitions of those of *topics* that exist.

        Raises:
            Unavailable: No broker answers within ASK_SECONDS.

            ConfigurationError: The settings of the connection cannot work.
        """
        request = MetadataRequest(list(topics), allow_auto_topic_creation=False)
        async with self._asking() as client:
            answer = await _any_broker(client, request)
        return {
            found["topic"]: frozenset(p["partition"] for p in found["partitions"])
            for found in answer.to_object()["topics"]
            if found["partitions"]
        }

    async def members(self, group: str) -> int | None:
        """Return how many consumers are in *group*, or None if Kafka does not say."""
        try:
            async with self._asking() as client:
                node = await client.coordinator_lookup(_GROUP, group)
                answer = await client.send(node, DescribeGroupsRequest([group]))
        except (Unavailable, NotImplementedError):  # the latter: too old or too new a broker
            return None
        found = answer.to_object()["groups"][0]
        return None if found["error_code"] else len(found["members"])

    async def close(self) -> None:
        """Close the connection; the next question opens it anew."""
        client, self._client = self._client, None
        if client:
            await close(client.close())

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Any]:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                yield await self._open()
        except _AWAY as error:
            await self.close()
            raise Unavailable(f"Kafka does not answer ({type(error).__name__})") from None
        except KafkaError as error:
            raise Unavailable(f"Kafka does not say ({type(error).__name__})") from None

    async def _open(self) -> Any:
        async with self._opening:
            if self._client is None:
                limit = {"request_timeout_ms": int(ASK_SECONDS * 900)}  # before ours cuts it off
                client = AIOKafkaClient(**connection.options(self._settings), **limit)
                try:
                    await client.bootstrap()
                except BaseException:
                    await close(client.close())
                    raise
                self._client = client
            return self._client


async def _any_broker(client: Any, request: Any) -> Any:
    """Return the answer of the first broker that gives one: one of them may be down."""
    brokers = [broker.nodeId for broker in client.cluster.brokers()]
    random.shuffle(brokers)
    error: Exception = KafkaConnectionError("no broker is known")
    for node in brokers:
        try:
            return await client.send(node, request)
        except _AWAY as failed:
            error = failed
    raise error
