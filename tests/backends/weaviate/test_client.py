"""Addresses of a Weaviate, and what its client's errors are in our words."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from weaviate.exceptions import UnexpectedStatusCodeError

from streams.backends.weaviate.client import Client
from streams.backends.weaviate.knowledge import WeaviateKnowledge
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.ports import Scope
from tests.support.machine import free_ports
from tests.support.recorded_spans import recorded


def client(url: str, grpc_url: str | None = None) -> Client:
    """Return a client that has not connected."""
    return Client(url, grpc_url=grpc_url, api_key=None)


@pytest.mark.parametrize("url", ["ftp://host:1", "http://", "http://host:99999", "host:8080"])
async def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    """
    What is no address is an error of the configuration, and not an outage.
    """
    with pytest.raises(ConfigurationError, match="http://host:port"):
        client(url)


async def test_one_address_cannot_be_both() -> None:
    """
    HTTP and gRPC have a port each; one for both is an error that names the settings.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_WEAVIATE_URL and _GRPC_URL"):
        client("http://localhost:8080", "http://localhost:8080")


@pytest.mark.parametrize(("status", "is_refused"), [(401, True), (403, True), (500, False)])
async def test_a_refusal_is_told_from_an_outage(status: int, is_refused: bool) -> None:
    """
    Wrong credentials need a person; all else passes. Neither repeats what Weaviate said.
    """
    answer = httpx.Response(status, text="hunter2", request=httpx.Request("GET", "http://x"))
    ours = client("http://localhost:8080").ours(UnexpectedStatusCodeError("hunter2", answer))

    assert isinstance(ours, Unavailable)
    assert isinstance(ours, Refused) == is_refused
    assert "http://localhost:8080" in str(ours)
    assert "hunter2" not in str(ours)


async def test_a_refusal_inside_another_error_is_found() -> None:
    """
    What caused an error counts: the client wraps a status into an error of its own.
    """
    answer = httpx.Response(401, request=httpx.Request("GET", "http://x"))
    error = OSError()
    error.__cause__ = UnexpectedStatusCodeError("", answer)

    assert isinstance(client("http://localhost:8080").ours(error), Refused)


async def test_a_search_of_a_server_that_is_away_is_a_failed_span() -> None:
    """
    A trace shows where it went and of which class the error is; not the question.
    """
    (port,) = free_ports(1)
    scope = Scope(tenant="default", now=datetime.now(UTC))
    async with WeaviateKnowledge(f"http://127.0.0.1:{port}") as kb:
        with recorded() as spans, pytest.raises(Unavailable):
            await kb.search("my secret question", limit=3, scope=scope)

    (search,) = spans
    assert (search.name, search.failed) == (f"search {kb.collection}", True)
    assert search.attributes == {
        "db.system.name": "weaviate",
        "db.operation.name": "search",
        "db.collection.name": kb.collection,
        "server.address": "127.0.0.1",
        "server.port": port,
        "error.type": "Unavailable",
    }
