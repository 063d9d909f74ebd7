"""
The knowledge base in Weaviate: its BM25 and its vector index, our stems, vectors and order.

In go articles, cut into chunks (`chunks.py`) with vectors of WordLlama; out come passages with
the same ids, scores and, but for near ties, the same order as the embedded one's. Text is
indexed as stems that `relevance.py` has made, so both backends know the same words.

One collection holds all tenants. It is named by the form of its objects and by the vectors,
and created when it is missing; its description has an *edition*, another one after each
creation, by which a reader of `kb-articles` knows that what it once loaded is gone. An
object's id follows from tenant, doc_id and number of the chunk, so loading twice is as good as
once. An article's first chunk carries the digest of the article and is written last: if that
digest is there, all of the article is.

Whatever the client raises becomes `Unavailable`, or `Refused` where a person must mend it, and
no message repeats any of it: it may have text of articles.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import grpc
import httpx
import numpy as np
import weaviate
from weaviate.classes.config import (
    Configure,
    DataType,
    Property,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
)
from weaviate.classes.data import DataObject
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.classes.query import Filter, MetadataQuery
from weaviate.collections.classes.filters import _Filters
from weaviate.config import GrpcConfig
from weaviate.exceptions import (
    AuthenticationFailedError,
    UnexpectedStatusCodeError,
    WeaviateBaseError,
)

from schemas import Article, Passage
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.evidence import ranking, relevance
from streams.evidence.chunking import chunks
from streams.evidence.explanation import Why, why
from streams.ports import Scope
from streams.text import embedding
from streams.text.words import stems

SCHEMA = 1
"""Of the objects in the collection. Whoever changes them, or how articles are cut, adds one."""

OVER_FETCHED = 1_000
"""
Passages that Weaviate ranks by words at least, however few are wanted: until it has flushed
what was loaded, a minute later, it drops good ones from a short list (1.35.2).
"""
COMMON_HERE = 0.2
"""Share of passages from which a stem can fill that list: then the rarer ones are searched for
once more, alone."""
ARTICLES_AT_ONCE = 128
"""Whose chunks go to Weaviate together."""
AT_ONCE = 2
"""So many lots of them: one is cut and embedded while Weaviate indexes another."""
OBJECTS_AT_ONCE = 256
"""In one request. Larger ones are no quicker."""
MOST_FOUND = 10_000
"""That Weaviate returns, or deletes, in one request (its QUERY_MAXIMUM_RESULTS)."""
SAMPLE = 2_000
"""Passages from which the shares of words are counted."""
SAMPLE_SECONDS = 60.0
"""After which that is done again; own changes are seen at once."""
CACHED_TEXTS = 4_096
"""Passages whose stems are kept, some kilobytes each."""

CONNECT_SECONDS = 5
QUERY_SECONDS = 10
WRITE_SECONDS = 60

_OTHERS = (WeaviateBaseError, grpc.RpcError, httpx.HTTPError, OSError)  # TimeoutError is one
_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_RECONNECT_MS = 1_000
_SHOWN = ["doc_id", "number", "title", "url", "text"]
_STEMS = ["title_stems", "text_stems"]

logging.getLogger("weaviate-client").setLevel(logging.CRITICAL + 1)  # it logs refused objects


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
        api_key: str | None = None,
        prefix: str = "",
    ) -> None:
        """
        Args:
            url: of its HTTP interface, http:// or https://.

            grpc_url: of its gRPC interface; by default port 50051 of the same host.

            prefix: sets the collection apart from those of others in the same Weaviate.

        Raises:
            ConfigurationError: An address cannot be one.
        """
        self.collection = collection_name(prefix)
        self._url = url
        self._http = _Address.read(url, 443 if url.startswith("https") else 80)
        self._grpc = _Address.read(grpc_url, 443) if grpc_url else self._http.with_port(50051)
        if (self._http.host, self._http.port) == (self._grpc.host, self._grpc.port):
            raise ConfigurationError(
                "TICKETSTREAM_WEAVIATE_URL and _GRPC_URL are one address: HTTP and gRPC have a port"
                " each, by default 8080 and 50051"
            )
        self._api_key = api_key
        self._connecting = asyncio.Lock()
        self._connected: weaviate.WeaviateAsyncClient | None = None
        self._edition: str | None = None
        self._shares = _Shares({}, 0.0)

    async def __aenter__(self) -> Self:
        """Return it, without a connection yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        client, self._connected = self._connected, None
        if client:
            await client.close()

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Return at most *limit* passages within *scope*, best first; see the port."""
        found, there = await self._find(query, limit, scope)
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
            (passage, why(query, passage, found.places(uuid), self._shares.share))
            for uuid, passage in best.items()
        )

    async def _find(
        self, query: str, limit: int, scope: Scope
    ) -> tuple[ranking.Rankings[UUID], dict[UUID, _Found]]:
        """Return what there is for *query*, ranked, and the passages by their ids."""
        async with self._asking(QUERY_SECONDS):
            asked = relevance.question(query, await self._share())
            if limit < 1 or not asked.weights:
                return ranking.Rankings((), (), {}), {}
            deep, within = ranking.depth(limit), _within(scope)
            by_words, by_meaning = await asyncio.gather(
                self._by_words(asked, within, deep), self._by_meaning(asked, within, deep)
            )
        there = {p.uuid: p for p in (*by_words, *by_meaning)}
        if not there:
            await self._check_edition()  # what is not there may have been lost a moment ago
        texts = [_read(p.passage.title, p.passage.text) for p in there.values()]
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
        await self._check_edition()
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
        await self._check_edition()
        removed = 0
        for lot in _lots(doc_ids):
            removed += sum(map(len, (await self._tenants(lot)).values()))
            await self._delete(Filter.by_property("doc_id").contains_any(lot))
        self._shares = _Shares({}, 0.0)
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
        async with self._asking(QUERY_SECONDS):
            heads = await (await self._collection()).query.fetch_objects(
                filters=named & first, limit=MOST_FOUND, return_properties=["doc_id", "readers"]
            )
        found: dict[str, set[str]] = {}
        for head in heads.objects:
            _, tenant = json.loads(head.properties["readers"])
            found.setdefault(head.properties["doc_id"], set()).add(tenant)
        return found

    async def ping(self) -> None:
        """Return if a search would be answered now, or raise Unavailable."""
        async with self._asking(QUERY_SECONDS):
            await (await self._collection()).query.fetch_objects(
                limit=1, return_properties=["number"]
            )

    async def about(self) -> tuple[str, int | None]:
        """
        Return the server's version and how many passages there are, None without a collection.

        Raises:
            Unavailable: As `ping`, or a collection of that name is not ours.
        """
        async with self._asking(QUERY_SECONDS):
            version = str((await (await self._client()).get_meta())["version"])
            description = await self._description()
            if description is None:
                return version, None
            self._refuse_others(description)
            counted = await (await self._collection()).aggregate.over_all(total_count=True)
        return version, counted.total_count or 0

    async def edition(self) -> str:
        """
        Return what names this filling of the collection, which is created if it is missing.

        Another edition than before means that nothing is left of what was put.

        Raises:
            Unavailable: Weaviate cannot be reached, or a collection of that name is not ours.
        """
        self._edition = await self._find_or_create()
        return self._edition

    async def _check_edition(self) -> None:
        """Raise Unavailable if the collection is another one than before."""
        found = await self._find_or_create()
        if self._edition not in (None, found):
            raise Unavailable(
                f"collection {self.collection} was deleted: articles must be read again"
            )
        self._edition = found

    async def _find_or_create(self) -> str:
        async with self._asking(WRITE_SECONDS):
            found = await self._description()
            if found is None:
                await self._create()
                found = await self._description()
        self._refuse_others(found or "")
        return found.removeprefix(_EDITION) if found else ""

    def _refuse_others(self, description: str) -> None:
        if not description.startswith(_EDITION):
            raise Unavailable(
                f"collection {self.collection} at {self._url} is not one that ticketstream made:"
                " delete it, and it is made anew"
            )

    async def _description(self) -> str | None:
        """Return the collection's description, None if there is no collection."""
        try:
            config = await (await self._collection()).config.get(simple=True)
        except UnexpectedStatusCodeError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                return None
            raise
        return config.description or ""

    async def _create(self) -> None:
        """Create the collection, unless somebody else is quicker."""
        client = await self._client()
        try:
            await client.collections.create(
                self.collection,
                description=_EDITION + uuid4().hex,
                properties=_properties(),
                vector_config=Configure.Vectors.self_provided(
                    vector_index_config=Configure.VectorIndex.hnsw(
                        distance_metric=VectorDistances.COSINE
                    )
                ),
                inverted_index_config=Configure.inverted_index(
                    stopwords_preset=StopwordsPreset.NONE
                ),
            )
        except UnexpectedStatusCodeError as error:
            if error.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
                raise

    async def _share(self) -> relevance.Share:
        """Return the shares of words, counted in a sample that is not too old."""
        if self._shares.until < monotonic():
            found = await (await self._collection()).query.fetch_objects(
                limit=SAMPLE, return_properties=_STEMS
            )
            self._shares = _Shares.counted([o.properties for o in found.objects])
        return self._shares.share

    async def _by_words(
        self, asked: relevance.Question, within: _Filters, deep: int
    ) -> list[_Found]:
        collection = await self._collection()
        stems = ranking.searched(asked.weights)
        most = max(deep, OVER_FETCHED)
        scores = await self._scored(stems, within, most)
        rare = [stem for stem in stems if self._shares.share(stem) < COMMON_HERE]
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
        found = {o.uuid: _Found.read(o) for o in whole.objects}
        return [found[uuid] for uuid in best if uuid in found]

    async def _scored(self, stems: list[str], within: _Filters, most: int) -> dict[UUID, float]:
        """Return the BM25 scores of the best *most* passages, by id."""
        found = await (await self._collection()).query.bm25(
            " ".join(stems),
            query_properties=_STEMS,
            limit=most,
            filters=within,
            return_metadata=MetadataQuery(score=True),
            return_properties=["number"],
        )
        return {o.uuid: o.metadata.score or 0.0 for o in found.objects}

    async def _by_meaning(
        self, asked: relevance.Question, within: _Filters, deep: int
    ) -> list[_Found]:
        near = await (await self._collection()).query.near_vector(
            asked.vector.tolist(),
            limit=deep,
            filters=within,
            include_vector=True,
            return_properties=_SHOWN,
        )
        return [_Found.read(o) for o in near.objects]

    async def _put(self, lot: Mapping[UUID, Article], gate: asyncio.Semaphore) -> int:
        """Index *lot*; return how many of it were not there in exactly this form."""
        async with gate:
            digests = await self._digests(lot)
            new = {i: a for i, a in lot.items() if digests.get(_chunk_id(i, 1)) != _digest(a)}
            if not new:
                return 0
            made = await asyncio.to_thread(_all_objects, new)
            replaced = await self._has_any(new)
            await self._insert([o for objects in made.values() for o in objects[1:]])
            if replaced:
                await self._delete(Filter.any_of([_beyond(i, len(o)) for i, o in made.items()]))
            await self._insert([objects[0] for objects in made.values()])
            self._shares = _Shares({}, 0.0)
            return len(new)

    async def _has_any(self, articles: Iterable[UUID]) -> bool:
        """Say whether any of *articles* has a chunk, be it from a write that was cut off."""
        named = Filter.by_property("article").contains_any([str(i) for i in articles])
        async with self._asking(QUERY_SECONDS):
            found = await (await self._collection()).query.fetch_objects(
                filters=named, limit=1, return_properties=["number"]
            )
        return bool(found.objects)

    async def _digests(self, lot: Mapping[UUID, Article]) -> dict[UUID, str]:
        """Return the digests of what of *lot* is there, by the id of the first chunk."""
        firsts = [_chunk_id(i, 1) for i in lot]
        async with self._asking(QUERY_SECONDS):
            found = await (await self._collection()).query.fetch_objects_by_ids(
                firsts, limit=len(firsts), return_properties=["digest"]
            )
        return {o.uuid: str(o.properties.get("digest")) for o in found.objects}

    async def _insert(self, objects: Sequence[_Object]) -> None:
        for n in range(0, len(objects), OBJECTS_AT_ONCE):
            async with self._asking(WRITE_SECONDS):
                made = await (await self._collection()).data.insert_many(
                    objects[n : n + OBJECTS_AT_ONCE]
                )
            if made.has_errors:
                raise Unavailable(
                    f"Weaviate at {self._url} refused {len(made.errors)} of"
                    f" {len(made.all_responses)} chunks: its log says why"
                )

    async def _delete(self, which: _Filters) -> None:
        while True:
            async with self._asking(WRITE_SECONDS):
                gone = await (await self._collection()).data.delete_many(which)
            if gone.failed:
                raise Unavailable(f"Weaviate at {self._url} did not delete {gone.failed} chunks")
            if gone.matches < MOST_FOUND:
                return

    async def _collection(self) -> _Collection:
        return (await self._client()).collections.use(self.collection)

    async def _client(self) -> weaviate.WeaviateAsyncClient:
        async with self._connecting:
            if self._connected is None:
                client = self._new_client()
                try:
                    await client.connect()
                except BaseException:
                    await client.close()
                    raise
                self._connected = client
            return self._connected

    def _new_client(self) -> weaviate.WeaviateAsyncClient:
        return weaviate.use_async_with_custom(
            http_host=self._http.host,
            http_port=self._http.port,
            http_secure=self._http.secure,
            grpc_host=self._grpc.host,
            grpc_port=self._grpc.port,
            grpc_secure=self._grpc.secure,
            auth_credentials=Auth.api_key(self._api_key) if self._api_key else None,
            additional_config=AdditionalConfig(
                timeout=Timeout(init=CONNECT_SECONDS, query=QUERY_SECONDS, insert=WRITE_SECONDS),
                grpc_config=GrpcConfig(
                    channel_options=[("grpc.max_reconnect_backoff_ms", _RECONNECT_MS)]
                ),
            ),
            skip_init_checks=True,  # one of them asks PyPI for news
        )

    @asynccontextmanager
    async def _asking(self, seconds: float) -> AsyncIterator[None]:
        """Give what is done inside *seconds*, and turn what the client raises into our errors."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except _OTHERS as error:
            raise self._ours(error) from None

    def _ours(self, error: Exception) -> Unavailable:
        if any(map(_is_refusal, _causes(error))):
            return Refused(
                f"Weaviate at {self._url} refuses the credentials:"
                " check TICKETSTREAM_WEAVIATE_API_KEY, and what its user may do"
            )
        if "could not find class" in str(error):
            return Unavailable(
                f"Weaviate at {self._url} has no collection {self.collection}:"
                " a worker that hosts retrieval makes and fills it"
            )
        return Unavailable(
            f"Weaviate at {self._url} does not answer ({type(error).__name__}): is it running and"
            " ready, and are TICKETSTREAM_WEAVIATE_URL and TICKETSTREAM_WEAVIATE_GRPC_URL right?"
        )


_EDITION = "Articles of ticketstream, edition "
_Collection = Any  # CollectionAsync, whose type parameters mypy cannot see through the client
_Object = DataObject[dict[str, Any], None]


@dataclass(frozen=True)
class _Address:
    host: str
    port: int
    secure: bool

    @classmethod
    def read(cls, url: str, default_port: int) -> _Address:
        """Return the address that *url* has, or raise ConfigurationError."""
        try:
            parts = urlsplit(url)
            port = parts.port or default_port
        except ValueError:
            parts, port = urlsplit(""), 0
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError("an address of Weaviate is not http://host:port")
        return cls(parts.hostname, port, parts.scheme == "https")

    def with_port(self, port: int) -> _Address:
        return _Address(self.host, port, self.secure)


@dataclass(frozen=True)
class _Shares:
    """The share of passages that have each stem, and until when that is taken to be so."""

    shares: Mapping[str, float]
    until: float  # monotonic, in seconds

    @classmethod
    def counted(cls, passages: Sequence[Mapping[str, Any]]) -> _Shares:
        """
        Return what the stems of *passages* say.

        They are those with the lowest ids, which are hashes, so a random sample.
        """
        fields = [Counter[str](), Counter[str]()]
        for passage in passages:
            for counts, name in zip(fields, _STEMS, strict=True):
                counts.update(set(str(passage.get(name) or "").split()))
        most = fields[0] | fields[1]
        shares = {stem: ranking.share(count, len(passages)) for stem, count in most.items()}
        return cls(shares, monotonic() + SAMPLE_SECONDS)

    def share(self, stem: str) -> float:
        return self.shares.get(stem, 0.0)


@dataclass(frozen=True)
class _Found:
    """A passage as Weaviate returned it; its score is still missing."""

    uuid: UUID
    passage: Passage
    vector: Sequence[float]

    @classmethod
    def read(cls, found: Any) -> _Found:
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
        return cls(found.uuid, passage, found.vector["default"])

    def scored(self, score: float) -> Passage:
        """Return the passage with its score."""
        return self.passage.model_copy(update={"score": score})

    @property
    def told(self) -> tuple[str, str, str]:
        """Return the doc_id, the title and the text."""
        return self.passage.doc_id, self.passage.title, self.passage.text


_read = lru_cache(maxsize=CACHED_TEXTS)(relevance.read)


def _properties() -> list[Property]:
    """Return the properties of an object: some to filter by, some to search, the rest to show."""
    text, integer, field, words = (
        DataType.TEXT,
        DataType.INT,
        Tokenization.FIELD,
        Tokenization.WHITESPACE,
    )

    def filtered(name: str, kind: DataType, ranges: bool = False) -> Property:
        return Property(
            name=name,
            data_type=kind,
            index_filterable=True,
            index_range_filters=ranges or None,
            index_searchable=False if kind is text else None,
            tokenization=field if kind is text else None,
        )

    def kept(name: str, searched: bool = False) -> Property:
        return Property(
            name=name,
            data_type=text,
            index_filterable=False,
            index_searchable=searched,
            tokenization=words if searched else field,
        )

    return [
        filtered("article", text),  # the id of tenant and doc_id
        filtered("doc_id", text),
        filtered("readers", text),  # audience and tenant
        filtered("number", integer, ranges=True),
        filtered("expires", integer, ranges=True),
        *(kept(name, searched=True) for name in _STEMS),
        *(kept(name) for name in ("title", "url", "text", "digest")),
    ]


def _all_objects(articles: Mapping[UUID, Article]) -> dict[UUID, list[_Object]]:
    return {i: list(_objects(i, article)) for i, article in articles.items()}


def _objects(article_id: UUID, article: Article) -> Iterator[_Object]:
    """Yield an object for each chunk of *article*; of an article without text, one never found."""
    made = chunks(article)
    common = {
        "article": str(article_id),
        "doc_id": article.doc_id,
        "readers": _readers(article.tenant, article.audience),
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
            "title_stems": title_stems,
            "text_stems": " ".join(stems(chunk.text)),
        }
        vector = embedding.vector(relevance.whole(article.title, chunk.text)).tolist()
        yield DataObject(properties, _chunk_id(article_id, number), vector)


def _article_id(tenant: str, doc_id: str) -> UUID:
    return uuid5(NAMESPACE_URL, json.dumps([tenant, doc_id]))


def _chunk_id(article_id: UUID, number: int) -> UUID:
    return uuid5(article_id, str(number))


def collection_name(prefix: str = "") -> str:
    """
    Return the name of the collection, `TicketstreamKb1WordllamaL2256` without a *prefix*.

    A prefix comes last, its characters that such a name cannot have as their code in hex.
    """
    own = re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", prefix)
    name = f"TicketstreamKb{SCHEMA}" + embedding.VERSION.title().replace("-", "")
    return f"{name}_{own}" if own else name


def _lots(doc_ids: Sequence[str]) -> list[Sequence[str]]:
    return [doc_ids[n : n + ARTICLES_AT_ONCE] for n in range(0, len(doc_ids), ARTICLES_AT_ONCE)]


def _digest(article: Article) -> str:
    return hashlib.sha256(article.model_dump_json().encode()).hexdigest()


def _readers(tenant: str, audience: str) -> str:
    """Return who may read, in brackets, for Weaviate would not tell "a" from "a "."""
    return json.dumps([audience, tenant])


def _within(scope: Scope) -> _Filters:
    """Return what lets through what *scope* may read."""
    readers = [_readers(scope.tenant, audience) for audience in ranking.audiences(scope)]
    return Filter.by_property("readers").contains_any(readers) & Filter.by_property(
        "expires"
    ).greater_than(int(scope.now.timestamp()))


def _beyond(article_id: UUID, number: int) -> _Filters:
    """Return what lets through the chunks of an article after *number*."""
    own = Filter.by_property("article").equal(str(article_id))
    return own & Filter.by_property("number").greater_than(number)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what it came from: the client keeps a status there."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _is_refusal(error: BaseException) -> bool:
    if isinstance(error, UnexpectedStatusCodeError):
        return error.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in _REFUSED
    return isinstance(error, AuthenticationFailedError)
