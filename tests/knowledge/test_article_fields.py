"""Fields become an article, or a reason; none that is internal becomes public without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article
from streams.knowledge.article_fields import article_of, as_sent, nearest, too_large, without_empty
from streams.knowledge.article_files import Broken, articles_in
from tests.support.articles import broken, good
from tests.support.generated import values


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


GOOD: dict[str, object] = {"doc_id": "A", "title": "T", "body": "B"}


def test_an_article_is_what_a_worker_reads() -> None:
    """
    Fields become an article that is the same after its way through Kafka, unknown fields included.
    """
    made = article_of({**GOOD, "valid_until": "2026-11-30", "team": ["a", {"b": 1}]})

    assert isinstance(made, Article)
    assert Article.model_validate_json(as_sent(made)) == made
    assert made.model_dump()["team"] == ["a", {"b": 1}]
    assert b"locale" not in as_sent(made)


@pytest.mark.parametrize("fields", [None, [], "text", 7, [GOOD]])
def test_what_has_no_fields_is_no_article(fields: object) -> None:
    """
    Anything but an object is said to be none.
    """
    assert article_of(fields) == "should be an object"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tags", "internal, billing"),
        ("tags", "billing internal"),
        ("tags", "billing;staff-only"),
        ("tags", ["billing", "internal-only"]),
        ("labels", [["internal"]]),
        ("access", "internal/staff"),
        ("access", "staff and admins"),
        ("labels", "agents-only, billing"),
        ("labels", ["billing, team only"]),
        ("permissions", {"role": "agent"}),
        ("visible_to", "agents"),
        ("visibility", "team"),
        ("published", "2999-01-01"),
        ("publish_date", "2999-01"),
        ("article:published_time", "2999-01-01T10:00:00Z"),
        ("date", "2999-01-01"),
        ("embargo", True),
        ("expires", "2001-01-01"),
        ("archived", True),
        ("archived", "2024-05-01"),
        ("expired", "true"),
        ("robots", "noindex"),
        ("robots", ["max-snippet:-1, NoIndex"]),
        ("draft", "beer"),
        ("members_only", "yes"),
        ("roles", ["agent"]),
        ("groups", "staff, partners"),
        ("hide", "true"),
        ("review_status", "draft"),
        ("status", "archived"),
        ("vertraulich", "true"),
        ("visibility", {"level": "internal"}),
        ("visibility", [{"level": "Private"}]),
        ("dc.access", "restricted"),
        ("Access-Level", "Internal use only"),
        ("isPublic", "no"),
        ("published", False),
        ("draft", [True]),
    ],
)
def test_other_tools_say_in_many_ways_that_a_page_is_not_public(name: str, value: object) -> None:
    """
    A list in one text, a list, and what stands below a field count: such an article is refused.
    """
    made = article_of({**GOOD, name: value})

    assert isinstance(made, str)
    assert made.startswith(f"{name}: says that the article is not public")
    assert isinstance(article_of({**GOOD, name: value, "audience": "public"}), Article)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visibility", "tier 2"),
        ("classification", "C3"),
        ("permissions", {"read": ["everyone"], "write": ["editors"]}),
        ("allowed_roles", ["public", "premium"]),
        ("access", 2),
        ("status", "in review"),
        ("published", "soon"),
        ("publish_date", "after the fair"),
        ("DCTERMS.audience", "x"),
        ("params", {"sharing": "link"}),
    ],
)
def test_what_is_not_known_to_mean_public_is_refused(name: str, value: object) -> None:
    """
    A field about who may read a page, with a value that we do not know, makes no public article.
    """
    made = article_of({**GOOD, name: value})

    assert isinstance(made, str)
    assert "does not say that everybody may read it, and only audience counts" in made
    assert isinstance(article_of({**GOOD, name: value, "audience": "public"}), Article)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tags", ["staff picks", "draft beer", "non-public-holidays"]),
        ("tags", "internals, drafts"),
        ("status", "published"),
        ("visibility", None),
        ("private", "no"),
        ("published", "2024-11-30"),
        ("team", "internal"),
        ("date", "yesterday"),
        ("archived", "false"),
        ("hide", ["toc", "navigation"]),
        ("roles", "buyer"),
        ("group", "Billing"),
        ("permissions", {"read": ["everyone"]}),
        ("status", "Released"),
        ("robots", "index, nofollow"),
        ("labels", ["agents", "teams", "read-only", "web only"]),
        ("expires", "2999-01-01"),
        ("published_at", "2024-05-01 10:00:00 +0200"),
    ],
)
def test_what_says_nothing_of_readers_stops_no_article(name: str, value: object) -> None:
    """
    Words that only resemble such a mark are fields like others.
    """
    assert isinstance(article_of({**GOOD, name: value}), Article)


def test_others_are_looked_at_and_not_kept() -> None:
    """
    What a page says beside its fields can refuse it, and never becomes a part of it.
    """
    assert isinstance(article_of(GOOD, {"status": ["draft"]}), str)
    made = article_of(GOOD, {"author": ["Kim"]})

    assert isinstance(made, Article)
    assert "author" not in made.model_dump()


@given(fields=st.dictionaries(st.sampled_from([*Article.model_fields, "x", "draft"]), values))
def test_any_fields_are_an_article_or_a_reason(fields: dict[str, object]) -> None:
    """
    Whatever a file has in its fields, nothing is raised, and an article can be sent and read.
    """
    made = article_of({**GOOD, **fields})

    if isinstance(made, Article):
        assert Article.model_validate_json(as_sent(made)) == made
        assert made.audience in ("public", "internal")
    else:
        assert made


def test_empty_fields_are_left_out() -> None:
    """
    A field without a value is as good as none, except who may read: that must not be lost.
    """
    fields = {"title": "", "category": None, "audience": None, "tenant": "", "n": 0, "locale": "en"}

    assert without_empty(fields) == {"audience": "", "tenant": "", "n": 0, "locale": "en"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("audience", "audience"),
        ("Audiences", "audience"),
        ("valid-until", "valid_until"),
        ("validUntil", "valid_until"),
        ("tenent", "tenant"),
        ("content", None),
        ("date", None),
        ("", None),
    ],
)
def test_a_slip_is_told_from_another_name(name: str, meant: str | None) -> None:
    """
    A name that is nearly one of the deciding fields is taken for it, whatever its case.
    """
    assert nearest(name) == meant


@pytest.mark.parametrize("character", ["a", "ä", "\0", "😀"])
def test_an_article_that_its_topic_does_not_take(character: str) -> None:
    """
    What counts is the size in bytes as it is sent; the reason names the article.
    """
    made = Article(doc_id="KB-1", title="T", body=character * (900_000 // len(character.encode())))
    too_long = Article(doc_id="KB-1", title="T", body=character * 900_000)

    is_escaped = character == "\0"
    assert (too_large(made) is None) is not is_escaped
    assert (too_large(too_long) is None) is (character == "a")
    assert (too_large(too_long) or "KB-1: larger than 1,000,000 bytes") == (
        "KB-1: larger than 1,000,000 bytes"
    )
