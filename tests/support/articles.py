"""What is read of files of articles, for tests of their forms."""

from __future__ import annotations

from pathlib import Path

from schemas import Article
from streams.knowledge.article_files import Broken, articles_in


def good(path: Path) -> list[Article]:
    """Return the articles at *path*, all of which can be read."""
    found = list(articles_in(path))
    assert not [str(f) for f in found if isinstance(f, Broken)]
    return [f for f in found if isinstance(f, Article)]


def broken(path: Path) -> list[str]:
    """Return what is said about what cannot be read at *path*."""
    return [str(f) for f in articles_in(path) if isinstance(f, Broken)]
