"""The tantivy index in this process's memory: BM25 over titles and texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import tantivy

from schemas import Article
from streams.backends.embedded.passage_rows import readable, readers_key
from streams.evidence import ranking
from streams.evidence.chunking import Chunk
from streams.ports import Scope
from streams.text.words import CACHED_WORDS, analyzer

_CACHED_SCOPES = 64  # a second of as many tenants
_WRITER_BYTES = 15_000_000  # the least that tantivy takes

_Clause = tuple[tantivy.Occur, tantivy.Query]


@dataclass(frozen=True)
class _Terms:
    """A stem in the index: the share of passages that have it, and what searches for it."""

    share: float
    queries: tuple[_Clause, ...]  # for each field in which it stands at all


class WordIndex:
    """The tantivy index: BM25 over title and text. What was added is found once it is shown."""

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
        # By default a thread of tantivy's reloads at each commit, too, and ours then waits 100 ms
        # for its lock, four times out of five.
        self._index.config_reader(reload_policy="manual")
        self._writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        self._searcher = self._index.searcher()
        self._terms = lru_cache(maxsize=CACHED_WORDS)(self._new_terms)
        self._within = lru_cache(maxsize=_CACHED_SCOPES)(self._new_within)

    def add(self, article: Article, made: list[Chunk], rows: list[int]) -> None:
        """Index *made*, the chunks of *article*, which stand in *rows*."""
        for chunk, row in zip(made, rows, strict=True):
            document = tantivy.Document()
            document.add_text("title", article.title)
            document.add_text("text", chunk.text)
            document.add_text("key", _key(article.tenant, article.doc_id))
            document.add_text("readers", readers_key(article.tenant, article.audience))
            document.add_integer("expires", ranking.expires(article))
            document.add_unsigned("row", row)
            self._writer.add_document(document)

    def drop(self, tenant: str, doc_id: str) -> None:
        """Take an article out."""
        self._writer.delete_documents_by_term("key", _key(tenant, doc_id))

    def committed(self) -> tantivy.Searcher:
        """Return what finds all that was added, and nothing that was dropped. Takes a while."""
        self._writer.commit()
        self._index.reload()
        return self._index.searcher()

    def show(self, searcher: tantivy.Searcher) -> None:
        """Search by *searcher* from now on."""
        self._searcher = searcher
        self._terms.cache_clear()

    def share(self, stem: str) -> float:
        """See EmbeddedKnowledge.share."""
        return self._terms(stem).share

    def ranked(self, weights: dict[str, float], scope: Scope, limit: int) -> list[int]:
        """Return the rows within *scope* with the stems of *weights*, best BM25 first."""
        words = [
            query
            for stem in ranking.stems_to_search(weights)
            for query in self._terms(stem).queries
        ]
        if not words:
            return []
        searcher = self._searcher
        hits = searcher.search(self._query(words, scope), limit, count=False).hits
        rows = searcher.fast_field_values("row", [address for _, address in hits])
        found = sorted((-points, row) for (points, _), row in zip(hits, rows, strict=True))
        return [row for _, row in found]

    def _query(self, words: list[_Clause], scope: Scope) -> tantivy.Query:
        within = self._within(tuple(readable(scope)), int(scope.now.timestamp()))
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, tantivy.Query.boolean_query(words)), *within]
        )

    def _new_within(self, who: tuple[str, ...], second: int) -> list[_Clause]:
        """Return what lets through, and scores 0, what *who* may read in that second."""
        query, must, should = tantivy.Query, tantivy.Occur.Must, tantivy.Occur.Should
        is_readable = query.boolean_query(
            [(should, query.term_query(self._schema, "readers", reader, "basic")) for reader in who]
        )
        valid = query.range_query(
            self._schema,
            "expires",
            tantivy.FieldType.Integer,
            lower_bound=second,
            include_lower=False,
        )
        return [(must, query.const_score_query(one, 0.0)) for one in (is_readable, valid)]

    def _new_terms(self, stem: str) -> _Terms:
        searcher = self._searcher
        there = {field: searcher.doc_freq(field, stem) for field in ("title", "text")}
        return _Terms(
            share=ranking.share_with_stem(max(there.values()), searcher.num_docs),
            queries=tuple(
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, stem, "freq"))
                for field, passages in there.items()
                if passages
            ),
        )


def _key(tenant: str, doc_id: str) -> str:
    return f"{doc_id}\n{tenant}"
