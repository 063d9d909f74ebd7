"""
The knowledge base that the settings name, and what keeps it in step with `kb-articles`.

The settings choose a backend, which is used in an `async with` block, and its indexer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.topics import ARTICLES
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import connection, names
from streams.knowledge.indexer import Indexer
from streams.knowledge.shared_indexer import SharedIndexer
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.backends.weaviate.knowledge import WeaviateKnowledge

    Backend = EmbeddedKnowledge | WeaviateKnowledge


def backend(settings: Settings) -> Backend:
    """
    Return the knowledge base, not connected yet.

    Raises:
        ConfigurationError: A setting cannot work.
    """
    if settings.knowledge == "embedded":
        return EmbeddedKnowledge()
    from streams.backends.weaviate.client import access
    from streams.backends.weaviate.knowledge import WeaviateKnowledge  # a second and 40 MB

    return WeaviateKnowledge(
        settings.weaviate_url,
        grpc_url=settings.weaviate_grpc_url,
        access=access(settings),
        prefix=settings.topic_prefix,
    )


def indexer(settings: Settings, kb: Backend) -> Indexer:
    """Return what fills *kb*: the embedded one alone, any other with those of all processes."""
    options, topic = connection.options(settings), names.topic(settings, ARTICLES)
    if isinstance(kb, EmbeddedKnowledge):
        return Indexer(kb, options, topic)
    return SharedIndexer(kb, options, topic, names.indexer_group(settings))
