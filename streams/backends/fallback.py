"""
What a stage does when its backend does not deliver: wait, or the embedded backend's work.

    Refused       wait: a person must mend it, and would not notice otherwise
    Unavailable   `degrade`: the embedded backend, and the result says so; `hold`: wait
    BadAnswer     the embedded backend: waiting would not make the answer better

To wait is to let the error go on: the agent keeps the ticket and tries again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from schemas import Article, GroundedTicket, IncomingTicket, Passage, Reading, StageReport
from streams import metrics
from streams.backends.guard import Guard
from streams.errors import BadAnswer, Refused, Unavailable
from streams.ports import (
    Classification,
    Classifier,
    Draft,
    KnowledgeBase,
    OnOutage,
    Scope,
    Writer,
)

Made = TypeVar("Made", Classification, Draft)


class FallbackClassifier:
    """A `Classifier` that has another one to fall back to."""

    def __init__(self, first: Classifier, then: Classifier, on_outage: OnOutage) -> None:
        self.name = first.name
        self._first, self._then, self._on_outage = first, then, on_outage

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """
        Return what *ticket* is about.

        Raises:
            Unavailable: With `hold`, the first backend is away. `Refused` with either.
        """
        return await _either(
            "triage",
            lambda: self._first.classify(ticket, reading),
            lambda: self._then.classify(ticket, reading),
            self._then.name,
            self._on_outage,
        )


class FallbackWriter:
    """A `Writer` that has another one to fall back to."""

    def __init__(self, first: Writer, then: Writer, on_outage: OnOutage) -> None:
        self.name = first.name
        self._first, self._then, self._on_outage = first, then, on_outage

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return an answer.

        Raises:
            Unavailable: With `hold`, the first backend is away. `Refused` with either.
        """
        return await _either(
            "drafting",
            lambda: self._first.write(ticket),
            lambda: self._then.write(ticket),
            self._then.name,
            self._on_outage,
        )


async def _either(
    stage: str,
    first: Callable[[], Awaitable[Made]],
    then: Callable[[], Awaitable[Made]],
    name: str,
    on_outage: OnOutage,
) -> Made:
    """Return what *first* makes, or *then*, whose backend is called *name*, in its place."""
    report = StageReport(backend=name)
    try:
        return await first()
    except Refused:
        raise
    except Unavailable:
        if on_outage == "hold":
            raise
        metrics.FALLBACKS.labels(stage, "unavailable").inc()
    except BadAnswer as error:
        metrics.FALLBACKS.labels(stage, "bad_answer").inc()
        if error.report:  # what was paid for in vain was paid for
            report = error.report.model_copy(update={"backend": name})
    return replace(await then(), report=report, degraded=True)


class GuardedKnowledge:
    """A `KnowledgeBase` that may be away: searches are tried again, or given up at once."""

    def __init__(self, base: KnowledgeBase, *, seconds: float) -> None:
        """*seconds*: the budget of one search."""
        self.name = base.name
        self.guard = Guard("knowledge")
        self.is_filled: Callable[[], bool] = lambda: True
        """Says whether all articles are there; until then there is no telling what is not."""
        self._base = base
        self._seconds = seconds

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Return what the knowledge base finds; see the port."""
        if not self.is_filled():
            raise Unavailable("the knowledge base is being filled")
        return await self.guard.call(
            lambda: self._base.search(query, limit=limit, scope=scope), seconds=self._seconds
        )

    async def put(self, articles: Sequence[Article]) -> int:
        """Index *articles*, in one try: who loads tries again by itself."""
        return await self._base.put(articles)

    async def remove(self, doc_ids: Sequence[str]) -> int:
        """Remove the articles with these ids, in one try."""
        return await self._base.remove(doc_ids)

    async def ping(self) -> None:
        """Return if a search would be answered now, or raise Unavailable."""
        await self._base.ping()
