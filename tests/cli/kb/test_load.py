"""`ticketstream kb load`: what is sent, named, left and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.topics import ARTICLES
from streams.backends.kafka import clients, names
from streams.settings import Settings
from tests.support.command_line import Env, call, found, on_terminal, rows


def counts(loaded: int = 0, unchanged: int = 0, deleted: int = 0, broken: int = 0) -> Any:
    """Return what `kb load` says that it has done."""
    return {"loaded": loaded, "unchanged": unchanged, "deleted": deleted, "broken": broken}


def test_kb(env: Env, articles: Path) -> None:
    """
    Articles that were loaded are found; a broken one is named with its field.
    """
    load = call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "charged twice, duplicate charge", "--limit", "1", env=env)

    assert load.returncode == 1
    assert rows(load.stdout) == [counts(loaded=2, broken=1)]
    assert "broken.md, line 3: audience" in load.stderr
    (row,) = rows(search.stdout)
    assert row["title"] == "Refunds"
    assert 0 <= row["score"] <= 1
    assert "duplicate charge" in row["text"]


def test_article_that_comes_twice(env: Env, articles: Path) -> None:
    """
    Of two articles with one id, of whichever tenant, both are named and neither is loaded.
    """
    other = articles / "other.jsonl"
    other.write_text('{"doc_id": "KB-1", "title": "T", "url": "", "body": "B", "tenant": "b"}')
    done = call("kb", "load", str(articles / "KB-1.md"), str(other), env=env)

    assert done.returncode == 2
    assert rows(done.stdout) == [counts(broken=2)]
    assert f"doc_id: KB-1 is that of {other}, line 1 too, so neither is taken" in done.stderr
    assert f"doc_id: KB-1 is that of {articles / 'KB-1.md'} too" in done.stderr


def test_an_empty_folder_is_a_mistake(env: Env, tmp_path: Path) -> None:
    """
    A folder without articles is most likely the wrong one, and `kb load` says so: exit code 2.
    """
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("Notes")
    done = call("kb", "load", str(tmp_path / "empty"), env=env)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path / 'empty'}: no article in it" in done.stderr


def test_what_is_unchanged_is_not_sent_again(env: Env, articles: Path) -> None:
    """
    Loading again sends what has changed, and says how many have not.
    """
    call("kb", "load", str(articles), env=env)
    with (articles / "KB-2.md").open("a") as file:
        file.write("Or ask an administrator.\n")

    assert rows(call("kb", "load", str(articles), env=env).stdout) == [
        counts(loaded=1, unchanged=1, broken=1)
    ]


def test_prune(env: Env, articles: Path) -> None:
    """
    What no file has any more is named and deleted; a dry run only says so.
    """
    (articles / "broken.md").unlink()
    call("kb", "load", str(articles), env=env)
    (articles / "KB-2.md").unlink()

    dry = call("kb", "load", str(articles), "--prune", "--dry-run", env=env)
    assert rows(dry.stdout) == [
        {"doc_id": "KB-2", "title": "Passwords", "prune": "would be deleted"},
        {"to_load": 0, "unchanged": 1, "to_delete": 1, "broken": 0},
    ]
    assert found(env) == {"KB-1", "KB-2"}

    done = call("kb", "load", str(articles), "--prune", env=env)
    assert done.returncode == 0
    assert rows(done.stdout) == [
        {"doc_id": "KB-2", "title": "Passwords", "prune": "deleted"},
        counts(unchanged=1, deleted=1),
    ]
    assert found(env) == {"KB-1"}


def test_nothing_is_pruned_while_a_file_is_broken(env: Env, articles: Path) -> None:
    """
    A broken file may be that of an article which is there: then nothing is deleted: exit code 1.
    """
    call("kb", "load", str(articles), env=env)
    (articles / "KB-2.md").write_text("---\ndoc_id: KB-2\nbroken: [\n---\n# Passwords\n\nText.\n")
    (articles / "broken.md").unlink()
    done = call("kb", "load", str(articles), "--prune", env=env)

    assert done.returncode == 1
    assert rows(done.stdout) == [counts(unchanged=1, broken=1)]
    assert "nothing is deleted while a file is broken" in done.stderr
    assert found(env) == {"KB-1", "KB-2"}


def test_an_empty_folder_prunes_nothing(env: Env, articles: Path, tmp_path: Path) -> None:
    """
    A folder without articles is refused before anything is deleted: exit code 2.
    """
    call("kb", "load", str(articles), env=env)
    (tmp_path / "empty").mkdir()

    assert call("kb", "load", str(tmp_path / "empty"), "--prune", env=env).returncode == 2
    assert found(env) == {"KB-1", "KB-2"}


async def test_prune_leaves_what_is_of_others(env: Env, articles: Path, settings: Settings) -> None:
    """
    Articles of tenants that the files do not have stay, and so does what is no article.
    """
    (articles / "broken.md").unlink()
    other = articles.parent / "other.jsonl"
    other.write_text(
        '{"doc_id": "O-1", "title": "Duplicate charge", "url": "", "body": "B", "tenant": "b"}'
    )
    async with clients.producer(settings) as producer:
        await producer.send_and_wait(names.topic(settings, ARTICLES), b"{", key=b"X-1")
    call("kb", "load", str(other), env=env)
    done = call("kb", "load", str(articles), "--prune", env=env)

    assert rows(done.stdout) == [counts(loaded=2)]
    assert found(env, "--tenant", "b") == {"O-1"}


def test_an_article_takes_the_place_of_no_other_tenants(env: Env, articles: Path) -> None:
    """
    kb-articles keeps one article an id: the one that is there stays, and the other is named.
    """
    (articles / "broken.md").unlink()
    other = articles.parent / "other.jsonl"
    other.write_text(
        '{"doc_id": "KB-1", "title": "Mine", "url": "", "body": "B", "tenant": "acme"}'
    )
    call("kb", "load", str(articles), env=env)
    done = call("kb", "load", str(other), env=env)

    assert done.returncode == 2
    assert "KB-1: is there for another tenant (default)" in done.stderr
    assert rows(done.stdout) == [counts(broken=1)]
    assert found(env) == {"KB-1", "KB-2"}


@pytest.mark.parametrize(("answer", "left"), [("n", {"KB-1", "KB-2"}), ("y", {"KB-1"})])
def test_a_person_is_asked_before_articles_are_deleted(
    env: Env, articles: Path, answer: str, left: set[str]
) -> None:
    """
    At a terminal the articles are named, and deleted only if the person agrees.
    """
    (articles / "broken.md").unlink()
    call("kb", "load", str(articles), env=env)
    (articles / "KB-2.md").unlink()
    text = on_terminal("kb", "load", str(articles), "--prune", env=env, say=f"{answer}\n")

    assert "KB-2" in text.partition("Delete these (1)")[0]
    assert found(env) == left
    assert ("nothing was changed" in text) is (answer == "n")
