"""What is true of the embedded knowledge base beside what is true of every one: its threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from schemas import Article, Passage
from streams.backends.embedded import knowledge
from streams.backends.embedded.knowledge import LOT_CHARACTERS, EmbeddedKnowledge
from streams.evidence.chunking import Chunk, chunks
from streams.off_loop import INDEXING_THREAD_NAME, THREAD_NAME
from streams.ports import Scope

SCOPE = Scope("default", datetime(2026, 11, 2, tzinfo=UTC))


def article(doc_id: str = "KB-1", body: str = "Invoices are sent by email.") -> Article:
    """Return an article about invoices, unless told otherwise."""
    return Article(doc_id=doc_id, title=f"Invoices {doc_id}", body=body)


async def ids(kb: EmbeddedKnowledge, query: str = "invoices") -> set[str]:
    """Return the articles that are found."""
    return {p.doc_id for p in await kb.search(query, limit=50, scope=SCOPE)}


class Cutting:
    """What cuts articles: it records its threads, and waits when it is told to."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def __call__(self, one: Article) -> list[Chunk]:
        """Return the chunks of *one*."""
        self.threads.add(threading.current_thread().name)
        self.begun.set()
        assert self.may_go_on.wait(20)
        return chunks(one)


@pytest.fixture
def cutting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cutting]:
    """Return what cuts articles during the test."""
    cutting = Cutting()
    monkeypatch.setattr(knowledge, "chunks", cutting)
    yield cutting
    cutting.may_go_on.set()


async def test_articles_are_cut_elsewhere(cutting: Cutting) -> None:
    """
    The event loop's thread does not cut and embed articles.
    """
    await EmbeddedKnowledge().put([article()])

    (name,) = cutting.threads
    assert name.startswith(INDEXING_THREAD_NAME)


async def test_searches_go_on_while_articles_are_indexed(cutting: Cutting) -> None:
    """
    A search is answered from what was there before, until the new articles are there as a whole.
    """
    kb = EmbeddedKnowledge()
    await kb.put([article("KB-1"), article("KB-2")])
    cutting.begun.clear()
    cutting.may_go_on.clear()
    putting = asyncio.create_task(kb.put([article("KB-1", "Zebras."), article("KB-3")]))
    await asyncio.to_thread(cutting.begun.wait, 20)

    assert await ids(kb) == {"KB-1", "KB-2"}
    (passage,) = [p for p in await kb.search("KB-1", limit=9, scope=SCOPE) if p.doc_id == "KB-1"]
    assert passage.text == "Invoices are sent by email."

    cutting.may_go_on.set()
    assert await putting == 2
    assert await ids(kb) == {"KB-1", "KB-2", "KB-3"}


async def test_who_is_cancelled_while_it_indexes_leaves_nothing_half_done(
    cutting: Cutting,
) -> None:
    """
    What was being indexed when its caller was cancelled is there, whole, before anything else.
    """
    kb = EmbeddedKnowledge()
    cutting.may_go_on.clear()
    putting = asyncio.create_task(kb.put([article("KB-1"), article("KB-2")]))
    await asyncio.to_thread(cutting.begun.wait, 20)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    cutting.may_go_on.set()

    assert await kb.put([article("KB-3")]) == 1
    assert await ids(kb) == {"KB-1", "KB-2", "KB-3"}
    assert await kb.put([article("KB-1")]) == 0


async def test_a_large_one_is_searched_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where a search takes long it leaves the event loop, and finds the same.
    """
    kb = EmbeddedKnowledge()
    await kb.put([article(f"KB-{n}") for n in range(3)])
    small = await kb.search("invoices", limit=2, scope=SCOPE)
    monkeypatch.setattr(knowledge, "LARGE", 3)
    threads: list[str] = []
    searched = kb._searched

    def recorded(query: str, limit: int, scope: Scope) -> tuple[Passage, ...]:
        threads.append(threading.current_thread().name)
        return searched(query, limit, scope)

    monkeypatch.setattr(kb, "_searched", recorded)

    assert await kb.search("invoices", limit=2, scope=SCOPE) == small
    assert [name.startswith(THREAD_NAME) for name in threads] == [True]


async def test_many_articles_come_in_lots() -> None:
    """
    However much is put at once, all of it is found; of an id that comes twice, the last.
    """
    long = "Invoices are kept for ten years. " * (LOT_CHARACTERS // 60)
    kb = EmbeddedKnowledge()
    found = [article("KB-1", long), article("KB-2", long), article("KB-3"), article("KB-4")]

    assert await kb.put([article("KB-4", "Zebras."), *found]) == 5
    assert len(kb) == 4
    assert await ids(kb, "zebras") == await ids(kb)
    assert await kb.remove(["KB-1", "KB-9", "KB-1"]) == 1
    assert await ids(kb) == {"KB-2", "KB-3", "KB-4"}
