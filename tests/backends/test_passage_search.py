"""All searches of a ticket as one call: together at a trial, together given up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from schemas import Article, Passage
from streams.backends import guard
from streams.backends.circuit_breaker import FAILURES, CircuitBreaker
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.guard import Guard
from streams.backends.passage_search import DirectSearch, GuardedSearch
from streams.errors import Unavailable
from streams.ports import PassageSearch, Scope
from tests.backends.conftest import Clock

SCOPE = Scope(tenant="default", now=datetime.now(UTC))
QUERIES = ("charged twice", "the app crashes", "where is my invoice")
ARTICLES = [
    Article(
        doc_id="KB-1", title="Duplicate charges", url="", body="We return what is charged twice."
    ),
    Article(doc_id="KB-2", title="Crashes", url="", body="If the app crashes, install it anew."),
]


class Base(EmbeddedKnowledge):
    """A knowledge base that fails at what a test says, and notes how its searches end."""

    def __init__(self, *failures: str) -> None:
        super().__init__()
        self.failures = set(failures)
        self.searched: list[str] = []
        self.given_up: list[str] = []

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Fail at once, or answer in a while."""
        self.searched.append(query)
        if query in self.failures:
            raise Unavailable("away")
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.given_up.append(query)
            raise
        return await super().search(query, limit=limit, scope=scope)


def guarded(base: Base, clock: Clock) -> GuardedSearch:
    """Return a guarded search whose breaker has a test's clock."""
    search = GuardedSearch(base, seconds=5)
    search.guard = Guard("knowledge", breaker=CircuitBreaker("knowledge", now=clock))
    return search


@pytest.mark.parametrize("kind", [DirectSearch, lambda base: GuardedSearch(base, seconds=5)])
async def test_each_query_has_its_own_passages(kind: type[DirectSearch]) -> None:
    """
    They come in the order of the queries.
    """
    base = EmbeddedKnowledge()
    await base.put(ARTICLES)
    search: PassageSearch = kind(base)
    found = await search.search_all(QUERIES[:2], limit=5, scope=SCOPE)
    assert [passages[0].doc_id for passages in found] == ["KB-1", "KB-2"]
    assert list(await search.search_all((), limit=5, scope=SCOPE)) == []


async def test_all_searches_of_a_ticket_are_one_trial(clock: Clock) -> None:
    """
    A ticket that comes to a backend that is back gets all its passages, and not one search's.
    """
    base = Base()
    search = guarded(base, clock)
    for _ in range(FAILURES):
        search.guard.breaker.failed()
    clock.now += 60
    assert len(await search.search_all(QUERIES, limit=5, scope=SCOPE)) == len(QUERIES)
    assert search.guard.status == "healthy"


async def test_a_search_that_fails_ends_the_others(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Nothing is left running behind a ticket, and a ticket counts as one failure.
    """
    monkeypatch.setattr(guard, "FIRST_WAIT", 0.0)
    base = Base(QUERIES[0])
    with pytest.raises(Unavailable):
        await DirectSearch(base).search_all(QUERIES, limit=5, scope=SCOPE)
    await asyncio.sleep(0)
    assert base.given_up == list(QUERIES[1:])
    base.searched.clear()
    with pytest.raises(Unavailable):
        await guarded(base, clock).search_all(QUERIES, limit=5, scope=SCOPE)
    assert base.searched.count(QUERIES[0]) == FAILURES


async def test_a_knowledge_base_that_is_being_filled_is_not_asked() -> None:
    """
    What is not there yet is not "nothing relevant".
    """
    filled = False
    base = Base()
    search = GuardedSearch(base, seconds=5, is_filled=lambda: filled)
    with pytest.raises(Unavailable):
        await search.search_all(QUERIES, limit=5, scope=SCOPE)
    assert base.searched == []
    filled = True
    assert await search.search_all(QUERIES, limit=5, scope=SCOPE)
