"""In what order passages come, whatever found them, and whose articles may be evidence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article
from streams.evidence.ranking import (
    FETCHED,
    MOST_STEMS,
    NEVER,
    Places,
    Rankings,
    audiences,
    depth,
    expires,
    fused,
    share_with_stem,
    spread,
    stems_to_search,
)
from streams.ports import Scope

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ranking = st.lists(st.integers(0, 20), unique=True)


def of_its_own(one: str) -> tuple[str, str, str]:
    """Say of the passage `a1` that it is of the article `a`, with a text that no other has."""
    return one[0], "Title", one


def test_both_rankings_count_alike() -> None:
    """
    What is second in both comes before what is first in one and nowhere in the other.
    """
    assert fused("abx", "cby") == ["b", "a", "c", "x", "y"]


@given(one=ranking, other=ranking)
def test_everything_that_was_found_is_ranked_once(one: list[int], other: list[int]) -> None:
    """
    Nothing is lost or doubled, and what one ranking alone has found keeps its order.
    """
    order = fused(one, other)

    assert sorted(order) == sorted({*one, *other})
    assert fused(one) == fused(one, []) == fused(one, one) == one


@given(better=st.integers(0, 8), one=ranking, other=ranking)
def test_a_better_place_never_hurts(better: int, one: list[int], other: list[int]) -> None:
    """
    What moves to the front of a ranking does not come later for it.
    """
    before = [*fused(one, other), better].index(better)
    moved = [better, *(found for found in one if found != better)]

    assert fused(moved, other).index(better) <= before


@pytest.mark.parametrize(("limit", "deep"), [(1, FETCHED), (5, FETCHED), (50, 200)])
def test_rankings_are_read_deeper_than_what_is_shown(limit: int, deep: int) -> None:
    """
    Few passages are the best of thirty, many those of four times as many.
    """
    assert depth(limit) == deep


def test_common_words_are_not_searched_for() -> None:
    """
    They cost time and find everything; where a question has no others, they are all there is.
    """
    assert stems_to_search({"the": 1.0, "is": 2.0, "zebra": 3.0, "invoic": 4.0}) == [
        "invoic",
        "zebra",
    ]
    assert stems_to_search({"the": 1.0, "is": 2.0}) == ["is", "the"]
    assert stems_to_search({}) == []


def test_a_long_question_is_searched_for_its_weightiest_words() -> None:
    """
    However long a question is, its search has an end.
    """
    weights = {f"zebra{n}": float(n) for n in range(1_000)}

    found = stems_to_search(weights)

    assert found == [f"zebra{n}" for n in range(999, 999 - MOST_STEMS, -1)]


@given(having=st.integers(0, 10_000), passages=st.integers(0, 10_000))
def test_a_share_is_one(having: int, passages: int) -> None:
    """
    A share lies between 0 and 1, however the counts were come by, and says little of few.
    """
    assert 0 <= share_with_stem(having, passages) <= 1
    assert share_with_stem(1, 1) < 0.05
    assert share_with_stem(1_000, 1_000) > 0.95


def test_no_text_comes_twice() -> None:
    """
    Of copies with one title and text the best is kept; the same text under another title is other.
    """
    told = {
        "a1": ("a", "T", "x"),
        "b1": ("b", "T", "x"),
        "c1": ("c", "Other", "x"),
        "d1": ("d", "T", "y"),
    }

    assert spread(told, 10, told.__getitem__) == ["a1", "c1", "d1"]
    assert spread(told, 2, told.__getitem__) == ["a1", "c1"]


def test_an_article_leaves_places_to_others() -> None:
    """
    The fourth passage of an article comes behind those of others, and before nothing at all.
    """
    order = ["a1", "a2", "a3", "a4", "a5", "b1"]

    assert spread(order, 4, of_its_own) == ["a1", "a2", "a3", "b1"]
    assert spread(order, 9, of_its_own) == ["a1", "a2", "a3", "b1", "a4", "a5"]
    assert spread(order, 0, of_its_own) == []


@given(
    order=st.lists(st.sampled_from([f"{a}{n}" for a in "abc" for n in range(9)]), unique=True),
    limit=st.integers(0, 30),
)
def test_there_are_as_many_as_asked_for(order: list[str], limit: int) -> None:
    """
    As many come as there are, within the limit, and the first one stays the first.
    """
    found = spread(order, limit, of_its_own)

    assert len(found) == min(limit, len(order))
    assert found[:1] == order[: min(1, limit)]


def test_places_say_where_a_passage_stands() -> None:
    """
    A place is told from 1; a ranking that was not read so far has none.
    """
    found = Rankings(words=["a", "b"], meaning=["c", "a"], scores={"a": 0.2, "b": 0.9, "c": 0.5})

    assert found.places("a") == Places(words=1, meaning=2, score=3)
    assert found.places("b") == Places(words=2, meaning=None, score=1)
    assert found.places("c") == Places(words=None, meaning=1, score=2)


def test_the_best_are_those_of_words_and_score() -> None:
    """
    Meaning has its part in the score, and none of its own in the order.
    """
    scores = {"a1": 0.2, "b1": 0.9, "c1": 0.5}
    found = Rankings(words=["a1", "b1"], meaning=["c1"], scores=scores)

    assert found.best(3, of_its_own) == ["b1", "a1", "c1"]
    assert Rankings(["a1", "b1"], ["b1"], scores).best(3, of_its_own) == ["b1", "a1", "c1"]
    assert Rankings((), (), {}).best(3, of_its_own) == []


@pytest.mark.parametrize(
    ("audience", "reads"),
    [("public", ["public"]), ("internal", ["internal", "public"]), ("x", ["public", "x"])],
)
def test_everybody_reads_what_is_public(audience: str, reads: list[str]) -> None:
    """
    An audience reads its own articles and the public ones, and nobody else's.
    """
    assert audiences(Scope("default", NOW, audience)) == reads


@pytest.mark.parametrize(
    ("until", "second"),
    [
        (None, NEVER),
        ("1970-01-01T00:00:10Z", 10),
        ("1970-01-01T00:00:10.001Z", 11),
        ("1970-01-01T00:00:00Z", 1),
        ("0001-01-01T00:00:00+23:59", 1),
        ("1970-01-01", 86_400),
        ("9999-12-31T23:59:59-23:59", 253_402_387_139),
    ],
)
def test_an_article_expires_in_whole_seconds(until: str | None, second: int) -> None:
    """
    Every date has a second of its own, 1 at least: 0 is for what may never be found.
    """
    fields = {"doc_id": "A", "title": "T", "body": "B", "valid_until": until}

    assert expires(Article.model_validate(fields)) == second
