"""
Keeps a knowledge base in step with the compacted topic `kb-articles`.

Each message becomes a `put` or `remove` on the knowledge base. `Indexer` reads all
partitions from the beginning, without a consumer group, as every process must that hosts the
embedded index. `shared_indexer.py` has the other way, for a knowledge base that all share.

The key of a message is the article's doc_id in UTF-8, its value an `Article`, or null to
delete. As compaction keeps one value a key, a doc_id is one article, whichever tenant it
belongs to: deleting removes it from every tenant, and putting it into another one moves it.
A message that is not an article is counted, named in the log, and changes nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas import Article
from streams import metrics
from streams.backends.kafka import clients
from streams.errors import Unavailable, fields_at_fault
from streams.off_loop import index_off_loop
from streams.ports import KnowledgeBase

BATCH = 500
"""Messages that are taken at once, at most."""
POLL_MS = 1_000
RETRY_SECONDS = 2.0
"""Seconds between two attempts to reach Kafka, or a knowledge base that is away."""
KAFKA_AWAY = "Kafka does not answer"
KNOWLEDGE_AWAY = "the knowledge base does not answer"

_DOC_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger(__name__)


class Indexer:
    """
    Follows `kb-articles` for one knowledge base.

        following = asyncio.create_task(indexer.run())
        await indexer.caught_up()
    """

    def __init__(
        self,
        kb: KnowledgeBase,
        connection: Mapping[str, Any],
        topic: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*connection*: the options by which aiokafka clients connect. *topic*: its full name."""
        self._kb = kb
        self._connection = dict(connection)
        self._topic = topic
        self._sleep = sleep
        self._tenants: dict[str, str] = {}
        self._caught_up = asyncio.Event()
        self._trouble = ""

    @property
    def is_caught_up(self) -> bool:
        """Say whether all that was there when it started to read is indexed."""
        return self._caught_up.is_set()

    @property
    def status(self) -> str:
        """Return `healthy`, or what is wrong."""
        return self._trouble or ("healthy" if self.is_caught_up else "being read")

    @property
    def is_away(self) -> bool:
        """Say whether the knowledge base does not answer. One in this process always does."""
        return False

    async def caught_up(self) -> None:
        """Return when all that was there when `run` started to read is indexed."""
        await self._caught_up.wait()

    async def run(self) -> None:
        """
        Follow the topic until cancelled. While Kafka or the topic is away, wait and try again.

        After an outage everything is read again, which changes nothing where nothing changed.
        """
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, NoSuchTopic) as error:
                is_missing = isinstance(error, NoSuchTopic)
                self._trouble = f"{self._topic} does not exist" if is_missing else KAFKA_AWAY
                _log.warning("articles_unreachable", topic=self._topic, error=type(error).__name__)
            except Unavailable as error:
                self._trouble = KNOWLEDGE_AWAY
                _log.warning("knowledge_base_unavailable", error=str(error))
            await self._sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        """Read the topic for as long as Kafka answers."""
        async with _whole_topic(self._connection, self._topic) as consumer:
            ends = await consumer.end_offsets(list(consumer.assignment()))
            self._trouble = ""
            while True:
                if not self.is_caught_up and await clients.has_passed(consumer, ends):
                    self._caught_up.set()
                    _log.info("articles_read", articles=len(self._tenants))
                polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
                for records in polled.values():
                    await self._index(records)

    async def _index(self, records: Sequence[ConsumerRecord]) -> None:
        """Bring the knowledge base to the state after *records*; wait while it is away."""
        state = await index_off_loop(latest_articles, records)
        while state:
            try:
                await self._apply(state)
                return
            except Unavailable as error:
                _log.warning("knowledge_base_unavailable", error=str(error))
                await self._sleep(RETRY_SECONDS)

    async def _apply(self, latest: Mapping[str, Article | None]) -> None:
        """Put and remove what *latest* says. Doing it twice is as good as once."""
        put = [article for article in latest.values() if article]
        gone = [doc_id for doc_id, article in latest.items() if article is None]
        tenants = await self._known([article.doc_id for article in put])
        moved = [a.doc_id for a in put if tenants.get(a.doc_id, set()) - {a.tenant}]
        if gone or moved:
            metrics.ARTICLE_EVENTS.labels("removed").inc(await self._kb.remove(gone + moved))
        changed = await self._kb.put(put) if put else 0
        metrics.ARTICLE_EVENTS.labels("indexed").inc(changed)
        metrics.ARTICLE_EVENTS.labels("unchanged").inc(len(put) - changed)
        self._applied(put, gone)

    async def _known(self, doc_ids: Sequence[str]) -> Mapping[str, set[str]]:
        """Return the tenants of those of *doc_ids* that are indexed."""
        return {i: {self._tenants[i]} for i in doc_ids if i in self._tenants}

    def _applied(self, put: Sequence[Article], gone: Sequence[str]) -> None:
        """Remember that *put* are indexed and *gone* are not."""
        for doc_id in gone:
            self._tenants.pop(doc_id, None)
        self._tenants |= {a.doc_id: a.tenant for a in put}
        metrics.ARTICLES.set(len(self._tenants))


class NoSuchTopic(Exception):
    """The topic does not exist; reading never creates it."""


def latest_articles(records: Sequence[ConsumerRecord]) -> dict[str, Article | None]:
    """Return the state after *records* by doc_id; what is no article is logged and counted."""
    latest: dict[str, Article | None] = {}
    for record in records:
        try:
            doc_id, article = _parsed(record)
        except _Rejected as why:
            metrics.ARTICLE_EVENTS.labels("rejected").inc()
            _log.warning(
                "article_rejected",
                doc_id=why.doc_id,
                partition=record.partition,
                offset=record.offset,
                reason=str(why),
            )
        else:
            latest[doc_id] = article
    return latest


class _Rejected(Exception):
    """A message is no article. The text names fields, never values."""

    def __init__(self, doc_id: str | None, reason: str) -> None:
        super().__init__(reason)
        self.doc_id = doc_id


def _parsed(record: ConsumerRecord) -> tuple[str, Article | None]:
    """Return *record*'s doc_id and article, None to delete; raise _Rejected."""
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        raise _Rejected(None, "key: is not UTF-8") from None
    if not key:
        raise _Rejected(None, "key: is missing")
    if record.value is None:
        return key, None
    try:
        article = Article.model_validate_json(record.value)
    except ValidationError as error:
        raise _Rejected(key if _DOC_ID.fullmatch(key) else None, fields_at_fault(error)) from None
    if article.doc_id != key:
        raise _Rejected(article.doc_id, "key: is not the doc_id")
    return key, article


@asynccontextmanager
async def _whole_topic(connection: dict[str, Any], topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a consumer of all partitions of *topic*, at their beginning."""
    places = await partitions_of(connection, topic)
    consumer = AIOKafkaConsumer(
        **connection, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        consumer.assign(places)
        yield consumer
    finally:
        await clients.stop(consumer)


async def partitions_of(connection: dict[str, Any], topic: str) -> list[TopicPartition]:
    """
    Return the partitions of *topic*. Asking for all topics, unlike for one, creates none.

    Raises:
        NoSuchTopic: It does not exist.
    """
    admin = AIOKafkaAdminClient(**connection)
    try:
        await admin.start()
        for found in await admin.describe_topics():
            if found["topic"] == topic and found["partitions"]:
                return [TopicPartition(topic, p["partition"]) for p in found["partitions"]]
        raise NoSuchTopic
    finally:
        await admin.close()
