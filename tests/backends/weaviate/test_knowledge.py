"""What is true of Weaviate as a knowledge base beside what is true of every one: its outages."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from bench.quality.retrieval import Agreement, docs_qa
from schemas import Article
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.weaviate.client import access
from streams.backends.weaviate.knowledge import WeaviateKnowledge
from streams.cli.check.backends import look_at_knowledge
from streams.cli.check.diagnosis import diagnose
from streams.collection_names import collection_name
from streams.errors import Refused, Unavailable
from streams.knowledge.selection import backend
from streams.settings import Settings
from tests.contracts.test_knowledge_base import LONG, article, ids
from tests.support import ports
from tests.support.certificates import Authority
from tests.support.machine import needs_real_servers
from tests.support.recorded_spans import recorded
from tests.support.weaviate import RealWeaviate, connected, delete

DATA = Path(__file__).parents[4].joinpath("shared/data")
KEY = "hunter2-key"

pytestmark = pytest.mark.real


def send(server: RealWeaviate, method: str, path: str, body: object = None) -> Any:
    """Ask the server's HTTP interface, as a person would."""
    request = urllib.request.Request(  # noqa: S310  # our own address
        f"{server.url}/v1{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


async def test_an_outage_is_unavailable_and_ends_by_itself() -> None:
    """
    While the server is away everything is Unavailable; when it is back the same client works.
    """
    needs_real_servers()
    with RealWeaviate() as server:
        async with connected(server, "outage") as kb:
            await kb.put([article()])
            server.kill()
            for asking in (kb.ping(), kb.put([article("KB-2")]), kb.remove(["KB-1"]), ids(kb, "a")):
                with pytest.raises(Unavailable) as raised:
                    await asking
                assert not isinstance(raised.value, Refused)
                assert server.url in str(raised.value)

            server.restart()

            await kb.ping()
            assert await ids(kb, "invoices") == ["KB-1"]
            assert await kb.put([article("KB-2")]) == 1


async def test_what_a_trace_shows_of_a_search(weaviate: RealWeaviate) -> None:
    """
    A search is a client's span by OpenTelemetry's conventions, without the question.
    """
    async with connected(weaviate, "traced") as kb:
        await kb.put([article()])
        with recorded() as spans:
            assert await ids(kb, "invoices") == ["KB-1"]

    (search,) = spans
    assert (search.name, search.kind) == (f"search {kb.collection}", "client")
    assert search.attributes == {
        "db.system.name": "weaviate",
        "db.operation.name": "search",
        "db.collection.name": kb.collection,
        "db.response.returned_rows": 1,
        "server.address": "127.0.0.1",
        "server.port": int(weaviate.url.rpartition(":")[2]),
    }


async def test_a_key_that_is_wrong_is_refused() -> None:
    """
    Credentials that are refused are told from an outage, without the key; the right ones work.
    """
    needs_real_servers()
    with RealWeaviate(api_key=KEY) as server:
        for key, refused in (("wrong-" + KEY, True), (None, True), (KEY, False)):
            with_key = Settings(weaviate_api_key=SecretStr(key) if key else None)
            async with WeaviateKnowledge(
                server.url, grpc_url=server.grpc_url, access=access(with_key), prefix="key"
            ) as kb:
                if refused:
                    for asking in (kb.ping(), kb.put([article()]), kb.edition()):
                        with pytest.raises(Refused, match="TICKETSTREAM_WEAVIATE_API_KEY") as told:
                            await asking
                        assert KEY not in str(told.value)
                else:
                    assert await kb.put([article()]) == 1
                    await kb.ping()


async def test_by_tls_with_a_key_from_a_file(tmp_path: Path) -> None:
    """
    HTTP and gRPC trust the authority in the file; an unknown one is refused, and says its mend.

    A key and an authority that are exchanged are used without a restart.
    """
    needs_real_servers()
    authority = Authority(tmp_path)
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    key, ca = tmp_path / "key", tmp_path / "ca.pem"
    key.write_text("wrong\n")
    ca.write_bytes(stranger.file.read_bytes())
    with RealWeaviate(api_key=KEY) as server:
        plain = [url.removeprefix("http://") for url in (server.url, server.grpc_url)]
        async with (
            ports.relay(plain[0], tls=authority.server()) as http,
            ports.relay(plain[1], tls=authority.server(protocol="h2")) as grpc,
        ):
            settings = Settings(
                knowledge="weaviate",
                weaviate_url=f"https://{http}",
                weaviate_grpc_url=f"https://{grpc}",
                weaviate_api_key_file=key,
                weaviate_ca_file=ca,
            )
            base = backend(settings)
            assert isinstance(base, WeaviateKnowledge)
            async with base as kb:
                with pytest.raises(Refused, match="TICKETSTREAM_WEAVIATE_CA_FILE"):
                    await kb.put([article()])
                ca.write_bytes(authority.file.read_bytes())
                with pytest.raises(Refused, match="TICKETSTREAM_WEAVIATE_API_KEY_FILE") as told:
                    await kb.put([article()])
                key.write_text(f"{KEY}\n")
                assert await kb.put([article()]) == 1
                assert await ids(kb, "invoices") == ["KB-1"]
                (row,) = await look_at_knowledge(settings)
                ca.write_bytes(stranger.file.read_bytes())
                checked = await diagnose("knowledge", look_at_knowledge, settings)

    assert KEY not in str(told.value)
    assert row.status == "ok"
    assert [(one.status, "CA_FILE" in one.mend) for _, one in checked] == [("wrong", True)]


async def test_a_knowledge_base_that_nobody_loaded_is_unavailable(weaviate: RealWeaviate) -> None:
    """
    Without its collection a search is not answered with nothing, which would be a wrong answer.
    """
    async with WeaviateKnowledge(
        weaviate.url, grpc_url=weaviate.grpc_url, prefix=uuid4().hex
    ) as kb:
        for asking in (kb.ping(), ids(kb, "invoices")):
            with pytest.raises(Unavailable, match="has no collection TicketstreamKb2Wordllama"):
                await asking


async def test_two_processes_may_start_at_once(weaviate: RealWeaviate) -> None:
    """
    Both find the collection that one of them made, and each article is there once.
    """
    prefix, found = uuid4().hex, [article(f"KB-{n}", LONG, title=f"T {n}") for n in range(30)]
    async with AsyncExitStack() as stack:
        two = [await stack.enter_async_context(connected(weaviate, prefix)) for _ in range(2)]

        await asyncio.gather(*(kb.put(found) for kb in two))

        assert await two[0].edition() == await two[1].edition()
        assert await two[0].put(found) == 0
        apart, alone = sorted(await ids(two[1], "invoice rule", limit=900)), EmbeddedKnowledge()
        await alone.put(found)
        assert apart == sorted(await ids(alone, "invoice rule", limit=900))
    delete(weaviate, two[0].collection)


async def test_a_deleted_collection_is_noticed(weaviate: RealWeaviate) -> None:
    """
    Nothing is put into a new collection as if the old one were there, until that is known.
    """
    async with connected(weaviate) as kb:
        before = await kb.edition()
        await kb.put([article()])
        delete(weaviate, kb.collection)

        with pytest.raises(Unavailable, match="has no collection"):
            await ids(kb, "invoices")
        with pytest.raises(Unavailable, match="was deleted"):
            await kb.put([article("KB-2")])

        assert await kb.edition() != before
        assert await kb.put([article()]) == 1


async def test_a_collection_of_another_is_left_alone(weaviate: RealWeaviate) -> None:
    """
    A collection that has our name and is not ours is not written to, and the way out is said.
    """
    prefix = uuid4().hex
    send(weaviate, "POST", "/schema", {"class": collection_name(prefix), "vectorizer": "none"})
    async with connected(weaviate, prefix) as kb:
        with pytest.raises(Unavailable, match="delete it"):
            await kb.put([article()])
    delete(weaviate, kb.collection)


async def test_what_weaviate_refuses_is_not_shown(
    weaviate: RealWeaviate, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A write that is refused is Unavailable, and neither the error nor a log has an article's text.
    """
    async with connected(weaviate) as kb:
        await kb.put([article()])
        (shard,) = send(weaviate, "GET", f"/schema/{kb.collection}/shards")
        path = f"/schema/{kb.collection}/shards/{shard['name']}"
        send(weaviate, "PUT", path, {"status": "READONLY"})

        with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as raised:
            await kb.put([article("KB-2", "The hunter2 zebra.")])

        assert "hunter2" not in str(raised.value) + caplog.text
        assert await ids(kb, "invoices") == ["KB-1"]
        send(weaviate, "PUT", path, {"status": "READY"})
        assert await kb.put([article("KB-2", "The hunter2 zebra.")]) == 1


@pytest.mark.skipif(not DATA.is_dir(), reason="needs public question sets")
async def test_it_agrees_with_the_embedded_one_at_once(weaviate: RealWeaviate) -> None:
    """
    Right after loading, the same questions find mostly the same passages, with the same scores.
    """
    c = await docs_qa(DATA)
    async with connected(weaviate) as kb:
        assert await kb.put(c.articles) == len(c.articles)

        found = await Agreement.measured(c, kb)

    assert found.overlap >= 0.8
    assert abs(found.mrr - found.other_mrr) <= 0.02
    assert found.score_difference < 0.001


def made(n: int) -> Article:
    """Return one of many articles."""
    return article(f"KB-{n}", f"Invoice rule {n} of many is kept.", title=f"Rule {n}")


@pytest.mark.parametrize("near", [lambda n: n < 1, lambda n: n >= 2_999])
async def test_one_of_thousands_is_found_at_once(
    weaviate: RealWeaviate, near: Callable[[int], bool]
) -> None:
    """
    Right after loading, the one passage with a rare word is first among thousands with common ones.
    """
    found = [made(n) if not near(n) else article("KB-X", "The zebra rule.") for n in range(3_000)]
    async with connected(weaviate) as kb:
        await kb.put(found)

        assert (await ids(kb, "Which rule is it that has the zebra?", limit=1)) == ["KB-X"]
