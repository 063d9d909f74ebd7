"""What `ticketstream check` finds of a language model and of Weaviate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from streams.backends.weaviate.other_collections import OtherCollection
from streams.cli.check.backends import _other_collections, look_at_knowledge, look_at_llm
from streams.cli.check.diagnosis import Diagnosis, diagnose
from streams.cli.kb import collections
from streams.cli.kb.collections import CollectionUse
from streams.settings import Settings
from tests.support.certificates import Authority
from tests.support.llm import LlmServer, Say
from tests.support.weaviate import RealWeaviate, connected, delete


async def llm(server: LlmServer, key: str = "", **more: Any) -> Diagnosis:
    """Return what is found of the model at *server*."""
    given = {"openai_base_url": server.url, "openai_model": "a-model", **more}
    settings = Settings(llm="openai", openai_api_key=SecretStr(key), **given)
    (found,) = await diagnose("llm", look_at_llm, settings)
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

        azure = server.url.replace("/v1", "/openai/deployments/d?api-version=2024-02-01")
        old = await llm(server, openai_base_url=azure)

    assert (found.status, "text" in found.detail) == ("warning", True)
    assert "vLLM" in found.mend
    assert (old.status, "2024-08-01-preview" in old.mend) == ("warning", True)


async def test_a_model_that_does_not_take_what_is_ours() -> None:
    """
    It works without, and what is left out is said.
    """
    said = {"error": {"message": "Unsupported parameter: 'temperature' is not supported."}}
    async with LlmServer() as server:
        server.unsupported = {"temperature": (400, said)}
        found = await llm(server)
        refused = await llm(server, openai_parameters={"temperature": 0})

    assert (found.status, "does not take our temperature" in found.detail) == ("ok", True)
    assert (refused.status, "'temperature'" in refused.detail) == ("wrong", True)
    assert "TICKETSTREAM_OPENAI_PARAMETERS" in refused.detail


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


async def test_an_address_of_azure_without_a_version() -> None:
    """
    It is wrong before anything is sent, and both addresses that would work are shown.
    """
    settings = Settings(
        llm="openai",
        openai_model="my-gpt",
        openai_base_url="https://me.openai.azure.com/openai/deployments/my-gpt",
    )
    ((_, found),) = await diagnose("llm", look_at_llm, settings)

    assert (found.status, "looks like Azure's" in found.detail) == ("wrong", True)
    assert "https://me.openai.azure.com/openai/v1" in found.mend
    assert "?api-version=" in found.mend


async def test_a_model_that_the_server_does_not_have() -> None:
    """
    The models that it has are named.
    """
    said = {"error": {"message": 'model "a-model" not found, try pulling it first'}}
    async with LlmServer() as server:
        server.default = Say.status(404, said)
        found = await llm(server)

    assert (found.status, "does not have this model" in found.detail) == ("wrong", True)
    assert found.mend == "set TICKETSTREAM_OPENAI_MODEL to one that it has: test-model"


async def test_a_model_that_is_slow() -> None:
    """
    A server that lists its models and does not answer may be loading one: it is not called away.
    """
    async with LlmServer() as server:
        server.default = Say.stall()
        found = await llm(server, llm_call_seconds=0.3)

    assert (found.status, "took too long" in found.detail) == ("away", True)
    assert "TICKETSTREAM_LLM_CALL_SECONDS" in found.mend


async def test_a_model_that_is_away() -> None:
    """
    A server that does not answer is away, and its address is named.
    """
    async with LlmServer() as server:
        pass
    found = await llm(server)

    assert (found.status, server.url in found.detail) == ("away", True)


async def test_a_model_whose_certificate_is_not_trusted(tmp_path: Path) -> None:
    """
    That is wrong, and the setting for an own authority is named; with it all is well.
    """
    authority = Authority(tmp_path)
    async with LlmServer(tls=authority.server()) as server:
        found = await llm(server)
        known = await llm(server, openai_ca_file=authority.file)

    assert (found.status, known.status) == ("wrong", "ok")
    assert "certificate is not trusted" in found.detail
    assert "TICKETSTREAM_OPENAI_CA_FILE" in found.mend


async def test_a_weaviate_whose_certificate_is_not_trusted(tmp_path: Path) -> None:
    """
    The same for the knowledge base.
    """
    authority = Authority(tmp_path)
    async with LlmServer(tls=authority.server()) as server:
        settings = Settings(knowledge="weaviate", weaviate_url=server.url.removesuffix("/v1"))
        (found,) = [one for _, one in await diagnose("knowledge", look_at_knowledge, settings)]

    assert found.status == "wrong"
    assert "certificate of Weaviate" in found.detail
    assert "TICKETSTREAM_WEAVIATE_CA_FILE" in found.mend


OTHER = OtherCollection("TicketstreamKb1X", "TicketstreamKb1X", 100_000)


@pytest.mark.parametrize(
    ("members", "untold", "status", "said"),
    [
        (2, "", "ok", "2 at work in a-group"),
        (0, "", "warning", "nobody uses it, Kafka does not tell since when"),
        (None, "no right to Describe group a-group", "skipped", "no right to Describe"),
    ],
)
async def test_a_collection_of_another_version(
    monkeypatch: pytest.MonkeyPatch, members: int | None, untold: str, status: str, said: str
) -> None:
    """
    It is named with who uses it. If nobody does, its price is, and the command that removes it.
    """

    async def uses(*_: object) -> list[CollectionUse]:
        return [CollectionUse(OTHER, "a-group", members, untold)]

    monkeypatch.setattr(collections, "collection_uses", uses)
    (found,) = await _other_collections(Settings(), [OTHER])

    assert (found.status, said in found.detail) == (status, True)
    assert "TicketstreamKb1X of another version, 100,000 passages" in found.detail
    assert ("kb prune" in found.mend) == (members == 0)
    assert ("304.8 MB" in found.detail) == (members == 0)


async def test_a_collection_of_another_version_while_kafka_is_away() -> None:
    """
    What is known of Weaviate is said all the same.
    """
    (found,) = await _other_collections(Settings(kafka_brokers="127.0.0.1:1"), [OTHER])

    assert (found.status, "TicketstreamKb1X" in found.detail) == ("skipped", True)


async def test_where_there_is_one_collection_nothing_is_said_of_others() -> None:
    """
    Most installations have one, and Kafka need not answer for it.
    """
    assert await _other_collections(Settings(kafka_brokers="127.0.0.1:1"), []) == []


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
    (before,) = await look_at_knowledge(settings)
    async with connected(weaviate, "check-") as base:
        await base.edition()
        (after,) = await look_at_knowledge(settings)
        delete(weaviate, base.collection)

    assert (before.status, "no collection" in before.detail) == ("warning", True)
    assert (after.status, f", 0 passages in {base.collection}" in after.detail) == ("ok", True)
    assert "Weaviate 1." in after.detail
