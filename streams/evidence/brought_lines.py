"""
What a passage brings beside its text: lines, and which version of the article they are of.

A knowledge base keeps it as one JSON text for each chunk: a small one, while lines as objects take
several times as much memory. The passages that are found again and again are read once.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas import Article, Line, Passage
from streams.evidence.chunking import Chunk

CACHED_PASSAGES_READ = 4_096
"""Passages whose lines are kept as objects, some 8 kB each."""


class BroughtLines(BaseModel):
    """The fields of a passage that a search needs for nothing but to return them."""

    model_config = ConfigDict(frozen=True)

    lines: tuple[Line, ...] = ()
    text_hash: str = ""
    updated_at: datetime | None = None
    locale: str | None = None

    def with_passage(self, passage: Passage, **more: Any) -> Passage:
        """Return *passage* with these, and *more* fields. All are of the right types already."""
        return passage.model_copy(update={**dict(self), **more})


def kept_lines(article: Article, chunk: Chunk) -> str:
    """Return what a passage of *chunk*, which is of *article*, brings, as JSON."""
    brought = BroughtLines(
        lines=chunk.lines,
        text_hash=chunk.text_hash,
        updated_at=article.updated_at,
        locale=article.locale,
    )
    return brought.model_dump_json(exclude_defaults=True)


@lru_cache(maxsize=CACHED_PASSAGES_READ)
def read_lines(kept: str) -> BroughtLines:
    """Return what `kept_lines` made *kept* of."""
    return BroughtLines.model_validate_json(kept)
