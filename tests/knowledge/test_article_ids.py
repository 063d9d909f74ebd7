"""An id for an article whose owner gave it none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.knowledge.article_ids import id_of_name, id_of_url


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
        ("/billing/refunds", "billing-refunds"),
        ("https://help.example/", None),
        ("https://help.example", None),
        ("https://[help", None),
        ("", None),
    ],
)
def test_a_url_names_its_page(url: str, made: str | None) -> None:
    """
    The id is made of path and query; an address without either names no page.
    """
    assert id_of_url(url) == made
