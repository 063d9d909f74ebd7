"""HTML files: what a page's head says of the article."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article
from streams.knowledge.article_html import read_html
from tests.support.articles import broken, good

PIECES = [
    *("<html lang=de>", "<meta name=audience content=internal>", "<meta name=", "<title>", "</h1>"),
    *("<h1>", "<link rel=canonical href=", "'https://x.example/a'>", "<svg>", "<!--", "<![CDATA["),
    *("text", "&#0;", "&", "<", "---\n", "\0", "<meta content=x>", "<link rel>", "<meta name>"),
]
"""What pages are made of."""


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


def read(page: str) -> Article:
    """Return the article of *page*."""
    ((line, made),) = read_html("folder/name", page)
    assert line is None
    assert isinstance(made, Article), made
    return made


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Refunds</title><h1>Other</h1>", "Refunds"),
        ("<title> </title><h1>Other &amp; more</h1>", "Other & more"),
        ("<svg><title>Logo</title></svg><h1>Refunds</h1>", "Refunds"),
        ("<svg><title>Logo</title></svg><p>Text.", "name"),
        ("<p>Text.", "name"),
    ],
)
def test_a_title_is_the_pages_own(page: str, title: str) -> None:
    """
    A page is titled by its head or its heading, never by a picture in it, else like its file.
    """
    assert read(page).title == title


@pytest.mark.parametrize("rel", ["canonical", "Canonical", "alternate canonical"])
def test_a_canonical_link_in_any_case(rel: str) -> None:
    """
    The canonical link gives url and id, however its `rel` is written.
    """
    made = read(f'<link rel="{rel}" href=" https://x.example/b/c.html "><p>Text.')

    assert (made.url, made.doc_id) == ("https://x.example/b/c.html", "b-c")


def test_the_whole_page_is_the_body() -> None:
    """
    Nothing is taken out of the page: what is no text for readers is left out when it is cut.
    """
    page = "<html><head><title>T</title></head><body><nav>Menu</nav><p>Text.</p></body></html>"

    assert read(page).body == page


@given(page=st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_page_is_an_article_or_a_reason(page: str) -> None:
    """
    Whatever a page holds, it is one article or one reason, and nothing is raised.
    """
    ((_, made),) = read_html("name", page)

    assert isinstance(made, Article) or made


def test_a_page_nested_beyond_reason() -> None:
    """
    A page of tags alone is read or refused, and does not end the program.
    """
    ((_, made),) = read_html("name", "<b>" * 100_000 + "Text.")

    assert isinstance(made, Article) or made == "is not HTML"


@pytest.mark.parametrize(
    "page",
    [
        "<!-- audience: internal --><html><title>T</title><p>Text.",
        "<!doctype html>\n<!--\n  visibility: team\n-->\n<title>T</title><p>Text.",
        "<html><head><title>T</title><!-- Draft: true --></head><body><p>Text.",
        "<html><body><div><!-- status: draft --><p>Text.",
        "<p>Audience: internal</p><p>Text.",
        "<title>T</title><div><p><b>Visibility:</b> internal</p><p>Text.</div>",
    ],
)
def test_a_field_in_a_comment_or_in_the_first_text_is_an_error(tmp_path: Path, page: str) -> None:
    """
    A page that says "not public" where no field is read is refused, and the error says where to.
    """
    (tmp_path / "a.html").write_text(page)
    (said,) = broken(tmp_path)
    assert 'is no field here: write it as <meta name="..." content="...">' in said

    (tmp_path / "a.html").write_text(f'{page}<meta name="audience" content="public">')
    assert good(tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "<title>T</title><p>Text.<!-- audience: internal -->",
        "<!-- built by: x --><p>Access: open the settings.</p>",
        "<title>Status: draft beer</title><style>a {visibility: hidden}</style><p>Text.",
        "<body class='internal hidden'><p>Permissions: you need to be an admin.</p>",
    ],
)
def test_other_comments_and_texts_are_no_fields(tmp_path: Path, page: str) -> None:
    """
    What does not stand at the begin, or says nothing of readers, stops no page.
    """
    (tmp_path / "a.html").write_text(page)

    assert good(tmp_path)


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        ('<html data-audience="internal">', "html.audience: says"),
        ('<body data-visibility="team">', "body.visibility: says"),
        ('<meta name="robots" content="noindex,nofollow">', "robots: says"),
        ('<meta name="tags" content="billing, internal">', "tags: says"),
    ],
)
def test_a_page_that_is_marked_as_not_public(tmp_path: Path, begin: str, said: str) -> None:
    """
    A mark on the page's outermost elements, and one for search engines, refuses it.
    """
    (tmp_path / "a.html").write_text(f"{begin}<p>Text.")

    (found,) = broken(tmp_path)
    assert said in found
