"""An id for an article whose owner gave it none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.knowledge.article_ids import id_of_name, id_of_url, is_web_address, name_of_file


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("KB-1", "KB-1"),
        ("Refund policy (2026)", "Refund-policy-2026"),
        ("Rücksendung", "Rucksendung"),
        ("v1.2_notes", "v1.2_notes"),
        ("a" * 64, "a" * 64),
    ],
)
def test_a_name_is_made_to_fit(name: str, made: str) -> None:
    """
    What can stand in an id stays as it is; the rest becomes hyphens.
    """
    assert id_of_name(name) == made


def test_names_that_differ_where_an_id_cannot_are_told_apart() -> None:
    """
    Long names, and names in other scripts, that would make one id have different ones.
    """
    names = ["a" * 64 + "b", "a" * 64 + "c", "退款", "发票", "FAQ 退款", "FAQ 发票"]

    assert len(set(map(id_of_name, names))) == len(names)
    assert id_of_name("FAQ 退款").startswith("FAQ-")


@given(st.text(min_size=1))
def test_any_name_makes_an_id(name: str) -> None:
    """
    Whatever a file is called, its article has an id that can be one.
    """
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", id_of_name(name))


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("https://help.example/billing/refunds", "billing-refunds"),
        ("https://help.example/billing/refunds/", "billing-refunds"),
        ("https://help.example/billing/refunds.html", "billing-refunds"),
        ("https://help.example/billing/index.html#top", "billing"),
        ("https://help.example/?article=12", "article-12"),
        ("https://help.example/a%20b", "a-b"),
        ("https://help.example/account/reset.html?utm=1#x", "account-reset"),
        ("https://help.example/a?utm_source=mail&UTM_medium=x&gclid=9&_ga=1", "a"),
        ("https://help.example/view?id=42&fbclid=7#top", "view-id-42"),
        ("https://help.example/view?utm_campaign=a&id=42", "view-id-42"),
        ("https://help.example/view?lang=de&ref=9", "view-lang-de-ref-9"),
        ("https://help.example/view?track=2&mc=3&utmost=4", "view-track-2-mc-3-utmost-4"),
        ("https://help.example/?utm=1", None),
        ("https://help.example/#/articles/42", None),
        ("/billing/refunds", "billing-refunds"),
        ("https://help.example/", None),
        ("https://help.example", None),
        ("https://[help", None),
        ("javascript:alert(1)", None),
        ("mailto:help@help.example", None),
        ("", None),
    ],
)
def test_a_url_names_its_page(url: str, made: str | None) -> None:
    """
    The id is made of path and query; an address without either names no page.
    """
    assert id_of_url(url) == made


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("docs/refunds.md", "refunds"),
        ("docs/a/refunds.md", "refunds"),
        ("docs/a/index.md", "a"),
        ("docs/a/b/_index.de.md", "a/b.de"),
        ("docs/a/ReadMe.md", "a"),
        ("docs/a/indexes.md", "indexes"),
        ("docs/a/readme-first.md", "readme-first"),
        ("docs/README.md", "docs"),
    ],
)
def test_an_index_is_called_like_its_folder(file: str, name: str) -> None:
    """
    A file is called by its name, and an index by its folder's.
    """
    assert name_of_file(Path(file), Path("docs")) == name


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://help.example/a?b#c", True),
        ("HTTP://help.example:8080", True),
        ("https://help.example/退款", True),
        ("https:/help.example", False),
        ("https://:80/a", False),
        ("https://help.example/a b", False),
        ("https://help.example/a\n", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//help.example", False),
        ("https://[help", False),
        ("", False),
    ],
)
def test_a_link_is_a_whole_web_address(url: str, is_one: bool) -> None:
    """
    Only http and https with a host lead a reader somewhere, and run nothing.
    """
    assert is_web_address(url) == is_one
