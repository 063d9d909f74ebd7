"""The index of words: what it finds for whom, and from when on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas import Article
from streams.backends.embedded.word_index import WordIndex
from streams.evidence.chunking import chunks
from streams.ports import Scope

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SCOPE = Scope("default", NOW)


def article(doc_id: str, body: str, title: str = "Title", **more: Any) -> Article:
    """Return an article."""
    return Article(doc_id=doc_id, title=title, body=body, **more)


def put(index: WordIndex, *articles: Article, first: int = 0) -> None:
    """Put *articles*, of one chunk each, into rows from *first* on, and show them."""
    for row, one in enumerate(articles, start=first):
        index.drop(one.tenant, one.doc_id)
        index.add(one, chunks(one), [row])
    index.show(index.committed())


def found(index: WordIndex, *stems: str, scope: Scope = SCOPE, limit: int = 9) -> list[int]:
    """Return the rows that are found for *stems*."""
    return index.ranked(dict.fromkeys(stems, 1.0), scope, limit)


def test_words_are_found_by_their_stems() -> None:
    """
    A passage is found by any form of its words, in title or text, and by no others.
    """
    index = WordIndex()
    put(index, article("A", "Zebras run."), article("B", "None.", title="The Zebra"))

    assert sorted(found(index, "zebra")) == [0, 1]
    assert found(index, "run") == [0]
    assert found(index, "lion") == []
    assert found(index) == []


def test_a_title_counts_for_more() -> None:
    """
    A word that many texts have and one title is first found by that title.
    """
    index = WordIndex()
    mentions = [article(f"A{n}", "Among others, a zebra.", title=f"Animal {n}") for n in range(5)]
    put(index, *mentions, article("B", "It has stripes all over.", title="Zebra"))

    assert found(index, "zebra")[0] == 5


def test_nothing_is_seen_before_it_is_shown() -> None:
    """
    A search has what was there before, until all that was put or dropped is shown at once.
    """
    index = WordIndex()
    put(index, article("A", "Zebra."))
    new = article("B", "Zebra.")

    index.drop("default", "A")
    index.add(new, chunks(new), [1])
    searcher = index.committed()
    assert found(index, "zebra") == [0]

    index.show(searcher)
    assert found(index, "zebra") == [1]


def test_a_word_that_was_not_there_is_there_when_it_is_shown() -> None:
    """
    What is remembered of a word ends with what was searched when it was looked up.
    """
    index = WordIndex()
    put(index, article("A", "Lion."))
    assert found(index, "zebra") == []
    assert index.share("zebra") == 0

    put(index, article("B", "Zebra."), first=1)

    assert found(index, "zebra") == [1]
    assert index.share("zebra") > 0


def test_articles_of_one_id_are_dropped_by_tenant() -> None:
    """
    Taking out the article of a tenant leaves that of another.
    """
    index = WordIndex()
    put(index, article("A", "Zebra.", tenant="t"), article("A", "Zebra.", tenant="u"))

    index.drop("t", "A")
    index.drop("u", "B")
    index.show(index.committed())

    assert found(index, "zebra", scope=Scope("t", NOW)) == []
    assert found(index, "zebra", scope=Scope("u", NOW)) == [1]


@pytest.mark.parametrize(
    ("scope", "rows"),
    [
        (SCOPE, [0]),
        (Scope("default", NOW, "internal"), [0, 1]),
        (Scope("other", NOW), [2]),
        (Scope("public", NOW), []),
        (Scope("default", NOW + timedelta(days=1)), []),
    ],
)
def test_only_what_is_within_the_scope_is_found(scope: Scope, rows: list[int]) -> None:
    """
    Tenant, audience and date are looked at before anything is ranked.
    """
    index = WordIndex()
    until = NOW + timedelta(hours=1)
    put(
        index,
        article("A", "Zebra.", valid_until=until),
        article("B", "Zebra.", valid_until=until, audience="internal"),
        article("C", "Zebra.", valid_until=until, tenant="other"),
    )

    assert sorted(found(index, "zebra", scope=scope)) == rows
    assert found(index, "zebra", scope=scope, limit=1) == found(index, "zebra", scope=scope)[:1]


@pytest.mark.parametrize(("seconds", "rows"), [(0.0, []), (0.5, [0]), (1.0, [0])])
def test_an_article_ends_in_its_second(seconds: float, rows: list[int]) -> None:
    """
    Dates count in whole seconds, as they do for vectors.
    """
    index = WordIndex()
    put(index, article("A", "Zebra.", valid_until=NOW + timedelta(seconds=seconds)))

    assert found(index, "zebra") == rows


def test_equally_good_passages_come_in_the_order_of_their_rows() -> None:
    """
    The same question always has the same answer.
    """
    index = WordIndex()
    put(index, *(article(f"A{n}", "Zebra.") for n in range(20)))

    assert found(index, "zebra", limit=20) == [*range(20)]


def test_the_share_of_a_word_is_that_of_passages() -> None:
    """
    A word that nearly all passages have has a share near 1, however often each has it.
    """
    index = WordIndex()
    zebras = [article(f"A{n}", "Zebra, zebra, zebra.", title="Zebra") for n in range(900)]
    put(index, *zebras, *(article(f"B{n}", "Lion.") for n in range(100)))

    assert index.share("zebra") == pytest.approx(0.9, abs=0.02)
    assert index.share("lion") == pytest.approx(0.1, abs=0.02)
    assert index.share("nowhere") == 0


def test_a_query_is_no_syntax() -> None:
    """
    Stems with signs of a query language in them find what has them, which is nothing.
    """
    index = WordIndex()
    put(index, article("A", "Zebra."))

    assert found(index, "title:zebra", "*", '"', "zebra OR lion") == []
