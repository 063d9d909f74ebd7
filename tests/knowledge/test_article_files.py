"""From files to articles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from schemas import Article
from streams.errors import ConfigurationError
from streams.evidence.chunking import chunks
from streams.knowledge.article_files import Broken, articles_in, as_sent
from tests.support.articles import broken, good
from tests.support.own_process import in_own_process

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample" / "kb"


def test_the_sample_can_be_read_whole() -> None:
    """
    Every article of the sample company loads and has text.
    """
    found = good(SAMPLE)

    assert len(found) == 36
    assert all(chunks(article) for article in found)


@pytest.mark.parametrize(
    ("name", "content", "doc_id"),
    [
        ("Refund policy.md", "# Refunds\n\nAsk.", "Refund-policy"),
        ("refunds.md", "---\ntitle: Refunds\n---\nAsk.", "refunds"),
        ("refunds.md", "---\ndoc_id:\n---\nAsk.", "refunds"),
        ("refunds.md", "---\ndoc_id: KB-1\n---\nAsk.", "KB-1"),
        ("refunds.html", "<h1>Refunds</h1><p>Ask.</p>", "refunds"),
        ("refunds.html", '<meta name="doc_id" content=""><p>Ask.</p>', "refunds"),
        ("a.html", '<link rel="canonical" href="https://x.example/b/c.html"><p>Ask.', "b-c"),
        ("a.html", '<link rel="canonical" href="https://x.example/"><p>Ask.', "a"),
        (
            "a.html",
            '<meta name="doc_id" content="KB-1"><link rel="canonical" href="https://x.example/b">Ask',
            "KB-1",
        ),
    ],
)
def test_an_article_without_an_id_gets_one(
    tmp_path: Path, name: str, content: str, doc_id: str
) -> None:
    """
    The id is the one that is given, else the canonical URL's, else that of the file's name.
    """
    (tmp_path / name).write_text(content)

    assert [article.doc_id for article in good(tmp_path)] == [doc_id]


def test_a_line_that_is_no_object_is_named_plainly(tmp_path: Path) -> None:
    """
    The reason for a line that is a list names nothing of our code.
    """
    (tmp_path / "a.jsonl").write_text("[]")

    assert broken(tmp_path) == [f"{tmp_path / 'a.jsonl'}, line 1: should be an object"]


def test_a_folder_of_a_documentation_tool_loads(tmp_path: Path) -> None:
    """
    `index`, `_index` and `README` are called like their folders, so that their ids differ.
    """
    docs = tmp_path / "docs"
    names = "index.md a/index.md a/faq.md b/_index.md b/c/README.md b/c/index.de.md d/index.html"
    for name in names.split():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text("Text")

    found = [(article.doc_id, article.title) for article in good(docs)]

    assert sorted(found) == [
        ("a", "a"),
        ("b", "b"),
        ("b-c", "c"),
        ("b-c.de", "c.de"),
        ("d", "d"),
        ("docs", "docs"),
        ("faq", "faq"),
    ]


def test_an_index_has_the_same_id_by_itself(tmp_path: Path) -> None:
    """
    The index of a folder is called like it when it is given alone, or by another path.
    """
    billing = tmp_path / "billing"
    (billing / "images").mkdir(parents=True)
    (billing / "index.md").write_text("Text")

    given = (tmp_path, billing, billing / "index.md", billing / "images" / "..")
    assert [good(path)[0].doc_id for path in given] == ["billing"] * 4


def test_a_file_and_a_folder_of_one_name_are_an_error(tmp_path: Path) -> None:
    """
    Two files that give one id are named, a folder's index too.
    """
    (tmp_path / "a").mkdir()
    for name in ("a.md", "a/index.md"):
        (tmp_path / name).write_text("Text")

    for said in broken(tmp_path):
        assert str(tmp_path / "a.md") in said
        assert str(tmp_path / "a" / "index.md") in said
    assert not [a for a in articles_in(tmp_path) if isinstance(a, Article)]


def test_json_lines_name_the_broken_line_and_go_on(tmp_path: Path) -> None:
    """
    A broken line is named with its fields, without its values; the others load.
    """
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"doc_id": "KB-1", "title": "T", "url": "", "body": "B"}\n'
        "\n"
        '{"doc_id": "not an id", "title": "T", "body": "hunter2"}\n'
        "{hunter2\n"
        '["hunter2"]\n'
        '{"doc_id": "KB-2", "title": "T", "body": "B"}\n'
    )

    assert [a.doc_id for a in articles_in(file) if isinstance(a, Article)] == ["KB-1", "KB-2"]
    said = broken(file)
    assert [s.split(":")[0] for s in said] == [f"{file}, line {n}" for n in (3, 4, 5)]
    assert "doc_id" in said[0]
    assert "hunter2" not in "".join(said)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.md", b"---\ntitle: [\n---\nText", "line"),
        ("a.md", b"---\n- a\n---\nText", "front matter"),
        ("a.md", b"---\naudience: hunter2\n---\nText", "audience"),
        ("a.md", b"", "body"),
        ("a.md", b"---\ndoc_id: A\n---\n", "body"),
        ("a.md", b"---\ndoc_id: not an id\n---\nText", "doc_id"),
        ("a.md", b"caf\xe9", "UTF-8"),
        ("a.jsonl", b"[" * 100_000, "JSON"),
        ("a.jsonl", b'{"doc_id": ' + b"9" * 5_000 + b"}", "JSON"),
        ("a.jsonl", b'{"doc_id": "A", "title": "T", "body": "hunter2 \xe9"}', "JSON"),
        ("a.jsonl", '{"doc_id": "A"}\n{"doc_id": "B"}\n'.encode("utf-16"), "UTF-16"),
        ("a.md", "---\ndoc_id: A\n---\nText".encode("utf-16"), "UTF-16"),
        ("a.md", b"---\na: " + b"[" * 3_000 + b"\n---\nText", "front matter"),
        ("a.md", b"---\na: \0\n---\nText", "front matter"),
        ("a.md", b'---\na: "\\UFFFFFFFF"\n---\nText', "front matter"),
        ("a.md", b'---\ndoc_id: A\na: "\\ud800"\n---\nText', "Unicode"),
        (
            "a.md",
            b"---\na: &a [hunter2]\nb: [*a, *a]\n---\nText",
            "line 3: front matter has an alias",
        ),
        (
            "a.md",
            b"---\ndoc_id: A\naudience: internal\naudience: public\n---\nText",
            "line 4: front m",
        ),
        (
            "a.md",
            b"---\n\ndoc_id: A\naudience: hunter2\n---\nText",
            "line 4: audience: should be public",
        ),
        ("a.md", b"---\ndoc_id: A\naudence: hunter2\n---\nText", "line 3: audence: no field"),
        ("a.jsonl", b'{"title": "hunter2", "body": "B"}', "line 1: doc_id: Field required"),
        ("a.md", b"---\ndoc_id: A\n---\n" + b"x" * 5_000_000, "larger"),
        ("a.html", b"\xff", "UTF-8"),
        ("a.pdf", b"Text", ".md"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """
    What cannot be read says which file it is and why, and never stops the rest.
    """
    (tmp_path / name).write_bytes(content)

    (found,) = broken(tmp_path / name)

    assert str(tmp_path / name) in found
    assert said in found
    assert "hunter2" not in found


@pytest.mark.parametrize("levels", [150, 200, 201, 253, 900])
@pytest.mark.parametrize("name", ["a.jsonl", "a.md"])
def test_what_is_loaded_is_what_a_worker_takes(tmp_path: Path, name: str, levels: int) -> None:
    """
    An article that workers would reject, because it is nested too deep, is named and not loaded.
    """
    nested = "[" * levels + "]" * levels
    (tmp_path / "a.jsonl").write_text(
        f'{{"doc_id": "A", "title": "T", "body": "Text", "unknown": {nested}}}'
    )
    (tmp_path / "a.md").write_text(f"---\ndoc_id: A\nunknown: {nested}\n---\nText")

    (found,) = articles_in(tmp_path / name)

    assert isinstance(found, Broken) == (levels > 200)
    if isinstance(found, Article):
        assert Article.model_validate_json(as_sent(found)) == found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_systems_way(tmp_path: Path, end: str) -> None:
    """
    An article is the same from any system, with a byte order mark or without.
    """
    text = "\ufeff---\ndoc_id: A\n---\n# Title\n\nText\n"
    (tmp_path / "a.md").write_bytes(text.replace("\n", end).encode())
    line = '{"doc_id": "B", "title": "T", "body": "B"}'
    (tmp_path / "b.jsonl").write_bytes(f"\ufeff{line}\r\n".encode())

    first, second = good(tmp_path)

    assert (first.title, first.body) == ("Title", "# Title\n\nText\n")
    assert second.doc_id == "B"


def test_what_only_looks_like_a_file_is_named(tmp_path: Path) -> None:
    """
    A link that leads nowhere, a pipe, and what cannot be read hold up no other article.
    """
    (tmp_path / "dangling.md").symlink_to("nowhere")
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "memory.md").symlink_to("/proc/self/mem")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "folder.md" / "a.md").write_text("---\ndoc_id: A\n---\nText")

    assert [a.doc_id for a in articles_in(tmp_path) if isinstance(a, Article)] == ["A"]
    said = broken(tmp_path)
    assert [Path(s.split(":")[0]).stem for s in said] == ["dangling", "loop", "memory", "pipe"]


@dataclass(frozen=True)
class Seen:
    """What a user gets who may not read everything."""

    ids: list[str]
    broken: list[str]
    of_a_closed_file: str


def seen_by_nobody(folder: Path) -> Seen:
    """Read *folder* as a user who may not read everything: root becomes one."""
    good(SAMPLE)  # loads what Python loads late, maybe from where only root may read
    if os.geteuid() == 0:
        os.seteuid(65_534)
    ids = [a.doc_id for a in articles_in(folder) if isinstance(a, Article)]
    said = broken(folder)
    try:
        list(articles_in(folder / "closed" / "a.md"))
    except ConfigurationError as error:
        return Seen(ids, said, str(error))
    return Seen(ids, said, "")


def test_what_may_not_be_read_is_named() -> None:
    """
    A file or folder without permission is named, and the others are read.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file in ("closed/a.md", "open/b.md", "open/c.md"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(f"---\ndoc_id: {Path(file).stem}\n---\nText")
        (folder / "open" / "b.md").chmod(0)
        (folder / "closed").chmod(0)
        seen = in_own_process(seen_by_nobody, folder)
        (folder / "closed").chmod(0o700)

    assert seen.ids == ["c"]
    assert "Permission denied" in seen.of_a_closed_file
    assert seen.broken == [
        f"{folder / 'closed'}: cannot be read (Permission denied)",
        f"{folder / 'open' / 'b.md'}: cannot be read (Permission denied)",
    ]


def test_a_folder_is_read_in_order_and_in_depth(tmp_path: Path) -> None:
    """
    A folder is read with its folders, without hidden files and what is no article.
    """
    for name in ("b.md", "sub/a.md", ".git/x.md", "logo.png", "a.md~"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"---\ndoc_id: {Path(name).stem}\n---\nText")

    assert [a.doc_id for a in good(tmp_path)] == ["b", "a"]


@pytest.mark.parametrize("tenant", ["default", "other"])
def test_an_id_that_comes_twice_is_an_error(tmp_path: Path, tenant: str) -> None:
    """
    Two articles with one id, of whichever tenant, are not taken for one: neither is published.
    """
    (tmp_path / "a.md").write_text("---\ndoc_id: KB-1\n---\nText")
    (tmp_path / "b.md").write_text(f"---\ndoc_id: KB-1\ntenant: {tenant}\n---\nText")

    assert len(list(articles_in(tmp_path))) == 2
    one, other = broken(tmp_path)
    assert f"{tmp_path / 'a.md'}: doc_id: KB-1 is that of {tmp_path / 'b.md'} too" in one
    assert f"{tmp_path / 'b.md'}: doc_id: KB-1 is that of {tmp_path / 'a.md'} too" in other


@pytest.mark.parametrize(
    ("suffix", "content", "mend"),
    [
        ("md", "Text", "give one of them another id, here by `doc_id: ...` in its front matter"),
        ("html", "<p>Text</p>", 'here by `<meta name="doc_id" content="...">` in its head'),
        (
            "jsonl",
            '{"doc_id": "faq", "title": "T", "body": "Text"}',
            'here by "doc_id" in this line',
        ),
    ],
)
def test_a_new_file_never_takes_the_id_of_an_older_one(
    tmp_path: Path, suffix: str, content: str, mend: str
) -> None:
    """
    Of files whose names make the same id none is published; each says how it gets one of its own.

    So what is cited by that id stays what it was, whichever file comes first by name.
    """
    for folder in ("b", "a"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"faq.{suffix}").write_text(content)
        if folder == "b":
            assert [a.doc_id for a in good(tmp_path)] == ["faq"]

    assert not [a for a in articles_in(tmp_path) if isinstance(a, Article)]
    one, other = broken(tmp_path)
    assert mend in one
    assert mend in other
    assert "a" + os.sep + "faq" in other


def test_a_name_that_is_taken_is_free_for_a_file_that_gives_its_id(tmp_path: Path) -> None:
    """
    An older file keeps the id that its name makes, and the newer one gives its own.
    """
    for folder, head in (("b", ""), ("a", "---\ndoc_id: a-faq\n---\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "faq.md").write_text(f"{head}Text")

    assert [a.doc_id for a in good(tmp_path)] == ["a-faq", "faq"]


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    """
    A folder and a file in it, or a folder twice, give each article once.
    """
    (tmp_path / "a.md").write_text("Text")

    assert list(articles_in(tmp_path, tmp_path / "a.md", tmp_path)) == good(tmp_path)


def test_a_folder_without_articles_is_an_error(tmp_path: Path) -> None:
    """
    A folder without files of the three forms is most likely the wrong one.
    """
    (tmp_path / "notes.txt").write_text("Notes")

    with pytest.raises(ConfigurationError, match="no article in it"):
        list(articles_in(tmp_path))


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    """
    A path that leads nowhere is a mistake of whoever named it.
    """
    with pytest.raises(ConfigurationError, match="no such"):
        list(articles_in(tmp_path / "absent"))
