"""
The knowledge base in Weaviate: its BM25 and its vector index, our stems, vectors and order.

It keeps articles in chunks (`chunking.py`) with vectors of WordLlama. Its passages have the same
ids, scores and, but for near ties, the same order as the embedded one's. Text is indexed as stems
that `words.py` has made, so both backends know the same words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

import numpy as np
from weaviate.classes.query import Filter, MetadataQuery
from weaviate.collections.classes.filters import _Filters

from schemas import Article, Passage
from streams import tracing
from streams.backends.weaviate.client import QUERY_SECONDS, Access, Client
from streams.backends.weaviate.collection import STEMS, Collection, readers_value
from streams.backends.weaviate.indexing import Indexing
from streams.backends.weaviate.word_shares import WordShares
from streams.evidence import ranking, relevance
from streams.evidence.brought_lines import read_lines
from streams.evidence.explanation import Why, why
from streams.off_loop import off_loop
from streams.ports import Scope
from streams.text.embedding import load_embedding
from streams.watched_files import Watched

OVER_FETCHED = 1_000
"""
Passages that Weaviate ranks by words at least, however few are wanted: until it has flushed
what was loaded, a minute later, it drops good ones from a short list (1.35.2).
"""
COMMON_HERE = 0.2
"""Share of passages from which a stem can fill that list: then the rarer ones are searched for
once more, alone."""
CACHED_TEXTS = 4_096
"""Passages whose stems are kept, some kilobytes each."""

_SHOWN = ["doc_id", "number", "title", "url", "text", "lines"]


class WeaviateKnowledge:
    """
    A knowledge base in Weaviate, for the length of an `async with` block.

    It connects when it is first used, and again after an outage.
    """

    name = "weaviate"
    oldest = (1, 30)
    """The version of Weaviate that will do, and any later one."""

    def __init__(
        self,
        url: str,
        *,
        grpc_url: str | None = None,
        access: Watched[Access] | None = None,
        prefix: str = "",
    ) -> None:
        """
        Args:
            url: of its HTTP interface, http:// or https://.

            grpc_url: of its gRPC interface; by default port 50051 of the same host.

            access: key and trust; without it access is anonymous.

            prefix: sets the collection apart from those of others in the same Weaviate.

        Raises:
            ConfigurationError: An address cannot be one.
        """
        self._client = Client(url, grpc_url=grpc_url, access=access)
        self._collection = Collection(self._client, prefix)
        self._words = WordShares(self._collection)
        self._indexing = Indexing(url, self._collection, self._words)

    @property
    def collection(self) -> str:
        """Return the name of the collection."""
        return self._collection.name

    async def __aenter__(self) -> Self:
        """Return it, ready to embed, without a connection yet."""
        await off_loop(load_embedding)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Return at most *limit* passages within *scope*, best first; see the port."""
        about = self._client.span_attributes("search", self.collection)
        with tracing.span(f"search {self.collection}", "client", about) as span:
            found, there = await self._find(query, limit, scope)
            span.set("db.response.returned_rows", len(there))
        best = found.best(limit, lambda uuid: there[uuid].told)
        return tuple(there[uuid].scored(found.scores[uuid]) for uuid in best)

    async def explain(
        self, query: str, *, limit: int, scope: Scope
    ) -> tuple[tuple[Passage, Why], ...]:
        """Return what `search` does, each passage with why it was found."""
        found, there = await self._find(query, limit, scope)
        best = {
            uuid: there[uuid].scored(found.scores[uuid])
            for uuid in found.best(limit, lambda uuid: there[uuid].told)
        }
        return tuple(
            (passage, why(query, passage, found.places(uuid), self._words.share))
            for uuid, passage in best.items()
        )

    async def _find(
        self, query: str, limit: int, scope: Scope
    ) -> tuple[ranking.Rankings[UUID], dict[UUID, _Found]]:
        """Return what there is for *query*, ranked, and the passages by their ids."""
        async with self._collection.asking(QUERY_SECONDS):
            asked = relevance.question(query, await self._words.latest())
            if limit < 1 or not asked.weights:
                return ranking.Rankings((), (), {}), {}
            deep, within = ranking.depth(limit), _within(scope)
            by_words, by_meaning = await asyncio.gather(
                self._by_words(asked, within, deep), self._by_meaning(asked, within, deep)
            )
        there = {p.uuid: p for p in (*by_words, *by_meaning)}
        if not there:
            await (
                self._collection.check_edition()
            )  # what is not there may have been lost a moment ago
        texts = [_comparable(p.passage.title, p.passage.text) for p in there.values()]
        near = np.array([p.vector for p in there.values()], dtype=np.float32)
        scores = dict(zip(there, relevance.scores(asked, texts, near), strict=True))
        found = ranking.Rankings([p.uuid for p in by_words], [p.uuid for p in by_meaning], scores)
        return found, there

    async def put(self, articles: Sequence[Article]) -> int:
        """
        Index *articles*; see the port. Each is whole, or is put again by the next call.

        Raises:
            Unavailable: Weaviate cannot be reached, refuses, or has lost what was loaded.
        """
        return await self._indexing.put(articles)

    async def remove(self, doc_ids: Sequence[str]) -> int:
        """Remove the articles with these ids, in every tenant. Returns how many there were."""
        return await self._indexing.remove(doc_ids)

    async def tenants(self, doc_ids: Sequence[str]) -> dict[str, set[str]]:
        """Return the tenants that have an article, by id, of those of *doc_ids* that exist."""
        return await self._indexing.tenants(doc_ids)

    async def ping(self) -> None:
        """Return if a search would be answered now, or raise Unavailable."""
        await self._collection.ping()

    async def about(self) -> tuple[str, int | None]:
        """
        Return the server's version and how many passages there are, None without a collection.

        Raises:
            Unavailable: As `ping`, or a collection of that name is not ours.
        """
        return await self._collection.about()

    async def edition(self) -> str:
        """
        Return what names this filling of the collection, which is created if it is missing.

        Another edition than before means that nothing is left of what was put.

        Raises:
            Unavailable: Weaviate cannot be reached, or a collection of that name is not ours.
        """
        return await self._collection.edition()

    async def _by_words(
        self, asked: relevance.WeighedQuestion, within: _Filters, deep: int
    ) -> list[_Found]:
        collection = await self._collection.handle()
        stems = ranking.stems_to_search(asked.weights)
        most = max(deep, OVER_FETCHED)
        scores = await self._scored(stems, within, most)
        rare = [stem for stem in stems if self._words.share(stem) < COMMON_HERE]
        if len(scores) == most and 0 < len(rare) < len(stems):
            for uuid, score in (await self._scored(rare, within, most)).items():
                scores.setdefault(uuid, score)
        best = sorted(scores, key=lambda uuid: (-scores[uuid], uuid))[:deep]
        if not best:
            return []
        whole = await collection.query.fetch_objects_by_ids(
            best,
            limit=len(best),
            include_vector=True,
            return_properties=_SHOWN,
        )
        found = {o.uuid: _Found.of(o) for o in whole.objects}
        return [found[uuid] for uuid in best if uuid in found]

    async def _scored(self, stems: list[str], within: _Filters, most: int) -> dict[UUID, float]:
        """Return the BM25 scores of the best *most* passages, by id."""
        found = await (await self._collection.handle()).query.bm25(
            " ".join(stems),
            query_properties=STEMS,
            limit=most,
            filters=within,
            return_metadata=MetadataQuery(score=True),
            return_properties=["number"],
        )
        return {o.uuid: o.metadata.score or 0.0 for o in found.objects}

    async def _by_meaning(
        self, asked: relevance.WeighedQuestion, within: _Filters, deep: int
    ) -> list[_Found]:
        near = await (await self._collection.handle()).query.near_vector(
            asked.vector.tolist(),
            limit=deep,
            filters=within,
            include_vector=True,
            return_properties=_SHOWN,
        )
        return [_Found.of(o) for o in near.objects]


