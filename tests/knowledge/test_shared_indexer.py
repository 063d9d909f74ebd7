"""How indexers that share a knowledge base keep it in step with `kb-articles`."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from structlog.testing import capture_logs

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import clients, connection, names
from streams.collection_names import FORM
from streams.errors import Unavailable
from streams.knowledge import shared_indexer
from streams.knowledge.indexer import partitions_of
from streams.knowledge.shared_indexer import SharedIndexer
from streams.ports import Scope
from streams.settings import Settings
from tests.support.machine import free_ports
from tests.support.weaviate import RealWeaviate, connected, delete

# When it is cancelled, aiokafka leaves a connection that it was making to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed AIOKafkaConnection:ResourceWarning")

NOW = datetime(2026, 11, 2, tzinfo=UTC)


class Kept(EmbeddedKnowledge):
    """A knowledge base in memory that outlives its indexers, and can be away or be lost."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.filling = "1"
        self.batches: list[list[str]] = []

    async def edition(self) -> str:
        """Return the edition, unless it is away."""
        if self.away:
            raise Unavailable("away")
        return self.filling

    async def tenants(self, doc_ids: Sequence[str]) -> dict[str, set[str]]:
        """Return who has *doc_ids*."""
        return {i: set(self._articles[i]) for i in doc_ids if i in self._articles}

    async def put(self, articles: Sequence[Article]) -> int:
        """Index *articles*, unless it is away."""
        if self.away:
            raise Unavailable("away")
        self.batches.append([article.doc_id for article in articles])
        return await super().put(articles)


def article(doc_id: str, body: str = "Invoices are sent.", tenant: str = "default") -> Article:
    """Return an article."""
    return Article(doc_id=doc_id, title=f"T {doc_id}", url="", body=body, tenant=tenant)


async def publish(settings: Settings, *articles: Article) -> None:
    """Put *articles* on the topic, and wait until they are there."""
    producer = clients.producer(settings)
    await producer.start()
    try:
        name = names.topic(settings, ARTICLES)
        for one in articles:
            await producer.send(name, one.model_dump_json().encode(), key=one.doc_id.encode())
        await producer.flush()
    finally:
        await producer.stop()


async def quick(_: float) -> None:
    """Sleep as little as can be."""
    await asyncio.sleep(0.05)


def member(settings: Settings, kb: Kept, form: str = FORM) -> SharedIndexer:
    """Return one of the indexers of *kb*, whose collection has this *form*."""
    return SharedIndexer(
        kb,
        connection.options(settings),
        names.topic(settings, ARTICLES),
        names.indexer_group(settings, form),
        sleep=quick,
    )


