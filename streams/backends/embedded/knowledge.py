"""
The embedded knowledge base: tantivy (BM25) and WordLlama vectors, in this process's memory.

Both find candidates within the scope. Their order is that of BM25 and that of the score of
`relevance.py`, in which the vectors have their part, joined by reciprocal rank fusion
(Cormack, Clarke and Buettcher, SIGIR 2009): on public data this puts the right article first
more often than BM25 fused with the vectors' own order (bench/retrieval_quality.py).
Title and text are fields of their own, so a word of the short title counts for more.
Nothing is written to disk: `indexer.py` fills it from Kafka at every start.

One event loop uses it. Nothing here waits, except that `put` lets others in between articles.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import tantivy

from schemas import Article, Passage
from streams.evidence import ranking, relevance
from streams.evidence.chunking import Chunk, chunks
from streams.evidence.explanation import Why, why
from streams.ports import Scope
from streams.text.embedding import DIMENSIONS, Vector, cosines, embed
from streams.text.words import CACHED_WORDS, analyzer

_CACHED_SCOPES = 64  # a second of as many tenants
_WRITER_BYTES = 15_000_000  # the least that tantivy takes


class EmbeddedKnowledge:
    """A knowledge base in memory, with the same answers as any other."""

    name = "embedded"

    def __init__(self) -> None:
        self._rows = _Rows()
        self._words = _Words()
        self._articles: dict[str, dict[str, _Indexed]] = {}

    async def __aenter__(self) -> Self:
        """Return it: there is nothing to connect to."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep everything, for there is nothing to close."""

    def __len__(self) -> int:
        """Return the number of articles, internal and expired ones included."""
        return sum(map(len, self._articles.values()))

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Return at most *limit* passages within *scope*, best first. Never raises."""
        found = self._found(query, limit, scope)
        best = found.best(limit, self._rows.told)
        return tuple(self._rows[row].passage(found.scores[row]) for row in best)

    async def explain(
        self, query: str, *, limit: int, scope: Scope
    ) -> tuple[tuple[Passage, Why], ...]:
        """Return what `search` does, each passage with why it was found."""
        found = self._found(query, limit, scope)
        best = {
            row: self._rows[row].passage(found.scores[row])
            for row in found.best(limit, self._rows.told)
        }
        return tuple(
            (passage, why(query, passage, found.places(row), self.share))
            for row, passage in best.items()
        )

    def _found(self, query: str, limit: int, scope: Scope) -> ranking.Rankings[int]:
        asked = relevance.question(query, self.share)
        if limit < 1 or not asked.weights:
            return ranking.Rankings((), (), {})
        deep = ranking.depth(limit)
        by_words = self._words.ranked(asked.weights, scope, deep)
        by_meaning = self._rows.ranked(asked.vector, scope, deep)
        scores = self._scores(asked, [*dict.fromkeys(by_words + by_meaning)])
        return ranking.Rankings(by_words, by_meaning, scores)

    async def put(self, articles: Sequence[Article]) -> int:
        """Index *articles*; see the port. One article after the other, each whole."""
        changed = 0
        for article in articles:
            changed += self._put(article)
            await asyncio.sleep(0)
        return changed

    async def remove(self, doc_ids: Sequence[str]) -> int:
        """Remove the articles with these ids, in every tenant. Returns how many there were."""
        found = [(tenant, i) for i in doc_ids for tenant in self._articles.get(i, ())]
        for tenant, doc_id in found:
            self._drop(tenant, doc_id)
        return len(found)

    def share(self, stem: str) -> float:
        """Return the share of passages, 0 to 1, that have *stem*; near 0 if there are few."""
        return self._words.share(stem)

    async def ping(self) -> None:
        """Return: what is in memory cannot be away."""

    def _scores(self, asked: relevance.Question, rows: list[int]) -> dict[int, float]:
        """Return the score of each of *rows*, in the order of *rows*."""
        texts = [self._rows[row].text for row in rows]
        scores = relevance.scores(asked, texts, self._rows.vectors[rows])
        return dict(zip(rows, scores, strict=True))

    def _put(self, article: Article) -> bool:
        digest = hashlib.sha256(article.model_dump_json().encode()).digest()
        there = self._articles.get(article.doc_id, {}).get(article.tenant)
        if there and there.digest == digest:
            return False
        self._drop(article.tenant, article.doc_id)
        made = chunks(article)
        rows = self._rows.add(article, made)
        self._words.add(article, made, rows)
        self._articles.setdefault(article.doc_id, {})[article.tenant] = _Indexed(digest, rows)
        return True

    def _drop(self, tenant: str, doc_id: str) -> None:
        there = self._articles.get(doc_id, {}).pop(tenant, None)
        if there:
            self._rows.drop(there.rows)
            self._words.drop(tenant, doc_id)
            if not self._articles[doc_id]:
                del self._articles[doc_id]


@dataclass(frozen=True)
class _Indexed:
    digest: bytes
    rows: list[int]


@dataclass(frozen=True)
class _Row:
    """A passage that can be found."""

    article: Article
    chunk: Chunk
    text: relevance.Text

    def passage(self, score: float) -> Passage:
        return Passage(
            doc_id=self.article.doc_id,
            chunk_id=self.chunk.chunk_id,
            title=self.article.title,
            url=self.article.url,
            text=self.chunk.text,
            score=score,
        )


class _Rows:
    """The passages by number, their vectors, and who may see them until when."""

    def __init__(self) -> None:
        self.vectors = np.zeros((64, DIMENSIONS), dtype=np.float32)
        self._expires = np.zeros(64, dtype=np.float64)  # seconds since 1970; 0 is a free row
        self._readers = np.zeros(64, dtype=np.int32)
        self._numbers: dict[str, int] = {}
        self._rows: list[_Row | None] = []
        self._free: list[int] = []

    def __getitem__(self, row: int) -> _Row:
        found = self._rows[row]
        assert found is not None, "a ranking named a free row"  # noqa: S101
        return found

    def add(self, article: Article, made: list[Chunk]) -> list[int]:
        """Take up *made*, the chunks of *article*; return their rows."""
        rows = [self._free.pop() if self._free else self._new() for _ in made]
        self.vectors[rows] = embed([relevance.whole(article.title, c.text) for c in made])
        self._expires[rows] = ranking.expires(article)
        readers = _readers(article.tenant, article.audience)
        self._readers[rows] = self._numbers.setdefault(readers, len(self._numbers))
        for row, chunk in zip(rows, made, strict=True):
            self._rows[row] = _Row(article, chunk, relevance.read(article.title, chunk.text))
        return rows

    def drop(self, rows: list[int]) -> None:
        for row in rows:
            self._rows[row] = None
        self._expires[rows] = 0
        self._free += reversed(rows)

    def ranked(self, vector: Vector, scope: Scope, limit: int) -> list[int]:
        """Return the rows within *scope* whose vectors are nearest, nearest first."""
        n = len(self._rows)
        readable = np.zeros(n, dtype=np.bool_)
        for reader in _readable(scope):
            readable |= self._readers[:n] == self._numbers.get(reader, -1)
        rows = np.flatnonzero(readable & (self._expires[:n] > scope.now.timestamp()))
        all_seen = len(rows) == n
        near = cosines(self.vectors[:n] if all_seen else self.vectors[rows], vector)
        if len(rows) > limit:
            best = np.argpartition(-near, limit)[:limit]
            rows, near = rows[best], near[best]
        order: list[int] = rows[np.lexsort((rows, -near))].tolist()
        return order

    def told(self, row: int) -> tuple[str, str, str]:
        """Return the doc_id, the title and the text of *row*."""
        found = self[row]
        return found.article.doc_id, found.article.title, found.chunk.text

    def _new(self) -> int:
        self._rows.append(None)
        if len(self._rows) > len(self.vectors):
            self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
            self._expires = np.concatenate([self._expires, np.zeros_like(self._expires)])
            self._readers = np.concatenate([self._readers, np.zeros_like(self._readers)])
        return len(self._rows) - 1


_Clause = tuple[tantivy.Occur, tantivy.Query]


@dataclass(frozen=True)
class _Terms:
    """A stem in the index: the share of passages that have it, and what searches for it."""

    share: float
    queries: tuple[_Clause, ...]  # for each field in which it stands at all


class _Words:
    """The tantivy index: BM25 over title and text. What was added is found at once."""

    def __init__(self) -> None:
        self._schema = (
            tantivy.SchemaBuilder()
            .add_text_field("title", tokenizer_name="stems", index_option="freq")
            .add_text_field("text", tokenizer_name="stems", index_option="freq")
            .add_text_field("key", tokenizer_name="raw", index_option="basic")
            .add_text_field("readers", tokenizer_name="raw", index_option="basic")
            .add_integer_field("expires", indexed=True, fast=True)
            .add_unsigned_field("row", fast=True)
            .build()
        )
        self._index = tantivy.Index(self._schema)
        self._index.register_tokenizer("stems", analyzer())
        self._writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        self._searcher = self._index.searcher()
        self._changed = False
        self._terms = lru_cache(maxsize=CACHED_WORDS)(self._new_terms)
        self._within = lru_cache(maxsize=_CACHED_SCOPES)(self._new_within)

    def add(self, article: Article, made: list[Chunk], rows: list[int]) -> None:
        for chunk, row in zip(made, rows, strict=True):
            document = tantivy.Document()
            document.add_text("title", article.title)
            document.add_text("text", chunk.text)
            document.add_text("key", _key(article.tenant, article.doc_id))
            document.add_text("readers", _readers(article.tenant, article.audience))
            document.add_integer("expires", ranking.expires(article))
            document.add_unsigned("row", row)
            self._writer.add_document(document)
        self._change()

    def drop(self, tenant: str, doc_id: str) -> None:
        self._writer.delete_documents_by_term("key", _key(tenant, doc_id))
        self._change()

    def share(self, stem: str) -> float:
        """See EmbeddedKnowledge.share."""
        return self._terms(stem).share

    def ranked(self, weights: dict[str, float], scope: Scope, limit: int) -> list[int]:
        """Return the rows within *scope* with the stems of *weights*, best BM25 first."""
        words = [query for stem in ranking.searched(weights) for query in self._terms(stem).queries]
        if not words:
            return []
        searcher = self._current()
        hits = searcher.search(self._query(words, scope), limit, count=False).hits
        rows = searcher.fast_field_values("row", [address for _, address in hits])
        found = sorted((-points, row) for (points, _), row in zip(hits, rows, strict=True))
        return [row for _, row in found]

    def _query(self, words: list[_Clause], scope: Scope) -> tantivy.Query:
        within = self._within(tuple(_readable(scope)), int(scope.now.timestamp()))
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, tantivy.Query.boolean_query(words)), *within]
        )

    def _new_within(self, readers: tuple[str, ...], second: int) -> list[_Clause]:
        """Return what lets through, and scores 0, what *readers* may read in that second."""
        query, must, should = tantivy.Query, tantivy.Occur.Must, tantivy.Occur.Should
        readable = query.boolean_query(
            [
                (should, query.term_query(self._schema, "readers", reader, "basic"))
                for reader in readers
            ]
        )
        valid = query.range_query(
            self._schema,
            "expires",
            tantivy.FieldType.Integer,
            lower_bound=second,
            include_lower=False,
        )
        return [(must, query.const_score_query(one, 0.0)) for one in (readable, valid)]

    def _new_terms(self, stem: str) -> _Terms:
        searcher = self._current()
        there = {field: searcher.doc_freq(field, stem) for field in ("title", "text")}
        return _Terms(
            share=ranking.share(max(there.values()), searcher.num_docs),
            queries=tuple(
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, stem, "freq"))
                for field, passages in there.items()
                if passages
            ),
        )

    def _change(self) -> None:
        self._changed = True
        self._terms.cache_clear()

    def _current(self) -> tantivy.Searcher:
        if self._changed:
            self._writer.commit()
            self._index.reload()
            self._searcher = self._index.searcher()
            self._changed = False
        return self._searcher


def _key(tenant: str, doc_id: str) -> str:
    return f"{doc_id}\n{tenant}"


def _readers(tenant: str, audience: str) -> str:
    return f"{audience}\n{tenant}"


def _readable(scope: Scope) -> list[str]:
    """Return who *scope* may read as."""
    return [_readers(scope.tenant, audience) for audience in ranking.audiences(scope)]
