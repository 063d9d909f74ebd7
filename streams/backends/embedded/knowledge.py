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
from typing import Self

from schemas import Article, Passage
from streams.backends.embedded.passage_rows import PassageRows
from streams.backends.embedded.word_index import WordIndex
from streams.evidence import ranking, relevance
from streams.evidence.chunking import chunks
from streams.evidence.explanation import Why, why
from streams.ports import Scope


class EmbeddedKnowledge:
    """A knowledge base in memory, with the same answers as any other."""

    name = "embedded"

    def __init__(self) -> None:
        self._rows = PassageRows()
        self._words = WordIndex()
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
