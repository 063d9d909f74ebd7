"""The articles that are loaded while Weaviate dies."""

from __future__ import annotations

from pathlib import Path

from bench.chaos.scenarios.knowledge import ARTICLES, _write_articles
from schemas import Article
from streams.knowledge.article_files import articles_in


def test_each_is_an_article(tmp_path: Path) -> None:
    """
    All of them can be loaded: a broken one would end the run.
    """
    _write_articles(tmp_path)

    found = list(articles_in(tmp_path))

    assert all(isinstance(one, Article) for one in found)
    assert len({one.doc_id for one in found if isinstance(one, Article)}) == ARTICLES