@asynccontextmanager
async def running(indexer: SharedIndexer) -> AsyncIterator[asyncio.Task[None]]:
    """Have *indexer* run until the block ends, or until its task is cancelled."""
    task = asyncio.create_task(indexer.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        gc.collect()


async def caught_up(indexer: SharedIndexer) -> None:
    """Return when *indexer* has caught up; fail after a while."""
    async with asyncio.timeout(40):
        await indexer.caught_up()


async def until(holds: Callable[[], bool]) -> None:
    """Return when *holds*; fail after a while."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # Kafka has no event for it
            await asyncio.sleep(0.02)


async def committed(settings: Settings) -> int:
    """Return the position of the group, 0 if it has none."""
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        places = await partitions_of(connection.options(settings), names.topic(settings, ARTICLES))
        group = names.indexer_group(settings)
        found = await admin.list_consumer_group_offsets(group, partitions=places)
    finally:
        await admin.close()
    return sum(max(0, there.offset) for there in found.values())


async def test_what_was_published_is_indexed_once_for_all(settings: Settings) -> None:
    """
    An indexer that starts later goes on where the one before it stopped.
    """
    kb = Kept()
    await publish(settings, article("KB-1"), article("KB-2"))
    async with running(first := member(settings, kb)):
        await caught_up(first)
        assert first.status == "healthy"
    await publish(settings, article("KB-3"))
    async with running(second := member(settings, kb)):
        await caught_up(second)

    assert sorted(i for batch in kb.batches for i in batch) == ["KB-1", "KB-2", "KB-3"]
    assert await committed(settings) == 3


async def test_the_log_says_how_much_is_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Who waits for a large knowledge base sees that it is being read, and then how long that took.
    """
    monkeypatch.setattr(shared_indexer, "TELL_SECONDS", 0)
    await publish(settings, article("KB-1"), article("KB-2"))
    with capture_logs() as logs:
        async with running(indexer := member(settings, Kept())):
            await caught_up(indexer)

    told = [line for line in logs if line["event"] in ("articles_being_read", "articles_read")]
    assert told[0]["messages_left"] == 2
    assert (told[-1]["event"], told[-1]["seconds"] >= 0) == ("articles_read", True)


async def test_two_versions_fill_two_knowledge_bases(settings: Settings) -> None:
    """
    Each has a group of its own, so each reads every article, also while the other one works.
    """
    ours, theirs = Kept(), Kept()
    await publish(settings, article("KB-1"))
    old = member(settings, theirs, "TicketstreamKb1WordllamaL2256")
    async with running(old), running(new := member(settings, ours)):
        await caught_up(old)
        await caught_up(new)
        await publish(settings, article("KB-2"))
        await until(lambda: len(ours) == len(theirs) == 2)


async def test_an_empty_topic_is_caught_up_with(settings: Settings) -> None:
    """
    Where there are no articles nothing is waited for.
    """
    async with running(indexer := member(settings, Kept())):
        await caught_up(indexer)


async def test_kafka_that_is_away_is_not_the_knowledge_base() -> None:
    """
    While Kafka does not answer, the status says so, and the knowledge base counts as there.
    """
    (port,) = free_ports(1)
    away = Settings(kafka_brokers=f"127.0.0.1:{port}")
    async with running(indexer := member(away, Kept())):
        await until(lambda: indexer.status == "Kafka does not answer")
        assert not indexer.is_away


async def test_a_knowledge_base_that_is_away_is_said(settings: Settings) -> None:
    """
    While the knowledge base does not answer, the status says so, and ends with the outage.
    """
    kb = Kept()
    kb.away = True
    async with running(indexer := member(settings, kb)):
        await until(lambda: indexer.status == "the knowledge base does not answer")
        assert indexer.is_away
        kb.away = False
        await caught_up(indexer)
        await until(lambda: indexer.status == "healthy")


async def test_nothing_is_committed_before_it_is_indexed(settings: Settings) -> None:
    """
    While the knowledge base is away the group does not move; after that nothing is missing.
    """
    kb = Kept()
    async with running(indexer := member(settings, kb)):
        await caught_up(indexer)
        kb.away = True
        await publish(settings, article("KB-1"))
        await until(lambda: indexer.status != "healthy")
        assert await committed(settings) == 0
        kb.away = False
        await until(lambda: len(kb) == 1)
        await until(lambda: indexer.status == "healthy")


async def test_an_indexer_that_ends_while_it_writes_skips_nothing(settings: Settings) -> None:
    """
    What was not confirmed is done by the next one.
    """

    class Slow(Kept):
        reached = asyncio.Event()

        async def put(self, articles: Sequence[Article]) -> int:
            self.reached.set()
            return await asyncio.Event().wait() and 0

    slow, kb = Slow(), Kept()
    await publish(settings, article("KB-1"))
    async with running(member(settings, slow)):
        async with asyncio.timeout(40):
            await slow.reached.wait()
    assert await committed(settings) == 0

    async with running(indexer := member(settings, kb)):
        await caught_up(indexer)
    assert len(kb) == 1


async def test_a_knowledge_base_that_was_lost_is_filled_again(settings: Settings) -> None:
    """
    Positions are those of one edition: in another one everything is read from the beginning.
    """
    kb = Kept()
    await publish(settings, article("KB-1"), article("KB-2"))
    async with running(first := member(settings, kb)):
        await caught_up(first)
    anew = Kept()
    anew.filling = "2"

    async with running(second := member(settings, anew)):
        await caught_up(second)

    assert len(anew) == 2


async def test_an_article_moves_with_its_key(settings: Settings) -> None:
    """
    An id is one article: also one that another process indexed leaves its former tenant.
    """
    kb = Kept()
    await kb.put([article("KB-1", tenant="a")])
    await publish(settings, article("KB-1", tenant="b"))
    async with running(indexer := member(settings, kb)):
        await caught_up(indexer)

    assert await kb.tenants(["KB-1"]) == {"KB-1": {"b"}}


@pytest.mark.usefixtures("groups")
async def test_a_member_that_dies_is_stood_in_for(settings: Settings) -> None:
    """
    Of two indexers either is ended while articles come in, and none of them is skipped.
    """
    kb = Kept()
    two = [member(settings, kb) for _ in range(2)]
    async with running(two[0]) as first, running(two[1]) as second:
        for n, ended in enumerate((first, second)):
            await publish(settings, *(article(f"KB-{n}-{i}") for i in range(50)))
            ended.cancel()
            await publish(settings, *(article(f"KB-{n}-{i}") for i in range(50, 100)))
            if n == 0:
                await until(lambda: len(kb) == 100)
    async with running(third := member(settings, kb)):
        await caught_up(third)
    assert len(kb) == 200


@pytest.mark.real
async def test_a_collection_deleted_under_indexers_comes_back(
    settings: Settings, weaviate: RealWeaviate
) -> None:
    """
    When somebody deletes the collection, it is made and filled again from Kafka, by itself.
    """
    prefix = settings.topic_prefix
    await publish(settings, article("KB-1"), article("KB-2"))
    async with connected(weaviate, prefix) as kb:
        indexer = SharedIndexer(
            kb,
            connection.options(settings),
            names.topic(settings, ARTICLES),
            names.indexer_group(settings),
            sleep=quick,
        )
        async with running(indexer):
            await caught_up(indexer)
            scope = Scope("default", NOW)
            assert len(await kb.search("invoices", limit=5, scope=scope)) == 2
            delete(weaviate, kb.collection)
            async with asyncio.timeout(60):
                found = 0
                while found < 2:
                    await asyncio.sleep(0.2)
                    with suppress(Unavailable):
                        found = len(await kb.search("invoices", limit=5, scope=scope))
            await until(lambda: indexer.status == "healthy")
    delete(weaviate, kb.collection)
