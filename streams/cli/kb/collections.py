"""Which collections in Weaviate other versions have filled, and whether somebody still does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError

from streams.backends.kafka import admin, names, rights
from streams.backends.kafka.librdkafka import is_error
from streams.backends.weaviate.other_collections import OtherCollection
from streams.settings import Settings


@dataclass(frozen=True)
class CollectionUse:
    """Who is in the consumer group that fills a collection."""

    collection: OtherCollection
    group: str
    members: int | None
    """None if Kafka does not tell."""
    untold: str = ""
    """Why it does not."""


async def collection_uses(
    settings: Settings, others: Iterable[OtherCollection]
) -> list[CollectionUse]:
    """
    Return of each of *others* who is in its group.

    Raises:
        Unavailable, ConfigurationError: Kafka does not answer, or its settings cannot work.
    """
    groups = {one: names.indexer_group(settings, one.form) for one in others}
    if not groups:
        return []
    if await admin.is_embedded(settings):
        why = "the embedded Kafka does not tell who is in a group"
        return [CollectionUse(one, group, None, why) for one, group in groups.items()]
    said = await rights.describe_groups(settings, sorted(set(groups.values())))
    return [_use_of(one, group, said[group]) for one, group in groups.items()]


def _use_of(one: OtherCollection, group: str, said: Any) -> CollectionUse:
    if is_error(said, KafkaError.GROUP_ID_NOT_FOUND):
        return CollectionUse(one, group, 0)
    if is_error(said, *rights.FORBIDDEN):
        return CollectionUse(one, group, None, f"this user has no right to Describe group {group}")
    if isinstance(said, KafkaError):
        return CollectionUse(
            one, group, None, f"Kafka does not tell who is in {group} ({said.name()})"
        )
    return CollectionUse(one, group, len(said.members))
