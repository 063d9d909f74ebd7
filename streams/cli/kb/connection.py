"""What commands search: the articles that `kb-articles` has now, and an index of some."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import admin, clients, connection
from streams.cli import terminal
from streams.knowledge.indexer import latest_articles
from streams.settings import Settings

_LOT = 50
"""Articles that are indexed between two movements of the progress bar."""


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


async def fill(base: EmbeddedKnowledge, articles: Sequence[Article]) -> None:
    """Put *articles* into *base*."""
    with terminal.progress(len(articles), "articles") as bar:
        for n in range(0, len(articles), _LOT):
            lot = articles[n : n + _LOT]
            await base.put(lot)
            bar.update(len(lot))
