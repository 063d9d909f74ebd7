"""`ticketstream kb prune`: what it removes, what it keeps, and what it says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.backends.kafka.librdkafka import answers
from streams.backends.weaviate.other_collections import OtherCollection
from streams.cli import terminal
from streams.cli.kb import prune
from streams.cli.kb.collections import CollectionUse
from streams.cli.kb.prune import prune_collections
from streams.knowledge import selection
from streams.settings import Settings
from tests.support.command_line import Env, call

HERE = Settings(knowledge="weaviate")
OLD = OtherCollection("Old", "Old", 12)
OLDER = OtherCollection("Older", "Older", 3)


class Weaviate:
    """A Weaviate with collections of other versions."""

    collection = "Ours"

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.others = self

    async def __aenter__(self) -> Weaviate:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None: ...

    async def there(self) -> list[OtherCollection]:
        """Return what stands for itself: who uses them is told by a test."""
        return []

    async def delete(self, other: OtherCollection) -> None:
        """Note what is deleted."""
        self.deleted.append(other.name)


class Kafka:
    """A Kafka that deletes groups, or says why it does not."""

    def __init__(self, refusals: Mapping[str, int]) -> None:
        self.refusals = refusals
        self.deleted: list[str] = []

    def delete_consumer_groups(self, groups: Sequence[str], **_: Any) -> dict[str, Future[None]]:
        """Return the answer for each of *groups*."""
        return {group: self._answer(group) for group in groups}

    def _answer(self, group: str) -> Future[None]:
        done: Future[None] = Future()
        if group in self.refusals:
            done.set_exception(KafkaException(KafkaError(self.refusals[group])))
        else:
            self.deleted.append(group)
            done.set_result(None)
        return done


@pytest.fixture
def weaviate(monkeypatch: pytest.MonkeyPatch) -> Weaviate:
    """Return the Weaviate that the settings name."""
    server = Weaviate()
    monkeypatch.setattr(selection, "backend", lambda _: server)
    return server


def used(monkeypatch: pytest.MonkeyPatch, *found: CollectionUse, **refusals: int) -> Kafka:
    """Have Kafka tell who uses collections, and refuse to delete these groups."""

    async def collection_uses(*_: object) -> list[CollectionUse]:
        return list(found)

    kafka = Kafka(refusals)

    async def ask(_: Settings, question: Callable[[Any], dict[str, Future[None]]]) -> Any:
        return await answers(question(kafka))

    monkeypatch.setattr(prune, "collection_uses", collection_uses)
    monkeypatch.setattr(prune, "ask", ask)
    return kafka


async def test_what_nobody_uses_is_removed_with_its_group(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A collection whose group has members is kept, and both are shown.
    """
    kafka = used(monkeypatch, CollectionUse(OLD, "old", 0), CollectionUse(OLDER, "older", 2))

    assert await prune_collections(HERE, sure=True) == 0

    assert (weaviate.deleted, kafka.deleted) == (["Old"], ["old"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["collection"], row["prune"]) for row in rows[:2]] == [
        ("Old", "unused"),
        ("Older", "kept: 2 at work"),
    ]
    assert rows[2] == {"removed": 1, "kept": 1}


async def test_where_nobody_can_be_asked_nothing_is_removed(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A script says --yes, or learns that it must.
    """
    kafka = used(monkeypatch, CollectionUse(OLD, "old", 0))

    assert await prune_collections(HERE, sure=False) == 2

    assert (weaviate.deleted, kafka.deleted) == ([], [])
    assert "--yes" in capsys.readouterr().err


async def test_what_is_not_told_holds_up_nothing_else(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate
) -> None:
    """
    What nobody uses is removed; that something else may be left is exit code 1.
    """
    used(
        monkeypatch,
        CollectionUse(OLD, "old", 0),
        CollectionUse(OLDER, "older", None, "no right to Describe group older"),
    )

    assert await prune_collections(HERE, sure=True) == 1
    assert weaviate.deleted == ["Old"]


async def test_one_collection_is_no_table(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where no other version has filled one, that is said and nothing shown.
    """
    used(monkeypatch)
    monkeypatch.setattr(terminal, "is_read_by_person", lambda: True)

    assert await prune_collections(HERE, sure=True) == 0
    said = capsys.readouterr()
    assert (said.out, "beside Ours" in said.err) == ("", True)


@pytest.mark.parametrize("agrees", [True, False])
async def test_a_person_is_asked(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, agrees: bool
) -> None:
    """
    Without the person's yes nothing is removed.
    """
    used(monkeypatch, CollectionUse(OLD, "old", 0))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(terminal, "is_read_by_person", lambda: True)
    monkeypatch.setattr(terminal, "agrees", lambda _: agrees)

    assert await prune_collections(HERE, sure=False) == (0 if agrees else 130)
    assert weaviate.deleted == (["Old"] if agrees else [])


async def test_who_joins_meanwhile_keeps_the_collection(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A worker that starts after Kafka was asked loses nothing, and the others' end is not held up.
    """
    used(
        monkeypatch,
        CollectionUse(OLD, "old", 0),
        CollectionUse(OLDER, "older", 0),
        old=KafkaError.NON_EMPTY_GROUP,
    )

    assert await prune_collections(HERE, sure=True) == 1

    assert weaviate.deleted == ["Older"]
    assert "Old is kept" in capsys.readouterr().err


async def test_a_right_that_is_missing_leaves_the_offsets(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The collection goes all the same, and what gives the right is said.
    """
    used(monkeypatch, CollectionUse(OLD, "old", 0), old=KafkaError.GROUP_AUTHORIZATION_FAILED)

    assert await prune_collections(HERE, sure=True) == 0

    assert weaviate.deleted == ["Old"]
    assert "--operation Delete --group ticketstream-indexer" in capsys.readouterr().err


async def test_what_is_not_told_is_kept(
    monkeypatch: pytest.MonkeyPatch, weaviate: Weaviate, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Who does not know who uses a collection does not remove it: exit code 2, with the reason.
    """
    used(monkeypatch, CollectionUse(OLD, "old", None, "no right to Describe group old"))

    assert await prune_collections(HERE, sure=True) == 2

    assert weaviate.deleted == []
    assert "no right to Describe group old" in capsys.readouterr().err


def test_the_embedded_knowledge_base_leaves_nothing(nowhere: Env) -> None:
    """
    Without Weaviate there is nothing to remove, and Kafka is not asked.
    """
    done = call("kb", "prune", env=nowhere)

    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to remove" in done.stderr
