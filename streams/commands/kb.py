"""What `ticketstream kb` works on: the articles that `kb-articles` has now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends import kafka
from streams.indexer import BATCH, latest
from streams.settings import Settings

STALLED_SECONDS = 30
"""Without a message, after which Kafka counts as away."""


async def there(settings: Settings) -> dict[str, Article]:
    """
    Return the articles that the topic has now, by doc_id, just as a worker reads them.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic is missing, or has a wrong policy.
    """
    await kafka.verify_topics(settings, [ARTICLES])
    found: dict[str, Article | None] = {}
    consumer = await kafka.follower(settings, [ARTICLES], since="beginning")
    try:
        with kafka.translated(settings):
            ends = await consumer.end_offsets(consumer.assignment())
            async with asyncio.timeout(STALLED_SECONDS) as limit:
                while not await _has_passed(consumer, ends):
                    polled = await consumer.getmany(timeout_ms=1_000, max_records=BATCH)
                    for records in polled.values():
                        found |= latest(records)
                        limit.reschedule(asyncio.get_running_loop().time() + STALLED_SECONDS)
    finally:
        await kafka.stop(consumer)
    return {doc_id: article for doc_id, article in found.items() if article}


async def _has_passed(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return all([await consumer.position(place) >= end for place, end in ends.items()])
