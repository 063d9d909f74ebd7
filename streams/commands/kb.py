"""`ticketstream kb`: articles from files to `kb-articles`, and searches in what is there."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from schemas import Article, Passage
from schemas.topics import ARTICLES
from streams import articles, knowledge, terminal
from streams.backends import kafka
from streams.backends.embedded_knowledge import EmbeddedKnowledge
from streams.commands import DONE, PARTLY
from streams.commands.publisher import JSON, publishing
from streams.errors import ConfigurationError
from streams.ports import Scope
from streams.settings import Settings

_SNIPPET = 200
"""Characters of a passage that a row shows."""
_ROOM = 10_000
"""Bytes of a message beside its value: key, headers and the batch's own."""


async def load(settings: Settings, paths: Sequence[Path]) -> int:
    """
    Publish the articles in the files and folders at *paths*, and say how many there were.

    A broken one is named with the reason, and the others are loaded.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: There is nothing at a path or in it, or the topic is missing or wrong.
    """
    found = [one for path in paths for one in _read(path)]
    good = list(_good(found))
    async with publishing(settings, ARTICLES) as publisher:
        with terminal.progress(len(good), "articles") as bar:
            for article in good:
                await publisher.send(article.doc_id.encode(), articles.as_sent(article), [JSON])
                bar.update()
    broken = len(found) - len(good)
    terminal.count(loaded=publisher.confirmed, broken=broken)
    return PARTLY if broken else DONE


def _read(path: Path) -> list[Article | articles.Broken]:
    found = list(articles.read(path))
    if not found:
        raise ConfigurationError(f"{path}: no article in it ({', '.join(articles.SUFFIXES)})")
    return found


def _good(found: Iterable[Article | articles.Broken]) -> Iterator[Article]:
    seen: set[str] = set()
    for one in found:
        if isinstance(one, articles.Broken):
            terminal.complain(str(one))
        elif one.doc_id in seen:  # a compacted topic keeps one value a key
            terminal.complain(f"{one.doc_id}: comes twice, and {ARTICLES.name} keeps one")
        elif len(articles.as_sent(one)) > ARTICLES.max_message_bytes - _ROOM:
            terminal.complain(f"{one.doc_id}: larger than {ARTICLES.max_message_bytes:,} bytes")
        else:
            seen.add(one.doc_id)
            yield one


async def search(settings: Settings, query: str, *, limit: int, tenant: str) -> int:
    """
    Show the passages that bear on *query*, best first, from the articles that are there now.

    Raises:
        Unavailable: Kafka, or a knowledge base elsewhere, does not answer.

        ConfigurationError: The topic does not exist or has a wrong policy.
    """
    async with knowledge.backend(settings) as base:
        if isinstance(base, EmbeddedKnowledge):
            await _load(settings, base)
        scope = Scope(tenant=tenant, now=datetime.now(UTC))
        found = await base.search(query, limit=limit, scope=scope)
    terminal.show(_row(passage) for passage in found)
    if not found:
        terminal.note("nothing found")
    return DONE


async def _load(settings: Settings, base: EmbeddedKnowledge) -> None:
    """Put all articles that the topic has now into *base*."""
    await kafka.verify_topics(settings, [ARTICLES])
    indexer = knowledge.indexer(settings, base)
    reading = asyncio.create_task(indexer.run())
    loaded = asyncio.create_task(indexer.caught_up())
    try:
        await asyncio.wait({reading, loaded}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            await reading  # it never ends by itself: raise why it did
    finally:
        reading.cancel()
        loaded.cancel()


def _row(passage: Passage) -> terminal.Row:
    return {
        "score": round(passage.score, 3),
        "id": passage.chunk_id,
        "title": passage.title,
        "text": textwrap.shorten(passage.text, _SNIPPET, placeholder=" …"),
    }
