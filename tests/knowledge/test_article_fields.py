"""Fields become an article, or a reason; none that is internal becomes public without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.knowledge.article_files import Broken, articles_in
from tests.support.articles import broken, good


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", "---\ndoc_id: A\n{}: internal\n---\nText."),
        ("a.html", '<meta name="doc_id" content="A"><meta name="{}" content="internal"><p>Text.'),
        ("a.jsonl", '{{"doc_id": "A", "title": "T", "body": "Text.", "{}": "internal"}}'),
    ],
    ids=["Markdown", "HTML", "JSON Lines"],
)
@pytest.mark.parametrize("misspelt", ["audiance", "AUDIENCES", "audince"])
def test_a_misspelt_field_is_an_error(
    tmp_path: Path, name: str, content: str, misspelt: str
) -> None:
    """
    An article whose audience is misspelt is not taken for public: both names are said.
    """
    (tmp_path / name).write_text(content.format(misspelt))

    (said,) = articles_in(tmp_path)

    assert isinstance(said, Broken)
    assert said.reason == f"{misspelt}: no field of an article; did you mean audience?"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ('"audience": ""', "audience: should be public or internal"),
        ('"audience": null', "audience: should be public or internal"),
        ('"audience": ["internal"]', "audience: should be public or internal"),
        ('"tenant": null', "tenant"),
        ('"audience": "internal", "audience": "public"', "audience: comes twice"),
        ('"metadata": {"audience": "internal"}', "metadata.audience: stands within"),
        ('"draft": true', "draft: says that"),
        ('"internal": 1', "internal: says that"),
    ],
)
def test_a_line_that_says_internal_in_another_way_is_an_error(
    tmp_path: Path, field: str, said: str
) -> None:
    """
    A line of JSON is not taken for public where it means another audience.
    """
    (tmp_path / "a.jsonl").write_text(f'{{"doc_id": "A", "title": "T", "body": "B", {field}}}')

    (found,) = broken(tmp_path)

    assert f"line 1: {said}" in found


def test_a_given_audience_alone_counts(tmp_path: Path) -> None:
    """
    What other tools' fields say of an article does not matter where its audience is given.
    """
    (tmp_path / "a.md").write_text(
        "---\naudience: public\ndraft: true\ntags: [internal]\nparams: {audience: x}\n---\nText"
    )
    (tmp_path / "b.html").write_text(
        '<meta name="audience" content="internal"><meta name="status" content="draft"><p>Text.'
    )

    assert [article.audience for article in good(tmp_path)] == ["public", "internal"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x.example/a", "/a", "//x.example/a", "https://", "x y"]
)
def test_a_url_that_no_reader_can_follow_is_an_error(tmp_path: Path, url: str) -> None:
    """
    A citation's link is a whole http(s) address.
    """
    (tmp_path / "a.md").write_text(f"---\nurl: {url}\n---\nText")
    (tmp_path / "b.html").write_text(f'<meta name="url" content="{url}"><p>Text.')
    (tmp_path / "c.jsonl").write_text(
        f'{{"doc_id": "A", "title": "T", "body": "B", "url": "{url}"}}'
    )

    said = broken(tmp_path)

    assert len(said) == 3
    assert all("url: should be a whole address" in one for one in said)


def test_fields_of_others_are_no_error(tmp_path: Path) -> None:
    """
    What other tools keep in front matter and in a page's head does not stop an article.
    """
    others: tuple[str, ...] = (
        "author",
        "tags",
        "date",
        "description",
        "layout",
        "slug",
        "categories",
        "keywords",
    )
    others = (
        *others,
        "updated",
        "locales",
        "Title",
        "subtitle",
        "created_at",
        "titles",
        "id",
        "local",
    )
    lines = "".join(f"{name}: x\n" for name in others) + "draft: false\nstatus: published\n"
    (tmp_path / "a.md").write_text(f"---\ndoc_id: A\n{lines}---\nText.")
    named = (
        *others,
        "viewport",
        "DCTERMS.audience",
        "og:title",
        "og:url",
        "og:locale",
        "twitter:title",
        "robots",
    )
    metas = "".join(f'<meta name="{name}" content="x">' for name in named)
    (tmp_path / "b.html").write_text(
        f'<meta name="doc_id" content="B">{metas}'
        '<meta http-equiv="cache-control" content="private"><p>Text.'
    )

    assert [a.doc_id for a in good(tmp_path)] == ["A", "B"]
