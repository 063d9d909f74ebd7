"""
The embedded knowledge base: tantivy (BM25) and WordLlama vectors, in this process's memory.

Both find candidates within the scope. Their order is that of BM25 and that of the score of
`relevance.py`, in which the vectors have their part, joined by reciprocal rank fusion
(Cormack, Clarke and Buettcher, SIGIR 2009): on public data this puts the right article first
more often than BM25 fused with the vectors' own order (bench/quality/retrieval.py).
Title and text are fields of their own, so a word of the short title counts for more.
Nothing is written to disk: `indexer.py` fills it from Kafka at every start.

Articles are cut, embedded and indexed off the event loop, a lot at a time. A search sees all of
a lot or nothing of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Self

from schemas import Article, Passage
from streams.backends.embedded.passage_rows import PassageRows
from streams.backends.embedded.word_index import WordIndex
from streams.evidence import ranking, relevance
from streams.evidence.chunking import chunks
from streams.evidence.explanation import Why, why
from streams.off_loop import index_off_loop, off_loop
from streams.ports import Scope
from streams.text.embedding import load_embedding

LOT_CHARACTERS = 500_000
"""Characters of bodies that are indexed together. More are indexed faster, and found later."""
LARGE = 10_000
"""Passages from which a search takes milliseconds, and so leaves the event loop."""


class EmbeddedKnowledge:
    """A knowledge base in memory, with the same answers as any other."""

    name = "embedded"

    def __init__(self) -> None:
        self._rows = PassageRows()
        self._words = WordIndex()
        self._articles: dict[str, dict[str, _Indexed]] = {}
        self._showing = Lock()
        """Held while a search ranks, and while what was indexed takes the place of the old."""

    async def __aenter__(self) -> Self:
        """Return it, ready to embed: there is nothing to connect to."""
        await off_loop(load_embedding)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep everything, for there is nothing to close."""

    def __len__(self) -> int:
        """Return the number of articles, internal and expired ones included."""
        return sum(map(len, self._articles.values()))

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Return at most *limit* passages within *scope*, best first. Never raises."""
        if len(self._rows) < LARGE:
            return self._searched(query, limit, scope)
        return await off_loop(self._searched, query, limit, scope)

    async def explain(
        self, query: str, *, limit: int, scope: Scope
    ) -> tuple[tuple[Passage, Why], ...]:
        """Return what `search` does, each passage with why it was found."""
        return await off_loop(self._explained, query, limit, scope)

    async def put(self, articles: Sequence[Article]) -> int:
        """Index *articles*; see the port. Each is whole, and found when all of its lot are."""
        changed = 0
        for lot in _lots(articles):
            changed += await index_off_loop(self._put, lot)
        return changed

    async def remove(self, doc_ids: Sequence[str]) -> int:
        """Remove the articles with these ids, in every tenant. Returns how many there were."""
        return await index_off_loop(self._remove, doc_ids)

    def share(self, stem: str) -> float:
        """Return the share of passages, 0 to 1, that have *stem*; near 0 if there are few."""
        return self._words.share(stem)

    async def ping(self) -> None:
        """Return: what is in memory cannot be away."""

    # What follows may run in another thread than the loop's; one at a time puts or removes.

    def _searched(self, query: str, limit: int, scope: Scope) -> tuple[Passage, ...]:
        with self._showing:
            found = self._found(query, limit, scope)
            best = found.best(limit, self._rows.told)
            return tuple(self._rows[row].passage(found.scores[row]) for row in best)

    def _explained(self, query: str, limit: int, scope: Scope) -> tuple[tuple[Passage, Why], ...]:
        with self._showing:
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

    def _scores(self, asked: relevance.WeighedQuestion, rows: list[int]) -> dict[int, float]:
        """Return the score of each of *rows*, in the order of *rows*."""
        texts = [self._rows[row].text for row in rows]
        scores = relevance.scores(asked, texts, self._rows.vectors[rows])
        return dict(zip(rows, scores, strict=True))

    def _put(self, lot: Sequence[Article]) -> int:
        """Index *lot*, then show it; return how many were not there in just this form."""
        latest = {(article.tenant, article.doc_id): article for article in lot}
        digests = {key: _digest(article) for key, article in latest.items()}
        new = {key: one for key, one in latest.items() if not self._has(*key, digests[key])}
        made = {key: chunks(article) for key, article in new.items()}
        rows = {key: self._rows.add(article, made[key]) for key, article in new.items()}
        for key, article in new.items():
            self._words.drop(*key)
            self._words.add(article, made[key], rows[key])
        if new:
            searcher = self._words.committed()
            with self._showing:
                self._words.show(searcher)
                for key, article in new.items():
                    self._forget(*key)
                    self._rows.show(article, rows[key])
                    indexed = _Indexed(digests[key], rows[key])
                    self._articles.setdefault(article.doc_id, {})[article.tenant] = indexed
        return len(new)

    def _remove(self, doc_ids: Sequence[str]) -> int:
        found = [
            (tenant, i) for i in dict.fromkeys(doc_ids) for tenant in self._articles.get(i, ())
        ]
        if found:
            for tenant, doc_id in found:
                self._words.drop(tenant, doc_id)
            searcher = self._words.committed()
            with self._showing:
                self._words.show(searcher)
                for tenant, doc_id in found:
                    self._forget(tenant, doc_id)
        return len(found)

    def _has(self, tenant: str, doc_id: str, digest: bytes) -> bool:
        there = self._articles.get(doc_id, {}).get(tenant)
        return there is not None and there.digest == digest

    def _forget(self, tenant: str, doc_id: str) -> None:
        """Free the rows of an article, if it is there."""
        there = self._articles.get(doc_id, {}).pop(tenant, None)
        if there:
            self._rows.drop(there.rows)
            if not self._articles[doc_id]:
                del self._articles[doc_id]


@dataclass(frozen=True)
class _Indexed:
    digest: bytes
    rows: list[int]


def _digest(article: Article) -> bytes:
    return hashlib.sha256(article.model_dump_json().encode()).digest()


def _lots(articles: Sequence[Article]) -> Iterator[list[Article]]:
    """Yield *articles* in lots of about LOT_CHARACTERS, one article at least."""
    lot: list[Article] = []
    size = 0
    for article in articles:
        if lot and size + len(article.body) > LOT_CHARACTERS:
            yield lot
            lot, size = [], 0
        lot.append(article)
        size += len(article.body)
    if lot:
        yield lot
