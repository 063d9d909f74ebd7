"""What our topics and consumer groups are called in Kafka."""

from __future__ import annotations

from typing import Any

from schemas.topics import Topic
from streams.collection_names import FORM, indexer_of
from streams.settings import Settings

AnyTopic = Topic[Any]
INDEXER = "indexer"
"""What those that index for all are called beside the stages; their groups begin so, too."""


def topic(settings: Settings, which: AnyTopic) -> str:
    """Return the full name of a topic: the prefix, then its own name."""
    return settings.topic_prefix + which.name


def group(settings: Settings, stage: str) -> str:
    """Return the consumer group of *stage*: prefix, `ticketstream-<stage>`."""
    return f"{settings.topic_prefix}ticketstream-{stage}"


def indexer_group(settings: Settings, form: str = FORM) -> str:
    """Return the consumer group that fills the collection of *form*, by default this version's."""
    return group(settings, indexer_of(form))


def indexer_groups(settings: Settings) -> str:
    """Return how the names of the groups that fill collections begin, whatever their form."""
    return group(settings, INDEXER)
