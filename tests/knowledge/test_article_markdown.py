"""Markdown files: front matter, and what is taken for a title."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article
from streams.knowledge.article_files import Broken, articles_in
from streams.knowledge.article_markdown import read_markdown
from tests.support.articles import broken, good


def test_front_matter_sets_the_fields(tmp_path: Path) -> None:
    """
    Markdown takes its fields from the front matter, ids as they are written.
    """
    (tmp_path / "a.md").write_text(
        "---\ndoc_id: 007\ntitle: 'Refunds: when'\nurl: https://x.example/a\n"
        "valid_until: 2026-11-30\naudience: internal\ncategory:\n"
        "team: [a, b]\n---\n# Refunds\n\nText.\n"
    )

    (article,) = good(tmp_path)

    assert (article.doc_id, article.title, article.audience) == ("007", "Refunds: when", "internal")
    assert article.valid_until == datetime(2026, 11, 30)
    assert article.category is None
    assert article.body == "# Refunds\n\nText.\n"
    assert article.model_dump()["team"] == ["a", "b"]


def test_a_title_may_come_from_the_heading_or_the_name(tmp_path: Path) -> None:
    """
    Without a title an article is titled by its first heading, or else like its file.
    """
    (tmp_path / "a.md").write_text("---\ndoc_id: A\n---\nIntro\n\n## When we refund ##\n\nText.")
    (tmp_path / "untitled.markdown").write_text("---\ndoc_id: B\n---\nJust text.")

    assert [(a.doc_id, a.title, a.url) for a in good(tmp_path)] == [
        ("A", "When we refund", ""),
        ("B", "untitled", ""),
    ]


def test_front_matter_that_does_not_end_is_an_error(tmp_path: Path) -> None:
    """
    Its fields are not published as text, and the reason is said.
    """
    (tmp_path / "notes.md").write_text("---\naudience: internal\n\nThe password is hunter2.")

    (said,) = broken(tmp_path)

    assert "notes.md, line 1: front matter" in said
    assert "hunter2" not in said


PIECES = [
    *("---\n", "---", "\n", "+++\n", "# ", "a: b\n", "audience: internal\n", "audience:\n"),
    *("- x\n", "```\n", "\ufeff", "tags: [a]\n", "&a *a\n", "!!python/name:os\n", "text", "    "),
]
"""What Markdown and front matter are made of."""

INTERNAL_MARKDOWN = [
    ('+++\naudience = "internal"\n+++\n', "line 1: front matter is TOML: write it as YAML"),
    ('---toml\naudience = "internal"\n---\n', "line 1: front matter is TOML"),
    ('\n{\n  "audience": "internal"\n}\n', "line 2: front matter is JSON: write it as YAML"),
    ("---\ndoc_id: A\naudience:\n---\n", "line 3: audience: should be public or internal"),
    ("---\ntenant:\n---\n", "line 2: tenant"),
    ("\n\n---\ndoc_id: A\naudience: x\n---\n", "line 5: audience"),
    ("\n---\naudience: internal\n", "line 2: front matter begins here and has no line ---"),
    ("audience: internal\n\n", "line 1: audience: is no field here: write it in front matter"),
    ("<!-- Audience: internal -->\n", "line 1: Audience: is no field here"),
    ("**Audience:** internal\n\n", "line 1: Audience: is no field here"),
    ("----\nvisibility: private\n----\n", "line 1: visibility: is no field here"),
    ("---\ntitle: T\nvisibility: Internal\n---\n", "line 3: visibility: says that"),
    ("---\ntags: [billing, internal-only]\n---\n", "line 2: tags: says that"),
    ("---\ndraft: true\n---\n", "line 2: draft: says that"),
    ("---\nisPrivate: yes\n---\n", "line 2: isPrivate: says that"),
    ("---\npublished: false\n---\n", "line 2: published: says that"),
    ("---\nparams:\n  audience: internal\n---\n", "line 2: params.audience: stands within"),
    ("---\nparams:\n  - access: internal\n---\n", "line 2: params.access: says that"),
    ("---\n<<: {audience: internal}\n---\n", "<<.audience: stands within"),
    ("---\nvalid-until: 2026-11-30\n---\n", "line 2: valid-until: no field"),
]


@pytest.mark.parametrize(("begin", "said"), INTERNAL_MARKDOWN)
def test_markdown_that_says_internal_in_another_way_is_an_error(
    tmp_path: Path, begin: str, said: str
) -> None:
    """
    An article is not published as public where its file says internal in a form of its own.
    """
    (tmp_path / "a.md").write_text(f"{begin}The password is hunter2.")

    (found,) = articles_in(tmp_path)

    assert isinstance(found, Broken)
    assert f"a.md, {said}" in str(found) or f"a.md: {said}" in str(found)
    assert "hunter2" not in found.reason


@pytest.mark.parametrize("before", ["\n", " \t\n\n", "\ufeff", "\ufeff\ufeff\n", "\r\n", "  "])
def test_front_matter_may_follow_what_nobody_sees(tmp_path: Path, before: str) -> None:
    """
    Blank lines, blanks and byte order marks before front matter do not make it text.
    """
    text = f"{before}---\ndoc_id: A\naudience: internal\n---\nText"
    (tmp_path / "a.md").write_text(text, newline="")

    (article,) = good(tmp_path)

    assert (article.doc_id, article.audience, article.body) == ("A", "internal", "Text")


def test_front_matter_may_be_empty(tmp_path: Path) -> None:
    """
    Two lines `---` with nothing between set no field, and are not text.
    """
    (tmp_path / "a.md").write_text("---\n---\nText")

    assert [article.body for article in good(tmp_path)] == ["Text"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Intro\n\n## When we refund ##\n\n# Later", "When we refund"),
        ("When we refund\n==============\n\nText", "When we refund"),
        ("# `code` and **bold**\n", "`code` and **bold**"),
        ("#\n\n# Second\n", "Second"),
        ("```sh\n# install it\n```\n\n## Install\n", "Install"),
        ("<!--\n# For the editors\n-->\n\n# For all\n", "For all"),
        ("> # Quoted\n\n- # Listed\n", "name"),
        ("    # indented code\n", "name"),
        ("#hashtag\n", "name"),
        ("Text.\n\n" * 5_000 + "# Late\n", "name"),
    ],
)
def test_the_title_is_a_heading_that_readers_see(text: str, title: str) -> None:
    """
    A comment in a code block, in HTML or in a quotation is no title of an article.
    """
    ((_, made),) = read_markdown("folder/name", text)

    assert isinstance(made, Article)
    assert (made.title, made.body) == (title, text)


def test_a_given_title_is_kept() -> None:
    """
    A title in the front matter comes before any heading.
    """
    ((line, made),) = read_markdown("name", "---\ntitle: Refunds\n---\n# Other\n")

    assert line is None
    assert isinstance(made, Article)
    assert made.title == "Refunds"


@given(text=st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_an_article_or_a_reason(text: str) -> None:
    """
    Whatever a file holds, it is one article or one reason, and nothing is raised.
    """
    ((line, made),) = read_markdown("name", text)

    assert isinstance(made, Article) or (made and (line is None or line >= 1))
