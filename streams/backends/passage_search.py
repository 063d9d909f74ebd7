"""
All searches of one ticket, made as one call of the knowledge base.

A knowledge base that may be away is guarded: one ticket is one call to the guard, so that the
trial of a backend that was down is for all searches of a ticket, or for none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from schemas import Passage
from streams.backends.guard import Guard
from streams.errors import Unavailable
from streams.ports import KnowledgeBase, PassagesByQuery, Scope


class DirectSearch:
    """Searches a knowledge base that is always there, such as one in this process's memory."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.name = base.name
        self._base = base

    async def search_all(
        self, queries: Sequence[str], *, limit: int, scope: Scope
    ) -> PassagesByQuery:
        """Return what each of *queries* finds; see the port."""
        searches = [
            asyncio.ensure_future(self._base.search(query, limit=limit, scope=scope))
            for query in queries
        ]
        try:
            found: list[tuple[Passage, ...]] = await asyncio.gather(*searches)
        finally:
            for search in searches:  # one that failed leaves no other one behind
                search.cancel()
        return found


class GuardedSearch:
    """Searches a knowledge base that may be away: again within a budget, or gives up at once."""

    def __init__(
        self, base: KnowledgeBase, *, seconds: float, is_filled: Callable[[], bool] = lambda: True
    ) -> None:
        """
        Args:
            seconds: the budget of a ticket's searches.
            is_filled: says whether all articles are there; until then there is no telling what
                is not.
        """
        self.name = base.name
        self.guard = Guard("knowledge")
        self._search = DirectSearch(base)
        self._seconds = seconds
        self._is_filled = is_filled

    async def search_all(
        self, queries: Sequence[str], *, limit: int, scope: Scope
    ) -> PassagesByQuery:
        """Return what each of *queries* finds; see the port."""
        if not queries:
            return ()
        if not self._is_filled():
            raise Unavailable("the knowledge base is being filled")
        return await self.guard.call(
            lambda: self._search.search_all(queries, limit=limit, scope=scope),
            seconds=self._seconds,
        )
