"""The articles that `ticketstream kb` works on."""

from __future__ import annotations

import json

import pytest

from schemas.topics import ARTICLES
from streams.backends.kafka import clients, names
from streams.cli.kb.connection import there
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings


async def put(settings: Settings, *articles: tuple[str, bytes | None]) -> None:
    """Put *articles* on kb-articles, in this order."""
    async with clients.producer(settings) as producer:
        for doc_id, value in articles:
            await producer.send_and_wait(
                names.topic(settings, ARTICLES), value, key=doc_id.encode()
            )


def an_article(doc_id: str, body: str = "Text.") -> tuple[str, bytes]:
    """Return an article and its key."""
    return doc_id, json.dumps({"doc_id": doc_id, "title": "Title", "body": body}).encode()


async def test_nothing_yet(settings: Settings) -> None:
    """
    An empty topic has no articles, and nobody waits for some.
    """
    assert await there(settings) == {}


async def test_the_latest_of_each(settings: Settings) -> None:
    """
    Of what came under an id the last counts, and what was deleted is not there.
    """
    await put(
        settings,
        an_article("A", "old"),
        an_article("B"),
        an_article("C"),
        an_article("A", "new"),
        ("B", None),
    )

    found = await there(settings)

    assert {doc_id: article.body for doc_id, article in found.items()} == {"A": "new", "C": "Text."}


async def test_what_a_worker_does_not_read(settings: Settings) -> None:
    """
    A broken article leaves what was there before it, just as it does in a worker.
    """
    await put(settings, an_article("A"), ("A", b"{broken"), ("B", b"{broken"))

    found = await there(settings)

    assert found.keys() == {"A"}


async def test_a_topic_that_is_missing(settings: Settings) -> None:
    """
    Without its topic that is said, with the command that creates it.
    """
    other = settings.model_copy(update={"topic_prefix": "missing-"})

    with pytest.raises(ConfigurationError, match="ticketstream topics"):
        await there(other)


async def test_kafka_is_away() -> None:
    """
    Without Kafka that is said, and no empty knowledge base.
    """
    with pytest.raises(Unavailable, match="does not answer"):
        await there(Settings(kafka_brokers="127.0.0.1:1"))
