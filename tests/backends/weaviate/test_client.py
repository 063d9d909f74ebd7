"""Addresses of a Weaviate, and what its client's errors are in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from weaviate.exceptions import UnexpectedStatusCodeError

from streams.backends.weaviate import client as clients
from streams.backends.weaviate.client import Client, access
from streams.backends.weaviate.knowledge import WeaviateKnowledge
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.ports import Scope
from streams.settings import Settings
from tests.support.certificates import Authority
from tests.support.machine import free_ports
from tests.support.recorded_spans import recorded


def client(url: str, grpc_url: str | None = None) -> Client:
    """Return a client that has not connected."""
    return Client(url, grpc_url=grpc_url, access=None)


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


class Server:
    """Answers with its version by TLS, if asked with a key that it takes."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.held = ""
        """A key whose calls wait until `goes_on`."""
        self.asked = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer."""
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key == self.held:
            self.asked.set()
            await self.goes_on.wait()
        if key not in self.keys:
            return web.json_response({}, status=401)
        return web.json_response({"version": "1.35.2"})

    @asynccontextmanager
    async def serving(self, authority: Authority) -> AsyncIterator[str]:
        """Serve until the block ends; yield the address."""
        app = web.Application()
        app.router.add_get("/v1/meta", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server()).start()
        try:
            yield f"https://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def version(client: Client) -> str:
    """Return the version that the server tells; raises what it is in our words."""
    try:
        return str((await (await client.connected()).get_meta())["version"])
    except clients.FOREIGN as error:
        raise client.ours(error) from None


async def test_key_and_authority_are_read_again(tmp_path: Path) -> None:
    """
    What is exchanged in a file is used by the next call; what is wrong there is named.
    """
    authority, server = Authority(tmp_path), Server("first-key")
    key, ca = tmp_path / "key", tmp_path / "ca"
    key.write_text("first-key\n")
    ca.write_bytes(authority.file.read_bytes())
    async with server.serving(authority) as url:
        settings = Settings(weaviate_api_key_file=key, weaviate_ca_file=ca)
        ours = Client(url, grpc_url=None, access=access(settings))
        assert await version(ours) == "1.35.2"

        server.keys = ("the-second-key",)
        with pytest.raises(Refused, match="TICKETSTREAM_WEAVIATE_API_KEY_FILE"):
            await version(ours)
        key.write_text("the-second-key\n")
        assert await version(ours) == "1.35.2"

        ca.write_bytes(Authority(tmp_path, "stranger").file.read_bytes())
        with pytest.raises(Refused, match="TICKETSTREAM_WEAVIATE_CA_FILE"):
            await version(ours)
        await ours.close()
    assert not ours._replaced


async def test_a_new_key_ends_no_call(tmp_path: Path) -> None:
    """
    A call that is open goes on with the connection that it has, which is closed later.
    """
    authority, server, key = Authority(tmp_path), Server("old", "another"), tmp_path / "key"
    key.write_text("old")
    async with server.serving(authority) as url:
        settings = Settings(weaviate_api_key_file=key, weaviate_ca_file=authority.file)
        ours = Client(url, grpc_url=None, access=access(settings))
        before = await ours.connected()
        server.held = "old"
        opened = asyncio.create_task(version(ours))
        await server.asked.wait()
        key.write_text("another")
        assert await ours.connected() is not before
        server.goes_on.set()
        assert await opened == "1.35.2"
        await ours.close()


async def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    """
    At the start that is an error of the configuration, which names the setting.
    """
    for settings in (
        Settings(weaviate_api_key_file=tmp_path / "nowhere"),
        Settings(weaviate_ca_file=tmp_path / "nowhere"),
    ):
        with pytest.raises(ConfigurationError, match=r"TICKETSTREAM_WEAVIATE_\w+_FILE"):
            access(settings)


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
