"""
Writes articles into the collection: one object for each chunk, whole articles at a time.

An object's id follows from tenant, doc_id and number of the chunk, so loading twice is as good
as once. An article's first chunk carries the digest of the article and is written last; where an
article is replaced, the old digest is taken away first. So if a digest is there, all of the article
is, and nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter
from weaviate.collections.classes.filters import _Filters

from schemas import Article
from streams.backends.weaviate.client import QUERY_SECONDS, WRITE_SECONDS
from streams.backends.weaviate.collection import MOST_FOUND, Collection, readers_value
from streams.backends.weaviate.word_shares import WordShares
from streams.errors import Unavailable
from streams.evidence import ranking, relevance
from streams.evidence.brought_lines import kept_lines
from streams.evidence.chunking import chunks
from streams.off_loop import index_off_loop
from streams.text import embedding
from streams.text.words import stems

ARTICLES_AT_ONCE = 128
"""Whose chunks go to Weaviate together."""
AT_ONCE = 2
"""Lots under way at a time: one is cut and embedded while Weaviate indexes another."""
OBJECTS_AT_ONCE = 256
"""In one request. Larger ones are no quicker."""

_Object = DataObject[dict[str, Any], None]


class Indexing:
    """Puts articles into a *collection* and takes them out; *words* are then counted anew."""

    def __init__(self, url: str, collection: Collection, words: WordShares) -> None:
        self._url = url
        self._collection = collection
        self._words = words

    async def put(self, articles: Sequence[Article]) -> int:
        """
        Index *articles*; see the port. Each is whole, or is put again by the next call.

        Raises:
            Unavailable: Weaviate cannot be reached, refuses, or has lost what was loaded.
        """
        await self._collection.check_edition()
        latest = list({_article_id(a.tenant, a.doc_id): a for a in articles}.items())
        lots = [
            dict(latest[n : n + ARTICLES_AT_ONCE]) for n in range(0, len(latest), ARTICLES_AT_ONCE)
        ]
        gate = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._put(lot, gate)) for lot in lots]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return sum(task.result() for task in tasks)

    async def remove(self, doc_ids: Sequence[str]) -> int:
        """Remove the articles with these ids, in every tenant. Returns how many there were."""
        await self._collection.check_edition()
        removed = 0
        for lot in _lots(doc_ids):
            removed += sum(map(len, (await self._tenants(lot)).values()))
            await self._delete(Filter.by_property("doc_id").contains_any(lot))
        self._words.forget()
        return removed

    async def tenants(self, doc_ids: Sequence[str]) -> dict[str, set[str]]:
        """Return the tenants that have an article, by id, of those of *doc_ids* that exist."""
        found: dict[str, set[str]] = {}
        for lot in _lots(doc_ids):
            found |= await self._tenants(lot)
        return found

    async def _tenants(self, lot: Sequence[str]) -> dict[str, set[str]]:
        named = Filter.by_property("doc_id").contains_any(lot)
        first = Filter.by_property("number").equal(1)
        async with self._collection.asking(QUERY_SECONDS):
            heads = await (await self._collection.handle()).query.fetch_objects(
                filters=named & first, limit=MOST_FOUND, return_properties=["doc_id", "readers"]
            )
        found: dict[str, set[str]] = {}
        for head in heads.objects:
            _, tenant = json.loads(head.properties["readers"])
            found.setdefault(head.properties["doc_id"], set()).add(tenant)
        return found

    async def _put(self, lot: Mapping[UUID, Article], gate: asyncio.Semaphore) -> int:
        """Index *lot*; return how many of it were not there in exactly this form."""
        async with gate:
            digests = await self._digests(lot)
            made = await index_off_loop(_changed_objects, lot, digests)
            if not made:
                return 0
            replaced = await self._has_any(made)
            old = [o[0] for i, o in made.items() if _chunk_id(i, 1) in digests]
            await self._insert([_unfinished(head) for head in old])
            await self._insert([o for objects in made.values() for o in objects[1:]])
            if replaced:
                await self._delete(Filter.any_of([_beyond(i, len(o)) for i, o in made.items()]))
            await self._insert([objects[0] for objects in made.values()])
            self._words.forget()
            return len(made)

    async def _has_any(self, articles: Iterable[UUID]) -> bool:
        """Say whether any of *articles* has a chunk, be it from a write that was cut off."""
        named = Filter.by_property("article").contains_any([str(i) for i in articles])
        async with self._collection.asking(QUERY_SECONDS):
            found = await (await self._collection.handle()).query.fetch_objects(
                filters=named, limit=1, return_properties=["number"]
            )
        return bool(found.objects)

    async def _digests(self, lot: Mapping[UUID, Article]) -> dict[UUID, str]:
        """Return the digests of what of *lot* is there, by the id of the first chunk."""
        firsts = [_chunk_id(i, 1) for i in lot]
        async with self._collection.asking(QUERY_SECONDS):
            found = await (await self._collection.handle()).query.fetch_objects_by_ids(
                firsts, limit=len(firsts), return_properties=["digest"]
            )
        return {o.uuid: str(o.properties.get("digest")) for o in found.objects}

    async def _insert(self, objects: Sequence[_Object]) -> None:
        for n in range(0, len(objects), OBJECTS_AT_ONCE):
            async with self._collection.asking(WRITE_SECONDS):
                made = await (await self._collection.handle()).data.insert_many(
                    objects[n : n + OBJECTS_AT_ONCE]
                )
            if made.has_errors:
                raise Unavailable(
                    f"Weaviate at {self._url} refused {len(made.errors)} of"
                    f" {len(made.all_responses)} chunks: its log says why"
                )

    async def _delete(self, which: _Filters) -> None:
        while True:
            async with self._collection.asking(WRITE_SECONDS):
                gone = await (await self._collection.handle()).data.delete_many(which)
            if gone.failed:
                raise Unavailable(f"Weaviate at {self._url} did not delete {gone.failed} chunks")
            if gone.matches < MOST_FOUND:
                return


def _changed_objects(
    lot: Mapping[UUID, Article], digests: Mapping[UUID, str]
) -> dict[UUID, list[_Object]]:
    """Return the objects of those of *lot* that *digests* does not have in just this form."""
    return all_objects({i: a for i, a in lot.items() if digests.get(_chunk_id(i, 1)) != _digest(a)})


def all_objects(articles: Mapping[UUID, Article]) -> dict[UUID, list[_Object]]:
    """Return the objects of each of *articles*, which have their ids as keys."""
    return {i: list(_objects(i, article)) for i, article in articles.items()}


def _objects(article_id: UUID, article: Article) -> Iterator[_Object]:
    """Yield an object for each chunk of *article*; of an article without text, one never found."""
    made = chunks(article)
    common = {
        "article": str(article_id),
        "doc_id": article.doc_id,
        "readers": readers_value(article.tenant, article.audience),
        "title": article.title,
        "url": article.url,
    }
    head = {"digest": _digest(article)}
    if not made:
        yield DataObject({**common, **head, "number": 1, "expires": 0}, _chunk_id(article_id, 1))
    title_stems = " ".join(stems(article.title))
    for number, chunk in enumerate(made, start=1):
        properties = {
            **common,
            **(head if number == 1 else {}),
            "number": number,
            "expires": ranking.expires(article),
            "text": chunk.text,
            "lines": kept_lines(article, chunk),
            "title_stems": title_stems,
            "text_stems": " ".join(stems(chunk.text)),
        }
        vector = embedding.vector(relevance.whole(article.title, chunk.text)).tolist()
        yield DataObject(properties, _chunk_id(article_id, number), vector)


def _unfinished(head: _Object) -> _Object:
    """Return *head* without the digest by which its article counts as there."""
    properties = {name: value for name, value in head.properties.items() if name != "digest"}
    return DataObject(properties, head.uuid, head.vector)


def _article_id(tenant: str, doc_id: str) -> UUID:
    return uuid5(NAMESPACE_URL, json.dumps([tenant, doc_id]))


def _chunk_id(article_id: UUID, number: int) -> UUID:
    return uuid5(article_id, str(number))


def _lots(doc_ids: Sequence[str]) -> list[Sequence[str]]:
    return [doc_ids[n : n + ARTICLES_AT_ONCE] for n in range(0, len(doc_ids), ARTICLES_AT_ONCE)]


def _digest(article: Article) -> str:
    return hashlib.sha256(article.model_dump_json().encode()).hexdigest()


def _beyond(article_id: UUID, number: int) -> _Filters:
    """Return what lets through the chunks of an article after *number*."""
    own = Filter.by_property("article").equal(str(article_id))
    return own & Filter.by_property("number").greater_than(number)
