"""HTML files: what a page's head says of the article."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.articles import broken, good


def test_html(tmp_path: Path) -> None:
    """
    HTML takes its fields from the head, and its title from a heading where the head has none.
    """
    (tmp_path / "a.html").write_text(
        '<!doctype html><html lang="de"><head><title> Refunds\n now </title>'
        '<meta name="doc_id" content="KB-7"><meta name="audience" content="internal">'
        '<meta name="viewport" content="x"><link rel="canonical" href="https://x.example/a">'
        "</head><body><h1>Other</h1><p>Text.</p></body></html>"
    )
    (tmp_path / "b.htm").write_text(
        '<meta name="doc_id" content="KB-8"><h1>Only a heading</h1><p>Text.</p>'
    )

    first, second = good(tmp_path)

    assert (first.doc_id, first.title, first.locale) == ("KB-7", "Refunds now", "de")
    assert (first.audience, first.url) == ("internal", "https://x.example/a")
    assert "viewport" not in first.model_dump()
    assert (second.doc_id, second.title, second.url) == ("KB-8", "Only a heading", "")


@pytest.mark.parametrize("name", ["name", "property", "itemprop", "http-equiv", "NAME"])
@pytest.mark.parametrize("audience", ["audience", "Audience", " AUDIENCE "])
def test_a_page_says_internal_by_any_meta(tmp_path: Path, name: str, audience: str) -> None:
    """
    However its `<meta>` is named, a page's audience counts.
    """
    (tmp_path / "a.html").write_text(f'<meta {name}="{audience}" content="internal"><p>Text.')

    assert [article.audience for article in good(tmp_path)] == ["internal"]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ('<meta name="audience" value="internal">', "audience: should be public or internal"),
        ('<meta property="audience">', "audience: should be public or internal"),
        ('<meta name="Audience" content="all">', "; a <meta> of another tool with this name"),
        ('<meta audience="internal">', "audience: should be public or internal"),
        ('<meta property="audiance" content="internal">', "did you mean audience?"),
        ('<meta http-equiv="audiences" content="internal">', "did you mean audience?"),
        ('<meta itemprop="valid-until" content="2026-11-30">', "did you mean valid_until?"),
        ('<meta name="visibility" content="internal">', "visibility: says that"),
        ('<meta name="DCTERMS.audience" content="internal">', "DCTERMS.audience: says that"),
        ('<meta property="og:audience" content="internal">', "og:audience: says that"),
        (
            '<meta name="audience" content="internal"><meta name="Audience" content="public">',
            "audience: comes twice",
        ),
        ("\n---\naudience: internal\n---\n", "begins with front matter"),
        ('+++\naudience = "internal"\n+++\n', "begins with front matter"),
    ],
)
def test_a_page_that_says_internal_in_another_way_is_an_error(
    tmp_path: Path, page: str, said: str
) -> None:
    """
    A page without a usable audience is not taken for public where it means one.
    """
    (tmp_path / "a.html").write_text(f"{page}<p>Text.")

    (found,) = broken(tmp_path)

    assert said in found


@pytest.mark.parametrize(
    ("href", "doc_id"),
    [("javascript:alert(1)", "a"), ("/billing/refunds", "billing-refunds"), ("https://[x", "a")],
)
def test_a_canonical_that_is_no_web_address_is_no_link(
    tmp_path: Path, href: str, doc_id: str
) -> None:
    """
    A page's canonical link becomes no citation's link, unless it is a whole http(s) address.
    """
    (tmp_path / "a.html").write_text(f'<link rel="canonical" href="{href}"><p>Text.')

    assert [(article.doc_id, article.url) for article in good(tmp_path)] == [(doc_id, "")]
