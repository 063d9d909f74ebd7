"""The passages in this process's memory: their vectors, and who may read them until when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from schemas import Article, Passage
from streams.evidence import ranking, relevance
from streams.evidence.brought_lines import CACHED_PASSAGES_READ, kept_lines, read_lines
from streams.evidence.chunking import Chunk
from streams.ports import Scope
from streams.text.embedding import DIMENSIONS, Vector, cosines, embed


@dataclass(frozen=True, eq=False)
class PassageRow:
    """A passage that can be found."""

    article: Article
    chunk_id: str
    shown: str
    kept: str
    """Its lines, as `brought_lines.py` keeps them."""
    text: relevance.Comparable

    def passage(self, score: float) -> Passage:
        """Return what a search returns of it."""
        return _passage(self).model_copy(update={"score": score})


@lru_cache(maxsize=CACHED_PASSAGES_READ)
def _passage(row: PassageRow) -> Passage:
    passage = Passage(
        doc_id=row.article.doc_id,
        chunk_id=row.chunk_id,
        title=row.article.title,
        url=row.article.url,
        text=row.shown,
        score=0,
    )
    return read_lines(row.kept).with_passage(passage)


class PassageRows:
    """The passages by number, their vectors, and who may see them until when."""

    def __init__(self) -> None:
        self.vectors = np.zeros((64, DIMENSIONS), dtype=np.float32)
        self._expires = np.zeros(64, dtype=np.float64)  # seconds since 1970; 0 is a free row
        self._readers = np.zeros(64, dtype=np.int32)
        self._numbers: dict[str, int] = {}
        self._rows: list[PassageRow | None] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        """Return the number of rows, free ones included."""
        return len(self._rows)

    def __getitem__(self, row: int) -> PassageRow:
        found = self._rows[row]
        assert found is not None, "a ranking named a free row"  # noqa: S101
        return found

    def add(self, article: Article, made: list[Chunk]) -> list[int]:
        """Take up *made*, the chunks of *article*; return their rows, which nothing finds yet."""
        rows = [self._free.pop() if self._free else self._new() for _ in made]
        self.vectors[rows] = embed([relevance.whole(article.title, c.text) for c in made])
        own = readers_key(article.tenant, article.audience)
        self._readers[rows] = self._numbers.setdefault(own, len(self._numbers))
        for row, chunk in zip(rows, made, strict=True):
            self._rows[row] = PassageRow(
                article=article,
                chunk_id=chunk.chunk_id,
                shown=chunk.text,
                kept=kept_lines(article, chunk),
                text=relevance.comparable(article.title, chunk.text),
            )
        return rows

    def show(self, article: Article, rows: list[int]) -> None:
        """Let *rows*, all of *article*, be found until it expires."""
        self._expires[rows] = ranking.expires(article)

    def drop(self, rows: list[int]) -> None:
        """Free *rows*, which nothing finds any more."""
        for row in rows:
            self._rows[row] = None
        self._expires[rows] = 0
        self._free += reversed(rows)

    def ranked(self, vector: Vector, scope: Scope, limit: int) -> list[int]:
        """Return the rows within *scope* whose vectors are nearest, nearest first."""
        n = len(self._rows)
        is_readable = np.zeros(n, dtype=np.bool_)
        for reader in readable(scope):
            is_readable |= self._readers[:n] == self._numbers.get(reader, -1)
        rows = np.flatnonzero(is_readable & (self._expires[:n] > scope.now.timestamp()))
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
        return found.article.doc_id, found.article.title, found.shown

    def _new(self) -> int:
        if len(self._rows) == len(self.vectors):
            self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
            self._expires = np.concatenate([self._expires, np.zeros_like(self._expires)])
            self._readers = np.concatenate([self._readers, np.zeros_like(self._readers)])
        self._rows.append(None)  # last: who ranks meanwhile takes as many rows as are there
        return len(self._rows) - 1


def readers_key(tenant: str, audience: str) -> str:
    """Return who may read: an audience of a tenant."""
    return f"{audience}\n{tenant}"


def readable(scope: Scope) -> list[str]:
    """Return who *scope* may read as."""
    return [readers_key(scope.tenant, audience) for audience in ranking.audiences(scope)]
