"""Articles by their lines, for tests: what a line needs, by what the lines say."""

from __future__ import annotations

from typing import Any

from schemas import Article, Line
from streams.evidence.article_lines import LinedArticle, article_lines


def lined(body: str, **more: Any) -> LinedArticle:
    """Return the lines of an English article with *body*, unless told otherwise."""
    fields = {"doc_id": "KB-1", "title": "Title", "body": body, "locale": "en", **more}
    return article_lines(Article.model_validate(fields))


def told(body: str, **more: Any) -> list[tuple[str, str]]:
    """Return the kind and the text of each line."""
    return [(line.kind, line.text) for line in lined(body, **more).lines]


def the_line(article: LinedArticle, begins: str) -> Line:
    """Return the one line of *article* that begins so."""
    (found,) = (line for line in article.lines if line.text.startswith(begins))
    return found


def needed(article: LinedArticle, begins: str) -> list[str]:
    """Return the texts of the lines that the line needs that begins so, in order."""
    return [article.lines[n - 1].text for n in the_line(article, begins).needs]


def with_all(article: LinedArticle, begins: str) -> list[str]:
    """Return the texts of that line and of all that it needs, in order."""
    return [article.lines[n - 1].text for n in sorted(article.whole([the_line(article, begins).n]))]
