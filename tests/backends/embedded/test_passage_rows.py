"""The passages in memory: which rows they have, and who finds them until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Article
from streams.backends.embedded.passage_rows import PassageRows, readable, readers_key
from streams.evidence.chunking import chunks
from streams.ports import Scope
from streams.text.embedding import DIMENSIONS, vector

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SCOPE = Scope("default", NOW)
ASKED = vector("invoices")


def article(
    doc_id: str = "KB-1", body: str = "Invoices are sent by email.", **more: Any
) -> Article:
    """Return an article about invoices, unless told otherwise."""
    return Article(doc_id=doc_id, title=f"Title of {doc_id}", body=body, **more)


def added(rows: PassageRows, one: Article, shown: bool = True) -> list[int]:
    """Put the chunks of *one* into *rows*, and let them be found."""
    made = rows.add(one, chunks(one))
    if shown:
        rows.show(one, made)
    return made


def test_a_passage_has_what_a_citation_needs() -> None:
    """
    What was put into a row comes out of it, with the score that it got, and its lines.
    """
    rows = PassageRows()
    one = article(url="https://x.example/a", updated_at=NOW, locale="en")
    (row,) = added(rows, one)

    assert rows[row].passage(0.5).model_dump() == {
        "doc_id": "KB-1",
        "chunk_id": "KB-1-c-1",
        "title": "Title of KB-1",
        "url": "https://x.example/a",
        "text": "Invoices are sent by email.",
        "score": 0.5,
        "lines": (chunks(one)[0].lines[0].model_dump(),),
        "text_hash": sha256(b"Invoices are sent by email.").hexdigest(),
        "updated_at": NOW,
        "locale": "en",
    }
    assert rows.told(row) == ("KB-1", "Title of KB-1", "Invoices are sent by email.")


def test_what_is_not_shown_is_not_found() -> None:
    """
    Rows are found from the moment when they are shown, and no more when they are dropped.
    """
    rows = PassageRows()
    one = article()
    made = added(rows, one, shown=False)
    assert rows.ranked(ASKED, SCOPE, 9) == []

    rows.show(one, made)
    assert rows.ranked(ASKED, SCOPE, 9) == made

    rows.drop(made)
    assert rows.ranked(ASKED, SCOPE, 9) == []


def test_a_free_row_is_used_again() -> None:
    """
    What comes and goes takes no more room, and nothing of what a row had is left in it.
    """
    rows = PassageRows()
    for n in range(500):
        (row,) = made = added(rows, article(f"KB-{n}", tenant="ab"[n % 2]))
        assert row == 0
        assert rows.ranked(ASKED, Scope("ab"[n % 2], NOW), 9) == made
        assert rows.ranked(ASKED, Scope("ba"[n % 2], NOW), 9) == []
        assert rows[row].article.doc_id == f"KB-{n}"
        rows.drop(made)

    assert len(rows) == 1


def test_an_article_without_text_has_no_row() -> None:
    """
    An article of pictures alone takes no room.
    """
    rows = PassageRows()

    assert added(rows, article(body="<img src=a.png>")) == []
    assert len(rows) == 0


def test_nothing_is_lost_where_there_are_many() -> None:
    """
    Beyond the rows that were made room for, every one keeps its vector and its readers.
    """
    rows = PassageRows()
    found = [article(f"KB-{n}", f"Rule number {n}.", tenant=f"t{n % 3}") for n in range(300)]
    made = [added(rows, one)[0] for one in found]

    assert made == [*range(300)]
    for row, one in zip(made, found, strict=True):
        near = rows.vectors[row] @ vector(f"{one.title}\n{one.body}")
        assert near == pytest.approx(1, abs=1e-5)
    for n in range(3):
        assert sorted(rows.ranked(ASKED, Scope(f"t{n}", NOW), 999)) == [*range(n, 300, 3)]


def test_the_nearest_come_first() -> None:
    """
    The limit keeps the nearest; equally near ones come in the order of their rows.
    """
    rows = PassageRows()
    texts = ["A zebra.", "Invoices", "The invoices are late.", "Invoices", "Bread.", "Invoices"]
    for n, text in enumerate(texts):
        added(rows, Article(doc_id=f"KB-{n}", title="Invoices", body=text))

    order = rows.ranked(ASKED, SCOPE, 9)

    assert order[:3] == [1, 3, 5]
    assert sorted(order) == [*range(6)]
    near = [float(rows.vectors[row] @ ASKED) for row in order]
    assert near == sorted(near, reverse=True)
    assert rows.ranked(ASKED, SCOPE, 4) == order[:4]


@pytest.mark.parametrize(
    ("until", "found"),
    [(-1.0, False), (0.0, False), (0.001, True), (1.0, True), (None, True)],
)
def test_a_row_is_found_until_its_article_expires(until: float | None, found: bool) -> None:
    """
    An article that ends now is no evidence any more.
    """
    rows = PassageRows()
    added(rows, article(valid_until=None if until is None else NOW + timedelta(seconds=until)))

    assert bool(rows.ranked(ASKED, SCOPE, 9)) is found


def test_who_may_read() -> None:
    """
    An audience of a tenant reads its own passages and the public ones of that tenant.
    """
    assert readable(Scope("t", NOW)) == [readers_key("t", "public")]
    assert readable(Scope("t", NOW, "internal")) == [
        readers_key("t", "internal"),
        readers_key("t", "public"),
    ]
    assert readers_key("t", "public") != readers_key("u", "public")


_names = st.sampled_from(["a", "b", "a\nb", "public"])


@settings(deadline=None)
@given(
    put=st.lists(st.tuples(_names, st.sampled_from(["public", "internal"]), st.booleans())),
    tenant=_names,
    audience=st.sampled_from(["public", "internal", "other"]),
)
def test_nobody_finds_what_is_not_theirs(
    put: list[tuple[str, str, bool]], tenant: str, audience: str
) -> None:
    """
    Whatever else is there, exactly the passages within the scope that were not dropped are found.
    """
    rows = PassageRows()
    expected = []
    for whose, whom, stays in put:
        made = added(rows, article(tenant=whose, audience=whom))
        if not stays:
            rows.drop(made)
        elif whose == tenant and whom in ("public", audience):
            expected += made
            continue
    # a row that was dropped may have been taken by a later one
    assert sorted(rows.ranked(ASKED, Scope(tenant, NOW, audience), 99)) == sorted(set(expected))


def test_vectors_are_of_one_size() -> None:
    """
    All vectors are kept in one table, as they are compared.
    """
    rows = PassageRows()
    added(rows, article())

    assert rows.vectors.shape[1] == DIMENSIONS
    assert rows.vectors.dtype == np.float32
