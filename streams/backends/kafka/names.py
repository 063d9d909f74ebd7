"""What our topics and consumer groups are called in Kafka."""

from __future__ import annotations

from typing import Any

from schemas.topics import Topic
from streams.settings import Settings

AnyTopic = Topic[Any]
INDEXER = "indexer"
"""Names the consumer group of those that index for all."""


def topic(settings: Settings, which: AnyTopic) -> str:
    """Return the full name of a topic: the prefix, then its own name."""
    return settings.topic_prefix + which.name


def group(settings: Settings, stage: str) -> str:
    """Return the consumer group of *stage*, or of the indexer: prefix, `ticketstream-<stage>`."""
    return f"{settings.topic_prefix}ticketstream-{stage}"
