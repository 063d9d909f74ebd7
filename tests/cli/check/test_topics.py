"""What `ticketstream check` makes of a topic's configuration that a broker tells in part."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import topics
from schemas.topics import ARTICLES, DEAD_LETTERS, INCOMING, Topic
from streams.cli.check import topics as check_topics
from streams.cli.check.diagnosis import Diagnosis

WRONG = {
    "cleanup.policy": "compact",
    "max.message.bytes": "1000",
    "retention.ms": "60000",
    "retention.bytes": "1000",
    "min.insync.replicas": "2",
}
"""Each of these is at fault on incoming-tickets with one replica."""


def found(config: check_topics.Config) -> list[Diagnosis]:
    """Return all that is wrong with incoming-tickets."""
    return [
        *check_topics.policies("t", INCOMING, config),
        *check_topics.replication("t", config, replicas=1, isr=1),
    ]


@pytest.mark.parametrize("missing", WRONG)
@pytest.mark.parametrize("how", ["left out", "without a value"])
def test_a_broker_that_does_not_tell_a_setting(missing: str, how: str) -> None:
    """
    What a broker does not tell is not judged, and all that it tells is.
    """
    told: dict[str, str | None] = {**WRONG, missing: None}
    if how == "left out":
        del told[missing]

    said = " ".join(one.detail for one in found(told))

    assert {name for name in WRONG if f"{name}=" in said} == WRONG.keys() - {missing}


@pytest.mark.parametrize("which", topics.ALL, ids=lambda topic: topic.name)
def test_a_broker_that_tells_nothing(which: Topic[Any]) -> None:
    """
    Of a topic whose configuration is empty nothing is said.
    """
    assert not [
        *check_topics.policies("t", which, {}),
        *check_topics.replication("t", {}, replicas=1, isr=1),
    ]


def test_topics_that_differ_in_partitions() -> None:
    """
    It is said which have how many, and what makes them alike.
    """
    assert not list(check_topics.partition_counts({}))
    assert not list(check_topics.partition_counts({"a": 24, "b": 24}))

    (one,) = check_topics.partition_counts({"a": 24, "b": 12, "c": 24, "d": 6})

    assert "a 24, b 12, c 24, d 6" in one.detail
    alter = "kafka-topics --alter --partitions 24 --topic"
    assert one.mend.endswith(f": {alter} b && {alter} d")


@pytest.mark.parametrize(
    ("wanted", "replicas", "isr", "status"),
    [
        (2, 3, 3, None),
        (1, 1, 1, None),
        (1, 3, 3, "warning"),
        (2, 2, 2, "warning"),
        (2, 1, 1, "warning"),
        (2, 3, 1, "away"),
        (4, 3, 2, "away"),
        (4, 3, 3, "warning"),
    ],
)
def test_how_many_brokers_must_have_what_is_published(
    wanted: int, replicas: int, isr: int, status: str | None
) -> None:
    """
    A broker less must not stop it, and one broker alone must not be enough, if there are three.
    """
    found = check_topics.replication("t", {"min.insync.replicas": f"{wanted}"}, replicas, isr)

    assert [one.status for one in found] == ([status] if status else [])


@pytest.mark.parametrize(
    ("own", "other", "is_wrong"),
    [
        ({}, {"max.message.bytes": "9"}, False),
        ({"max.message.bytes": "9"}, {}, False),
        ({"max.message.bytes": "9"}, {"max.message.bytes": "9"}, True),
    ],
)
def test_room_for_dead_letters(
    own: check_topics.Config, other: check_topics.Config, is_wrong: bool
) -> None:
    """
    Limits are compared if both are told.
    """
    configs = {DEAD_LETTERS.name: own, ARTICLES.name: other}

    assert is_wrong is bool(list(check_topics.room_for_dead_letters(DEAD_LETTERS.name, configs)))
