"""What `ticketstream kb` works on: the articles that `kb-articles` has now."""

from __future__ import annotations

from contextlib import aclosing

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends.kafka import admin, clients, connection
from streams.knowledge.indexer import latest_articles
from streams.settings import Settings


async def there(settings: Settings) -> dict[str, Article]:
    """
    Return the articles that the topic has now, by doc_id, just as a worker reads them.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: The topic is missing, or has a wrong policy.
    """
    await admin.verify_topics(settings, [ARTICLES])
    found: dict[str, Article | None] = {}
    consumer = await clients.follower(settings, [ARTICLES], since="beginning")
    try:
        with connection.translated(settings):
            async with aclosing(clients.read_to_end(consumer)) as parts:
                async for records in parts:
                    found |= latest_articles(records)
    finally:
        await clients.stop(consumer)
    return {doc_id: article for doc_id, article in found.items() if article}
