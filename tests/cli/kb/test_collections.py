"""Who uses a collection that another version has filled."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError

from streams.backends.kafka import admin, rights
from streams.backends.weaviate.other_collections import OtherCollection
from streams.cli.kb.collections import collection_uses
from streams.settings import Settings

OLD = OtherCollection("TicketstreamKb1WordllamaL2256_eu_2d_", "TicketstreamKb1WordllamaL2256", 9)
NEXT = OtherCollection("TicketstreamKb3NewL2_eu_2d_", "TicketstreamKb3NewL2", 0)
GROUPS = ["eu-ticketstream-indexer", "eu-ticketstream-indexer-TicketstreamKb3NewL2"]
HERE = Settings(knowledge="weaviate", topic_prefix="eu-")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what Kafka says of groups, to be filled."""
    answers: dict[str, object] = {}

    async def no(_: Settings) -> bool:
        return False

    async def describe(_: object, groups: list[str]) -> dict[str, object]:
        assert groups == GROUPS
        return answers

    monkeypatch.setattr(admin, "is_embedded", no)
    monkeypatch.setattr(rights, "describe_groups", describe)
    return answers


async def test_members_are_those_of_the_forms_own_group(said: dict[str, object]) -> None:
    """
    The group of version 0.1 bears no form. A group that is not there has no members.
    """
    said[GROUPS[0]] = SimpleNamespace(members=[1, 2])
    said[GROUPS[1]] = KafkaError(KafkaError.GROUP_ID_NOT_FOUND)

    found = await collection_uses(HERE, [OLD, NEXT])

    assert [(one.collection, one.group, one.members) for one in found] == [
        (OLD, GROUPS[0], 2),
        (NEXT, GROUPS[1], 0),
    ]


async def test_what_kafka_does_not_tell_is_not_taken_for_nobody(said: dict[str, object]) -> None:
    """
    A right that is missing and an answer that does not come say nothing of members.
    """
    said[GROUPS[0]] = KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED)
    said[GROUPS[1]] = KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE)

    found = await collection_uses(HERE, [OLD, NEXT])

    assert [one.members for one in found] == [None, None]
    assert "no right to Describe group eu-ticketstream-indexer" in found[0].untold
    assert "does not tell" in found[1].untold


async def test_the_embedded_kafka_tells_nothing(settings: Settings) -> None:
    """
    It does not know who is in a group.
    """
    if not await admin.is_embedded(settings):
        pytest.skip("a real Kafka tells it")
    (found,) = await collection_uses(settings, [OLD])

    assert (found.members, "embedded" in found.untold) == (None, True)


async def test_without_other_collections_kafka_is_not_asked() -> None:
    """
    Where there is nothing to use, nobody needs to answer.
    """
    assert await collection_uses(Settings(kafka_brokers="127.0.0.1:1"), []) == []
