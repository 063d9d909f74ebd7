"""What `ticketstream check` finds of a language model, of Weaviate, and at our own addresses."""

from __future__ import annotations

import pytest
from aiohttp import web
from pydantic import SecretStr

from streams.cli.check import addresses as check_address
from streams.cli.check import command
from streams.cli.check.diagnosis import Diagnosis
from streams.service.probe_server import OpsServer
from streams.settings import Settings
from tests.support.llm import LlmServer, Say
from tests.support.weaviate import RealWeaviate, connected, delete


async def llm(server: LlmServer, key: str = "") -> Diagnosis:
    """Return what is found of the model at *server*."""
    settings = Settings(
        llm="openai",
        openai_base_url=server.url,
        openai_model="a-model",
        openai_api_key=SecretStr(key),
    )
    (found,) = await command._look("llm", command._llm, settings)
    return found[1]


async def test_a_model_that_answers() -> None:
    """
    A model is asked one short question, and that it knows structured output is said.
    """
    async with LlmServer() as server:
        found = await llm(server)

        assert (found.status, len(server.calls)) == ("ok", 1)
        assert "with structured output" in found.detail


async def test_a_model_without_structured_output() -> None:
    """
    A server that cannot limit answers to a schema is a warning, for the answers may not fit.
    """
    async with LlmServer() as server:
        server.ability = "text"
        found = await llm(server)

        assert (found.status, "text" in found.detail) == ("warning", True)
        assert found.mend


async def test_a_model_that_answers_nonsense() -> None:
    """
    A model whose answers never fit would degrade every ticket, which is said before one comes.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with("I am a teapot.")
        found = await llm(server)

        assert (found.status, "degrade" in found.detail) == ("warning", True)


async def test_a_key_that_is_refused() -> None:
    """
    Refused credentials are wrong, and the setting is named but not the key.
    """
    async with LlmServer() as server:
        server.keys = {"right"}
        found = await llm(server, key="hunter2")

        assert (found.status, "OPENAI_API_KEY" in found.detail) == ("wrong", True)
        assert "hunter2" not in found.detail


async def test_a_model_that_is_away() -> None:
    """
    A server that does not answer is away, and its address is named.
    """
    async with LlmServer() as server:
        pass
    found = await llm(server)

    assert (found.status, server.url in found.detail) == ("away", True)


async def test_a_worker_that_runs(unused_tcp_port: int) -> None:
    """
    A worker that runs here is known by its health, and what it lacks is passed on.
    """
    settings = Settings(worker_http_port=unused_tcp_port)
    look = ("worker", "127.0.0.1", unused_tcp_port)

    before = await check_address.look(*look)
    async with OpsServer(settings, live=dict, ready=dict, health=dict):
        well = await check_address.look(*look)
    async with OpsServer(settings, live=dict, ready=dict, health=lambda: {"llm": "is away"}):
        ill = await check_address.look(*look)

    assert (before.status, "is free" in before.detail) == ("ok", True)
    assert (well.status, "runs at" in well.detail) == ("ok", True)
    assert (ill.status, "llm: is away" in ill.detail) == ("warning", True)


async def test_another_program_at_our_port(unused_tcp_port: int) -> None:
    """
    What answers like a web server, but not like ours, is another program.
    """

    async def fine(_: web.Request) -> web.Response:
        return web.Response(text="fine")

    app = web.Application()
    app.router.add_get("/health", fine)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    found = await check_address.look("sidecar", "127.0.0.1", unused_tcp_port)
    await runner.cleanup()

    assert (found.status, "another program" in found.detail) == ("wrong", True)


@pytest.mark.parametrize("host", ["192.0.2.1", "nix.invalid", "a..b"])
async def test_a_host_that_is_none_here(host: str) -> None:
    """
    An address that this machine does not have is wrong, and the setting is named.
    """
    found = await check_address.look("sidecar", host, 0)

    assert (found.status, "TICKETSTREAM_SIDECAR_HOST" in found.mend) == ("wrong", True)


@pytest.mark.real
async def test_weaviate(weaviate: RealWeaviate) -> None:
    """
    Its version and what is in it are said; without a collection, what makes one.
    """
    settings = Settings(
        knowledge="weaviate",
        weaviate_url=weaviate.url,
        weaviate_grpc_url=weaviate.grpc_url,
        topic_prefix="check-",
    )
    (before,) = await command._knowledge(settings)
    async with connected(weaviate, "check-") as base:
        await base.edition()
        (after,) = await command._knowledge(settings)
        delete(weaviate, base.collection)

    assert (before.status, "no collection" in before.detail) == ("warning", True)
    assert (after.status, after.detail.endswith(", 0 passages")) == ("ok", True)
    assert "Weaviate 1." in after.detail
