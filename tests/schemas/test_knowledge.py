"""What an article says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas import Article


@pytest.mark.parametrize(
    ("until", "moment"),
    [
        (None, None),
        ("2026-11-30", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-11-30T10:00:00", datetime(2026, 11, 30, 10, tzinfo=UTC)),
        ("2026-11-30T00:00:00Z", datetime(2026, 11, 30, tzinfo=UTC)),
        ("2026-11-30T12:00:00+02:00", datetime(2026, 11, 30, 10, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 31, tzinfo=UTC)),
    ],
)
def test_when_an_article_expires(until: str | None, moment: datetime | None) -> None:
    """
    A date without a time counts to its end; without a zone it is UTC.
    """
    article = Article.model_validate(
        {"doc_id": "A", "title": "T", "url": "", "body": "B", "valid_until": until}
    )

    assert article.expires_at == moment


def test_an_article_without_an_address() -> None:
    """
    An export may say null where readers find an article nowhere.
    """
    assert Article.model_validate({"doc_id": "A", "title": "A", "body": "A", "url": None}).url == ""