@dataclass(frozen=True)
class _Found:
    """A passage as Weaviate returned it; its score is still missing."""

    uuid: UUID
    passage: Passage
    kept: str
    """Its lines, as `brought_lines.py` keeps them; read where the passage is returned."""
    vector: Sequence[float]

    @classmethod
    def of(cls, found: Any) -> _Found:
        """Return the passage that is in an object of the client."""
        fields = found.properties
        passage = Passage(
            doc_id=fields["doc_id"],
            chunk_id=f"{fields['doc_id']}-c-{fields['number']}",
            title=fields["title"],
            url=fields["url"],
            text=fields["text"],
            score=0,
        )
        return cls(found.uuid, passage, fields["lines"], found.vector["default"])

    def scored(self, score: float) -> Passage:
        """Return the passage with its score and its lines."""
        return read_lines(self.kept).with_passage(self.passage, score=score)

    @property
    def told(self) -> tuple[str, str, str]:
        """Return the doc_id, the title and the text."""
        return self.passage.doc_id, self.passage.title, self.passage.text


_comparable = lru_cache(maxsize=CACHED_TEXTS)(relevance.comparable)


def _within(scope: Scope) -> _Filters:
    """Return what lets through what *scope* may read."""
    own = [readers_value(scope.tenant, audience) for audience in ranking.audiences(scope)]
    return Filter.by_property("readers").contains_any(own) & Filter.by_property(
        "expires"
    ).greater_than(int(scope.now.timestamp()))
